package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.login.Word;
import dev.postern.gateway.sasl.Mechanism;
import dev.postern.store.auth.RejectReason;
import java.util.List;
import java.util.stream.Stream;

/**
 * Every word that is said to a mail client, RFC 1939 §3, with the response codes of RFC 2449 §8 and
 * RFC 3206. Nothing here repeats what the client sent or what an upstream said. No reply holds
 * {@code <…@…>}: in a greeting clients take that for an invitation to APOP.
 *
 * <p>AUTH makes a client ask a person for the password, SYS/TEMP makes it wait, SYS/PERM makes it
 * give up. To fetchmail, which knows none of them, every refusal is a wrong password and the end,
 * unless the text has {@code service} and {@code unavailable} in it: then it comes again.
 */
final class Pop3Replies {
  static final String CRLF = "\r\n";

  static final String OK = ok("");
  static final String GOODBYE = ok("Goodbye");
  static final String START_TLS = ok("Begin TLS negotiation now");
  static final String NAME_TAKEN = ok("Now the app password");
  static final String SIGNED_IN = ok("Logged in");

  /** Instead, for somebody whose own password will soon not do. */
  static String signedInWithNotice(Help help) {
    return ok(
        help.after(
            "Logged in. Your own password will soon stop working in mail programs: make an app"
                + " password"));
  }

  static final String ADDRESS_TAKEN = ok("The client's address is taken");
  static final String ADDRESS_ALREADY = err("The client's address was said before");
  static final String NO_ADDRESS = err("XCLIENT needs ADDR with an address");

  static final String TLS_FIRST = err("Turn on STARTTLS: passwords are not taken in clear");
  static final String TLS_TAKES_NO_ARGUMENTS = err("STLS takes no arguments");
  static final String TLS_ALREADY = err("TLS is already in use");
  static final String TLS_NOT_HERE = err("STLS is not offered here");

  static final String UNKNOWN_COMMAND = err("Command not known");
  static final String NEEDS_LOGIN = err("Log in first");
  static final String NO_NAME = err("Say USER first");
  static final String EMPTY_NAME = err("USER needs a name");
  static final String NAME_TOO_LONG = err("User name too long");
  static final String SECRET_TOO_LONG = err("Password too long");
  static final String NO_APOP = err("Use USER and PASS, or AUTH PLAIN");
  static final String BAD_CHARACTER = err("Control character in command");
  static final String LINE_TOO_LONG = err("Line too long");
  static final String UNKNOWN_MECHANISM = err("Use AUTH PLAIN or AUTH LOGIN");
  static final String BAD_RESPONSE = err("Cannot read this authentication response");
  static final String CANCELLED = err("Authentication cancelled");

  static final String TOO_MANY_ERRORS = err("Too many errors, closing connection");
  static final String TOO_MANY_REFUSALS = err("[AUTH] Too many failed logins, closing connection");
  static final String TOO_MANY_TROUBLES =
      err("[SYS/TEMP] Too many failed logins, the login service is unavailable: try again later");
  static final String TOO_MANY_GUESSES =
      err("[SYS/TEMP] Too many wrong passwords, the login service is unavailable");
  static final String TOO_MANY_COMMANDS = err("Too many commands before login");
  static final String OUT_OF_STEP = err("[SYS/TEMP] Internal error, closing connection");

  private static final String END = "." + CRLF;

  private Pop3Replies() {}

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
      case TOO_MANY_REFUSALS -> TOO_MANY_REFUSALS;
      case TOO_MANY_TROUBLES -> TOO_MANY_TROUBLES;
      case TOO_MANY_GUESSES -> TOO_MANY_GUESSES;
      case TOO_MANY_COMMANDS -> TOO_MANY_COMMANDS;
      case OUT_OF_STEP -> OUT_OF_STEP;
    };
  }

  /** RFC 1939 §4. */
  static String greeting(String serverName) {
    return ok(serverName + " Postern ready");
  }

  /** RFC 2449 §5. */
  static String capabilities(List<String> lines) {
    return list("Capability list follows", lines.stream());
  }

  /** In answer to AUTH alone. */
  static String mechanisms() {
    return list("Mechanisms follow", Stream.of(Mechanism.values()).map(Mechanism::name));
  }

  /** RFC 5034 §4. */
  static String challenge(String base64) {
    return "+ " + base64 + CRLF;
  }

  /** RFC 3206 §4: the credentials are not good. */
  static String refused(RejectReason reason, Help help) {
    return err("[AUTH] " + help.after(sentence(reason)));
  }

  /** IN-USE, RFC 2449 §8.1.2: the login is good, come again. */
  static String tooManySessions(Help help) {
    return err(
        "[IN-USE] "
            + help.after(
                "Too many logins at the same time: close some mail programs, or try again later"));
  }

  /** There were too many that are not. */
  static String throttled(Help help) {
    return err(
        "[SYS/TEMP] "
            + help.after(
                "Too many wrong passwords, the login service is unavailable: try again in an hour"));
  }

  /** They may be; nobody can say now. */
  static String unavailable(SessionFacts facts) {
    return err(
        "[SYS/TEMP] " + facts.referring("The login service is unavailable now: try again later"));
  }

  /** They are, but the mail server lets us down. */
  static String upstreamFailed(UpstreamFailure.Cause cause, SessionFacts facts) {
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
          NO_TOKEN,
          THROTTLED,
          NOT_CONNECTED ->
          err(
              "[SYS/TEMP] "
                  + facts.referring(
                      "The mail service is unavailable at the moment: try again later"));
      case IN_USE ->
          err(
              "[IN-USE] "
                  + facts.referring(
                      "This mailbox is open elsewhere at the moment: try again later"));
      case NEEDS_CONSENT ->
          err(
              "[SYS/PERM] "
                  + facts.referring(
                      "Access to your mailbox must be allowed: ask your administrator"));
      case NO_MECHANISM, LOGIN_REFUSED, NO_CREDENTIAL, NO_ROUTE ->
          err(
              "[SYS/PERM] "
                  + facts.referring(
                      "Your mailbox cannot be opened at the moment: ask your administrator"));
    };
  }

  /**
   * What a person may learn of a refusal: nothing that tells whether a user or an app password
   * exists, unless the secret was right.
   */
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
          "Login refused: check the user name and the app password";
      case WRONG_SHAPE -> "Use an app password here, not your normal password";
      case EXPIRED, IDLE_EXPIRED -> "This app password has expired: make a new one";
      case OUT_OF_SCOPE -> "This app password is not for reading mail: make one that is";
      case OUT_OF_NETWORK -> "This app password may not be used from this network";
      case OUT_OF_LANE -> "This app password is not for devices without modern TLS";
      case IN_CLEAR -> "Turn on STARTTLS: passwords are not taken in clear";
    };
  }

  /** In place of a greeting. */
  static String noRoom(FrontEvent.Crowd crowd) {
    return switch (crowd) {
      case EVERYBODY ->
          err("[SYS/TEMP] Too many connections, the service is unavailable: try again later");
      case ITS_NETWORK ->
          err(
              "[SYS/TEMP] Too many connections from your network, the service is unavailable to it: try again later");
    };
  }

  /** The last word on a connection that we end. */
  static String ending(FrontEvent.Reason reason) {
    return switch (reason) {
      case DEADLINE, IDLE -> err("Too slow to log in");
      case FLOOD -> err("Too much input");
      case REVOKED -> err("[AUTH] This login is no longer good");
      case UNCONFIRMED -> err("[SYS/TEMP] Logins cannot be confirmed now, try again");
      case KICKED -> err("[SYS/TEMP] Session ended, try again later");
      case SHUTDOWN -> err("[SYS/TEMP] Shutting down, try again");
    };
  }

  private static String list(String text, Stream<String> lines) {
    StringBuilder reply = new StringBuilder(ok(text));
    lines.forEach(line -> reply.append(line).append(CRLF));
    return reply.append(END).toString();
  }

  private static String ok(String text) {
    return (text.isEmpty() ? "+OK" : "+OK " + text) + CRLF;
  }

  private static String err(String text) {
    return "-ERR " + text + CRLF;
  }
}
