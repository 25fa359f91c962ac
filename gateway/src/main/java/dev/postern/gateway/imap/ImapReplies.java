package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.login.Word;
import dev.postern.store.auth.RejectReason;
import java.util.List;
import java.util.Optional;

/**
 * Every word that is said to a mail client, RFC 9051 §7 and RFC 5530 §3. Nothing here repeats what
 * the client sent but its tag, nor what an upstream said but names of capabilities.
 *
 * <p>Which code makes which client ask for a new password, and which makes it wait, is known and
 * meant: only AUTHENTICATIONFAILED makes K-9 ask, only UNAVAILABLE keeps Thunderbird from asking,
 * and Thunderbird shows a person no text but ALERT's and UNAVAILABLE's.
 */
final class ImapReplies {
  static final String CRLF = "\r\n";

  static final String INVITATION = line("+ OK");
  static final String TOO_MANY_ERRORS = line("* BYE Too many invalid IMAP commands");
  static final String TOO_MANY_REFUSALS = line("* BYE Too many failed logins");
  static final String TOO_MANY_TROUBLES =
      line("* BYE [UNAVAILABLE] Too many failed logins, try again later");
  static final String TOO_MANY_GUESSES = line("* BYE Too many wrong passwords");
  static final String TOO_MANY_COMMANDS = line("* BYE Too many commands before login");
  static final String OUT_OF_STEP = line("* BYE Internal error");

  private static final String OWN_PASSWORDS_END =
      "Your own password will soon stop working in mail programs: make an app password";

  /** Our name in ID, RFC 2971 §3.2: an intermediary shows itself. */
  private static final String NAME = "Postern";

  private ImapReplies() {}

  /** RFC 9051 §7.1.1. */
  static String greeting(String serverName, List<String> capabilities) {
    return line("* OK " + code(capabilities) + " " + serverName + " " + NAME + " ready");
  }

  static String capability(String tag, List<String> capabilities) {
    return untagged(capabilities) + ok(tag, "Capability completed");
  }

  static String noop(String tag) {
    return ok(tag, "Noop completed");
  }

  static String logout(String tag) {
    return line("* BYE Logging out") + ok(tag, "Logout completed");
  }

  static String id(String tag) {
    return line("* ID (\"name\" \"" + NAME + "\")") + ok(tag, "ID completed");
  }

  /** RFC 5161 §3.2: nothing was enabled. */
  static String enable(String tag) {
    return line("* ENABLED") + ok(tag, "Enable completed");
  }

  /** What every protocol says; to a command under its tag, else untagged. */
  static String of(Word word, String tag) {
    return switch (word) {
      case START_TLS -> ok(tag, "Begin TLS negotiation now");
      case TLS_ALREADY -> bad(tag, "TLS is already in use");
      case TLS_NOT_HERE -> bad(tag, "STARTTLS is not offered here");
      case TLS_FIRST ->
          no(tag, "[PRIVACYREQUIRED] Turn on STARTTLS: passwords are not taken in clear");
      case UNKNOWN_MECHANISM -> no(tag, "Use AUTHENTICATE PLAIN or LOGIN");
      case BAD_RESPONSE -> bad(tag, "Cannot read this authentication response");
      case CANCELLED -> bad(tag, "Authentication cancelled");
      case ADDRESS_ALREADY -> bad(tag, "The client's address was said before");
      case TOO_MANY_ERRORS -> TOO_MANY_ERRORS;
      case TOO_MANY_REFUSALS -> TOO_MANY_REFUSALS;
      case TOO_MANY_TROUBLES -> TOO_MANY_TROUBLES;
      case TOO_MANY_GUESSES -> TOO_MANY_GUESSES;
      case TOO_MANY_COMMANDS -> TOO_MANY_COMMANDS;
      case OUT_OF_STEP -> OUT_OF_STEP;
    };
  }

  /** RFC 9051 §7.6. */
  static String challenge(String base64) {
    return line("+ " + base64);
  }

  static String unknownCommand(String tag) {
    return bad(tag, "Command not known");
  }

  /** A trusted client says for whom it speaks, and it is nobody. */
  static String noAddress(String tag) {
    return bad(tag, "Cannot read the client's address");
  }

  static String needsLogin(String tag) {
    return bad(tag, "Log in first");
  }

  /** What is wrong with what cannot be read. */
  static String malformed(Optional<String> tag, ImapCommand.Flaw flaw) {
    String who = tag.orElse("*");
    return switch (flaw) {
      case TAG -> bad(who, "Every command starts with a tag");
      case NO_COMMAND -> bad(who, "There is no command behind the tag");
      case COMMAND_FOR_TAG -> bad(who, "Put a tag in front of the command, as in: a1 NOOP");
      case ARGUMENTS -> bad(who, "Arguments missing or wrong");
      case LITERAL_TOO_LARGE -> bad(who, "Literal too large");
      case ENDLESS_LITERAL -> line("* BYE [TOOBIG] Literal too large");
      case TOO_LONG -> bad(who, "Line too long") + line("* BYE Line too long");
      case OTHER_PROTOCOL -> "";
    };
  }

  /**
   * Success, with the upstream's capabilities.
   *
   * @param hasAsked whether the client asked for them before: then it does not read response codes
   */
  static String loggedIn(String tag, List<String> capabilities, boolean hasAsked) {
    if (capabilities.isEmpty()) {
      return ok(tag, "Logged in");
    }
    return hasAsked
        ? untagged(capabilities) + ok(tag, "Logged in")
        : ok(tag, code(capabilities) + " Logged in");
  }

  /**
   * Before {@link #loggedIn}, for somebody whose own password will soon not do; clients show it.
   */
  static String notice(Help help) {
    return line("* OK [ALERT] " + help.after(OWN_PASSWORDS_END));
  }

  /** A refusal that a person must act on; clients show it. Over TLS alone, RFC 9051 §7.1. */
  static String alert(String help) {
    return line("* NO [ALERT] " + help);
  }

  /** The credentials are not good. */
  static String refused(String tag, RejectReason reason, Help help) {
    return no(tag, codeOf(reason) + " " + help(reason, help));
  }

  /** There were too many that are not: UNAVAILABLE, so that nobody is asked for another one. */
  static String throttled(String tag, Help help) {
    return no(tag, "[UNAVAILABLE] " + help.after("Too many wrong passwords: try again in an hour"));
  }

  /** They may be; nobody can say now. */
  static String unavailable(String tag, SessionFacts facts) {
    return no(
        tag,
        "[UNAVAILABLE] "
            + facts.referring("Logging in is not possible at the moment: try again later"));
  }

  /** They are, but the mail server lets us down: UNAVAILABLE where trying again helps. */
  static String upstreamFailed(String tag, UpstreamFailure.Cause cause, SessionFacts facts) {
    String code =
        switch (cause) {
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
              "[UNAVAILABLE]";
          case IN_USE -> "[LIMIT]";
          case NO_MECHANISM, LOGIN_REFUSED, NO_CREDENTIAL, NEEDS_CONSENT -> "[CONTACTADMIN]";
          case NO_ROUTE -> "[SERVERBUG]";
        };
    return no(tag, code + " " + help(cause, facts));
  }

  /** Whether it comes with an {@link #alert}, since clients show a person no text of its code. */
  static boolean isAlerting(UpstreamFailure.Cause cause) {
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
          false;
      case IN_USE, NO_MECHANISM, LOGIN_REFUSED, NO_CREDENTIAL, NEEDS_CONSENT, NO_ROUTE -> true;
    };
  }

  /** Whether the help is worth an {@link #alert}: whether it says more than that it failed. */
  static boolean isAlerting(RejectReason reason) {
    return switch (reason) {
      case WRONG_SHAPE, EXPIRED, IDLE_EXPIRED, OUT_OF_SCOPE, OUT_OF_NETWORK, OUT_OF_LANE -> true;
      case BAD_NAME,
          UNKNOWN_USER,
          WRONG_SECRET,
          OWN_PASSWORD_REFUSED,
          TOO_MANY_GUESSES,
          USER_DISABLED,
          REVOKED,
          SUSPENDED,
          IN_CLEAR,
          DELEGATION,
          BANNED,
          POLICY ->
          false;
    };
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
          BANNED,
          POLICY ->
          "Login refused: check the user name and the app password";
      case WRONG_SHAPE -> "Use an app password here, not your normal password";
      case EXPIRED, IDLE_EXPIRED -> "This app password has expired: make a new one";
      case OUT_OF_SCOPE -> "This app password is not for reading mail: make one that is";
      case OUT_OF_NETWORK -> "This app password may not be used from this network";
      case OUT_OF_LANE -> "This app password is not for devices without modern TLS";
      case IN_CLEAR -> "Turn on STARTTLS: passwords are not taken in clear";
      case DELEGATION -> "Log in as yourself: acting as another user is not possible here";
    };
  }

  private static String codeOf(RejectReason reason) {
    return switch (reason) {
      case BAD_NAME,
          UNKNOWN_USER,
          WRONG_SECRET,
          OWN_PASSWORD_REFUSED,
          TOO_MANY_GUESSES,
          USER_DISABLED,
          REVOKED,
          SUSPENDED,
          BANNED,
          POLICY,
          WRONG_SHAPE,
          EXPIRED,
          IDLE_EXPIRED,
          OUT_OF_SCOPE,
          OUT_OF_NETWORK,
          OUT_OF_LANE ->
          "[AUTHENTICATIONFAILED]";
      case IN_CLEAR -> "[PRIVACYREQUIRED]";
      case DELEGATION -> "[AUTHORIZATIONFAILED]";
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
      case IN_USE -> "This mailbox is open in too many places at the moment: try again later";
      case NEEDS_CONSENT -> "Access to your mailbox must be allowed: ask your administrator";
      case NO_MECHANISM, LOGIN_REFUSED, NO_CREDENTIAL, NO_ROUTE ->
          "Your mailbox cannot be opened at the moment: ask your administrator";
    };
  }

  /** Help for a person who is logged in too often. */
  static String tooManySessions(Help help) {
    return help.after(
        "Too many logins at the same time: close some mail programs, or try again later");
  }

  /** They are, but there are as many sessions as there may be: LIMIT, RFC 5530 §3. */
  static String tooManySessions(String tag, String help) {
    return no(tag, "[LIMIT] " + help);
  }

  /** In place of a greeting, RFC 9051 §7.1.5. */
  static String noRoom(FrontEvent.Crowd crowd) {
    return switch (crowd) {
      case EVERYBODY -> line("* BYE [UNAVAILABLE] Too many connections, try again later");
      case ITS_NETWORK ->
          line("* BYE [UNAVAILABLE] Too many connections from your network, try again later");
    };
  }

  /** The last word on a connection that we end. */
  static String ending(FrontEvent.Reason reason) {
    return switch (reason) {
      case DEADLINE, IDLE -> line("* BYE Too slow to log in");
      case FLOOD -> line("* BYE Too much input");
      case REVOKED -> line("* BYE This login is no longer good");
      case UNCONFIRMED -> line("* BYE [UNAVAILABLE] Logins cannot be confirmed now, try again");
      case KICKED -> line("* BYE [UNAVAILABLE] Session ended, try again later");
      case SHUTDOWN -> line("* BYE [UNAVAILABLE] Shutting down, try again");
    };
  }

  private static String untagged(List<String> capabilities) {
    return line("* CAPABILITY " + String.join(" ", capabilities));
  }

  private static String code(List<String> capabilities) {
    return "[CAPABILITY " + String.join(" ", capabilities) + "]";
  }

  private static String ok(String tag, String text) {
    return line(tag + " OK " + text);
  }

  private static String no(String tag, String text) {
    return line(tag + " NO " + text);
  }

  private static String bad(String tag, String text) {
    return line(tag + " BAD " + text);
  }

  private static String line(String text) {
    return text + CRLF;
  }
}
