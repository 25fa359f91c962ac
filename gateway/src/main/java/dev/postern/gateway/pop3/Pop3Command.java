package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.ClientCommand;
import dev.postern.store.auth.Secret;
import java.util.Optional;

/**
 * What a client can say before it is logged in, RFC 1939 §4, RFC 2449 §5, RFC 2595 §4 and RFC 5034
 * §4. Everything that would touch a mailbox is one case: none of it is looked at here.
 */
public sealed interface Pop3Command extends ClientCommand {

  @Override
  default void discard() {
    switch (this) {
      case Pass(Secret secret) -> secret.close();
      case Auth(var _, Optional<Secret> initial) -> initial.ifPresent(Secret::close);
      case SaslResponse(Secret line) -> line.close();
      case Capa _,
          Stls _,
          User _,
          Mechanisms _,
          Apop _,
          Xclient _,
          Noop _,
          Quit _,
          NeedsLogin _,
          Unknown _,
          Malformed _ -> {}
    }
  }

  /** RFC 2449 §5. */
  record Capa() implements Pop3Command {}

  /** RFC 2595 §4; it takes no arguments. */
  record Stls(boolean hasArguments) implements Pop3Command {}

  /**
   * RFC 1939 §7.
   *
   * @param loginName the rest of the line, decoded (UTF-8, else ISO 8859-1), neither normalised nor
   *     checked, perhaps empty; sloppy clients send spaces in it
   */
  record User(String loginName) implements Pop3Command {
    /** Leaves the name out: people type passwords into the name field. */
    @Override
    public String toString() {
      return "User[***]";
    }
  }

  /**
   * RFC 1939 §7.
   *
   * @param secret the rest of the line behind one space, further spaces included; perhaps none;
   *     whoever gets it closes it
   */
  record Pass(Secret secret) implements Pop3Command {}

  /** AUTH alone: what mechanisms are there? Outlook asks. */
  record Mechanisms() implements Pop3Command {}

  /**
   * RFC 5034 §4.
   *
   * @param mechanism as the client wrote it
   * @param initialResponse base64 text, or {@code =} for an empty one; whoever gets it closes it
   */
  record Auth(String mechanism, Optional<Secret> initialResponse) implements Pop3Command {

    /** Leaves the mechanism out too: a client may have put anything there. */
    @Override
    public String toString() {
      return "Auth[***]";
    }
  }

  /** A line of a SASL exchange as it stood, perhaps empty; whoever gets it closes it. */
  record SaslResponse(Secret line) implements Pop3Command {}

  /** RFC 1939 §7, which needs the password itself on the server: there is none. */
  record Apop() implements Pop3Command {}

  /**
   * What a trusted client says of whom it speaks for, as Dovecot takes it.
   *
   * @param stated empty if that is no address
   */
  record Xclient(Optional<ClientAddress> stated) implements Pop3Command {}

  record Noop() implements Pop3Command {}

  record Quit() implements Pop3Command {}

  /** STAT, LIST, RETR, DELE, RSET, TOP, UIDL and the like. */
  record NeedsLogin() implements Pop3Command {}

  /** A word we do not know. */
  record Unknown() implements Pop3Command {}

  /** Not a command at all. */
  record Malformed(Flaw flaw) implements Pop3Command {}

  /** What is wrong with a {@link Malformed} line. */
  enum Flaw {
    /** NUL or another control character, a bare CR among them. */
    CONTROL_CHARACTER,
    /** USER with a longer name than is taken. */
    NAME_TOO_LONG,
    /** PASS with a longer secret than is taken. */
    SECRET_TOO_LONG,
    /** Longer than a command may be; all of it was dropped. */
    LINE_TOO_LONG,
    /** AUTH or a SASL response longer than it may be; all of it was dropped. */
    RESPONSE_TOO_LONG,
    /** So long that its end is no longer waited for. */
    ENDLESS_LINE,
    /** A client of TLS, HTTP or SMTP that came to the wrong port. */
    OTHER_PROTOCOL
  }
}
