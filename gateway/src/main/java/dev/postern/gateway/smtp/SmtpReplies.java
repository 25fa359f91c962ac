package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.login.Word;
import dev.postern.gateway.sasl.Mechanism;
import dev.postern.store.auth.RejectReason;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every word that is said to a mail client, with the codes of RFC 5321 §4.2, RFC 4954 §6 and RFC
 * 3463. Nothing here repeats what the client sent or what an upstream said.
 */
final class SmtpReplies {

  static final String OK = reply("250 2.0.0 OK");
  static final String GOODBYE = reply("221 2.0.0 Goodbye");
  static final String HELP = reply("214 2.0.0 Start TLS, then sign in with AUTH PLAIN or LOGIN");
  static final String CANNOT_VERIFY = reply("252 2.1.5 Addresses are not verified here");
  static final String START_TLS = reply("220 2.0.0 Ready to start TLS");
  static final String SIGNED_IN = reply("235 2.7.0 Authentication successful");

  /** Instead, for somebody whose own password will soon not do. */
  static String signedInWithNotice(Help help) {
    return reply(
        "235 2.7.0 "
            + help.after(
                "Authentication successful. Your own password will soon stop working in mail"
                    + " programs: make an app password"));
  }

  static final String TLS_FIRST = reply("530 5.7.0 Must issue a STARTTLS command first");
  static final String TLS_TAKES_NO_ARGUMENTS = reply("501 5.5.4 STARTTLS takes no arguments");
  static final String TLS_ALREADY = reply("503 5.5.1 TLS is already in use");
  static final String TLS_NOT_HERE = reply("502 5.5.1 STARTTLS is not offered here");

  static final String UNKNOWN_COMMAND = reply("500 5.5.2 Command not known");
  static final String NOT_LMTP = reply("500 5.5.1 This is SMTP, not LMTP");
  static final String BAD_CHARACTER = reply("500 5.5.2 Control character in command");
  static final String LINE_TOO_LONG = reply("500 5.5.2 Line too long");
  static final String RESPONSE_TOO_LONG = reply("500 5.5.6 Authentication exchange line too long");
  static final String NO_MECHANISM = reply("501 5.5.4 AUTH needs a mechanism");
  static final String UNKNOWN_MECHANISM = reply("504 5.5.4 Use AUTH PLAIN or AUTH LOGIN");
  static final String BAD_RESPONSE = reply("501 5.5.2 Cannot read this authentication response");
  static final String CANCELLED = reply("501 5.7.0 Authentication cancelled");

  static final String NO_ADDRESS = reply("501 5.5.4 XCLIENT needs ADDR with an address");
  static final String ADDRESS_ALREADY = reply("503 5.5.1 The client's address was said before");

  static final String TOO_MANY_ERRORS = reply("421 4.7.0 Too many errors, closing connection");
  static final String TOO_MANY_TROUBLES =
      reply("421 4.7.0 Too many failed sign-ins, try again later");
  static final String TOO_MANY_GUESSES =
      reply("421 4.7.0 Too many wrong passwords: try again in an hour");
  static final String TOO_MANY_COMMANDS =
      reply("421 4.7.0 Too many commands before sign-in, closing connection");
  static final String UNASKED_DATA =
      reply("421 4.7.0 Message data before sign-in, closing connection");
  static final String OUT_OF_STEP = reply("421 4.3.0 Internal error, closing connection");

  private SmtpReplies() {}

  /** What every protocol says. */
  static String of(Word word) {
    return switch (word) {
      case START_TLS -> START_TLS;
      case TLS_ALREADY -> TLS_ALREADY;
      case TLS_NOT_HERE -> TLS_NOT_HERE;
      case TLS_FIRST -> TLS_FIRST;
      case UNKNOWN_MECHANISM -> UNKNOWN_MECHANISM;
      case BAD_RESPONSE -> BAD_RESPONSE;
      case CANCELLED -> CANCELLED;
      case ADDRESS_ALREADY -> ADDRESS_ALREADY;
      case TOO_MANY_ERRORS -> TOO_MANY_ERRORS;
      case TOO_MANY_REFUSALS -> TOO_MANY_ERRORS;
      case TOO_MANY_TROUBLES -> TOO_MANY_TROUBLES;
      case TOO_MANY_GUESSES -> TOO_MANY_GUESSES;
      case TOO_MANY_COMMANDS -> TOO_MANY_COMMANDS;
      case OUT_OF_STEP -> OUT_OF_STEP;
    };
  }

  /** What a client reads that goes on without having tried to sign in. */
  static String signIn(Help help) {
    return help.after("Sign in first: turn on authentication and use an app password");
  }

  /** Help for a person who has signed in too often. */
  static String tooManySessions(Help help) {
    return help.after(
        "Too many sign-ins at the same time: close some mail programs, or try again later");
  }

  /** RFC 5321 §4.2, greeting. */
  static String banner(String serverName) {
    return reply("220 " + serverName + " ESMTP Postern");
  }

  static String helo(String serverName) {
    return reply("250 " + serverName);
  }

  /** RFC 5321 §4.1.1.1: AUTH only where it works, STARTTLS only where it is needed. */
  static String ehlo(SessionFacts facts, SessionFacts.Tls tls) {
    List<String> lines = new ArrayList<>();
    lines.add(facts.serverName());
    switch (tls) {
      case ON, OFF -> {
        lines.add(mechanisms("AUTH "));
        if (facts.isLegacy()) {
          lines.add(mechanisms("AUTH=")); // of a draft, for Outlook Express 4 and its age
        }
      }
      case REQUIRED -> lines.add(SmtpExtensions.STARTTLS);
    }
    if (facts.maySpeakForOthers(tls)) {
      lines.add("XCLIENT ADDR PORT");
    }
    lines.addAll(facts.extensions());
    if (!facts.extensions().contains(SmtpExtensions.ENHANCEDSTATUSCODES)) {
      lines.add(SmtpExtensions.ENHANCEDSTATUSCODES);
    }
    StringBuilder text = new StringBuilder();
    for (String line : lines.subList(0, lines.size() - 1)) {
      text.append(reply("250-" + line));
    }
    return text.append(reply("250 " + lines.getLast())).toString();
  }

  private static String mechanisms(String keyword) {
    return Stream.of(Mechanism.values())
        .map(Mechanism::name)
        .collect(Collectors.joining(" ", keyword, ""));
  }

  /**
   * What a person may learn of a refusal: nothing that tells whether a user or an app password
   * exists, unless the secret was right.
   */
  static String help(RejectReason reason, Help help) {
    return help.after(sentence(reason));
  }

  private static String sentence(RejectReason reason) {
    return switch (reason) {
      case BAD_NAME,
          UNKNOWN_USER,
          WRONG_SECRET,
          OWN_PASSWORD_REFUSED,
          TOO_MANY_GUESSES,
          USER_DISABLED,
          REVOKED,
          SUSPENDED,
          DELEGATION,
          BANNED,
          POLICY ->
          "Sign-in refused: check the user name and the app password";
      case WRONG_SHAPE -> "Use an app password here, not your normal password";
      case EXPIRED, IDLE_EXPIRED -> "This app password has expired: make a new one";
      case OUT_OF_SCOPE -> "This app password is not for sending mail: make one that is";
      case OUT_OF_NETWORK -> "This app password may not be used from this network";
      case OUT_OF_LANE -> "This app password is not for devices without modern TLS";
      case IN_CLEAR -> "Turn on STARTTLS: passwords are not taken in clear";
    };
  }

  /** What a person may learn of trouble at the mail server: never its own words. */
  static String help(UpstreamFailure.Cause cause, SessionFacts facts) {
    return facts.referring(sentence(cause));
  }

  private static String sentence(UpstreamFailure.Cause cause) {
    return switch (cause) {
      case CONNECT,
          TIMEOUT,
          TLS,
          NOT_SERVING,
          PROTOCOL,
          NO_TLS,
          BROKEN_PROMISE,
          BELOW_FLOOR,
          OVERLOADED,
          UNREACHABLE,
          NO_TOKEN ->
          "The mail server cannot be reached at the moment: try again later";
      case THROTTLED -> "Your mailbox is busy at the moment: try again later";
      case NOT_CONNECTED -> "Your mailbox cannot be opened at the moment: try again later";
      case IN_USE -> "Your account sends in too many places at the moment: try again later";
      case NEEDS_CONSENT -> "Access to your mailbox must be allowed: ask your administrator";
      case NO_MECHANISM, LOGIN_REFUSED, NO_CREDENTIAL, NO_ROUTE ->
          "Your mailbox cannot be opened at the moment: ask your administrator";
    };
  }

  /** Nobody could tell whether the secret is right. */
  static String helpWhileUnavailable(SessionFacts facts) {
    return facts.referring("Sign-in is not possible at the moment: try again later");
  }

  /** There were too many that are not. */
  static String helpWhileThrottled(Help help) {
    return help.after("Too many wrong passwords: try again in an hour");
  }

  /** RFC 4954 §6: the credentials are not good. */
  static String refused(String help) {
    return reply("535 5.7.8 " + help);
  }

  /** RFC 4954 §6: they may be, try again. */
  static String unavailable(String help) {
    return reply("454 4.7.0 " + help);
  }

  /** RFC 4954 §6, in answer to a command that needs a login. */
  static String needsLogin(String help) {
    return reply("530 5.7.0 " + help);
  }

  /** RFC 4954 §4. */
  static String challenge(String base64) {
    return reply("334 " + base64);
  }

  /** In place of a banner: 421 is allowed anywhere, RFC 5321 §3.8. */
  static String noRoom(FrontEvent.Crowd crowd) {
    return switch (crowd) {
      case EVERYBODY -> reply("421 4.7.0 Too many connections, try again later");
      case ITS_NETWORK ->
          reply("421 4.7.0 Too many connections from your network, try again later");
    };
  }

  /** RFC 5321 §3.8: the last word on a connection that we end. */
  static String ending(FrontEvent.Reason reason) {
    return switch (reason) {
      case DEADLINE, IDLE -> reply("421 4.4.2 Timeout, closing connection");
      case FLOOD -> reply("421 4.7.0 Too much input, closing connection");
      case REVOKED -> reply("421 4.7.0 This sign-in is no longer good, closing connection");
      case UNCONFIRMED -> reply("421 4.3.0 Sign-ins cannot be confirmed now, try again");
      case KICKED -> reply("421 4.3.2 Session ended, try again later");
      case SHUTDOWN -> reply("421 4.3.2 Shutting down, try again");
    };
  }

  private static String reply(String line) {
    return line + "\r\n";
  }
}
