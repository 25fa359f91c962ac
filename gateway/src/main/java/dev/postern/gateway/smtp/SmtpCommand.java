package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.ClientCommand;
import dev.postern.store.auth.Secret;
import java.util.Optional;

/**
 * What a client can say before it is logged in, RFC 5321 §4.1 and RFC 4954 §4. Everything that
 * would move mail is one case: none of it is looked at here.
 */
public sealed interface SmtpCommand extends ClientCommand {

  @Override
  default void discard() {
    switch (this) {
      case Auth(var _, Optional<Secret> initial) -> initial.ifPresent(Secret::close);
      case SaslResponse(Secret line) -> line.close();
      case Ehlo _,
          Helo _,
          StartTls _,
          Noop _,
          Rset _,
          Quit _,
          Help _,
          Vrfy _,
          NeedsLogin _,
          Bdat _,
          Xclient _,
          Lhlo _,
          Unknown _,
          Malformed _ -> {}
    }
  }

  /**
   * RFC 5321 §4.1.1.1.
   *
   * @param name as the client gave it (UTF-8, else ISO 8859-1), perhaps empty; any name will do
   */
  record Ehlo(String name) implements SmtpCommand {}

  /** The old greeting, RFC 5321 §4.1.1.1; see {@link Ehlo}. */
  record Helo(String name) implements SmtpCommand {}

  /** RFC 3207 §4; it takes no arguments. */
  record StartTls(boolean hasArguments) implements SmtpCommand {}

  /**
   * RFC 4954 §4.
   *
   * @param mechanism as the client wrote it
   * @param initialResponse base64 text, or {@code =} for an empty one; whoever gets it closes it
   */
  record Auth(String mechanism, Optional<Secret> initialResponse) implements SmtpCommand {

    /** Leaves the mechanism out too: a client may have put anything there. */
    @Override
    public String toString() {
      return "Auth[***]";
    }
  }

  /** A line of a SASL exchange as it stood, perhaps empty; whoever gets it closes it. */
  record SaslResponse(Secret line) implements SmtpCommand {}

  record Noop() implements SmtpCommand {}

  record Rset() implements SmtpCommand {}

  record Quit() implements SmtpCommand {}

  record Help() implements SmtpCommand {}

  record Vrfy() implements SmtpCommand {}

  /** MAIL, RCPT, DATA, BURL, ETRN, EXPN, SEND and the like. */
  record NeedsLogin() implements SmtpCommand {}

  /**
   * RFC 3030 §2. Needs a login too, and the octets behind it are a piece of a message that the
   * client sends unasked.
   */
  record Bdat() implements SmtpCommand {}

  /**
   * What a trusted client says of whom it speaks for, as Postfix defines it (XCLIENT_README).
   *
   * @param stated empty if that is no address
   */
  record Xclient(Optional<ClientAddress> stated) implements SmtpCommand {}

  /** The greeting of LMTP, RFC 2033 §4.1, which this is not. */
  record Lhlo() implements SmtpCommand {}

  /** A word we do not know. */
  record Unknown() implements SmtpCommand {}

  /** Not a command at all. */
  record Malformed(Flaw flaw) implements SmtpCommand {}

  /** What is wrong with a {@link Malformed} line. */
  enum Flaw {
    /** NUL or another control character, a bare CR or LF among them. */
    CONTROL_CHARACTER,
    /** AUTH without a mechanism. */
    NO_MECHANISM,
    /** Longer than a command may be; all of it was dropped. */
    LINE_TOO_LONG,
    /** AUTH or a SASL response longer than it may be; all of it was dropped. */
    RESPONSE_TOO_LONG,
    /** So long that its end is no longer waited for. */
    ENDLESS_LINE,
    /** A TLS or an HTTP client that came to the wrong port. */
    OTHER_PROTOCOL
  }
}
