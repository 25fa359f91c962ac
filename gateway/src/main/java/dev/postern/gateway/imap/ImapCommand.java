package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.ClientCommand;
import dev.postern.store.auth.Secret;
import java.util.Optional;

/**
 * What a client can say before it is logged in, RFC 9051 §6.1 and §6.2. A tag is as the client sent
 * it and valid, so that it may be echoed: 1 to {@value ImapGrammar#MAX_TAG} ASTRING-CHARs but
 * {@code +}.
 */
public sealed interface ImapCommand extends ClientCommand {

  @Override
  default void discard() {
    switch (this) {
      case Login(var _, var _, Secret secret) -> secret.close();
      case Authenticate(var _, var _, Optional<Secret> initial) -> initial.ifPresent(Secret::close);
      case SaslResponse(Secret line) -> line.close();
      case Capability _,
          Noop _,
          Logout _,
          Id _,
          Enable _,
          StartTls _,
          LiteralWanted _,
          OtherState _,
          Unknown _,
          Malformed _ -> {}
    }
  }

  /** RFC 9051 §6.1.1. */
  record Capability(String tag) implements ImapCommand {}

  /** RFC 9051 §6.1.2. */
  record Noop(String tag) implements ImapCommand {}

  /** RFC 9051 §6.1.3. */
  record Logout(String tag) implements ImapCommand {}

  /**
   * RFC 2971 §3.1.
   *
   * @param clientName value of the field {@code name} (UTF-8, else ISO 8859-1), perhaps empty
   * @param originatingIp that of {@code x-originating-ip}; perhaps empty, and anybody's word
   * @param originatingPort that of {@code x-originating-port}, likewise
   */
  record Id(String tag, String clientName, String originatingIp, String originatingPort)
      implements ImapCommand {}

  /** RFC 9051 §6.3.1; valid after login only, but some clients do not wait. */
  record Enable(String tag) implements ImapCommand {}

  /** RFC 9051 §6.2.1. */
  record StartTls(String tag) implements ImapCommand {}

  /**
   * RFC 9051 §6.2.3.
   *
   * @param loginName decoded (UTF-8, else ISO 8859-1), not empty, neither normalised nor checked
   * @param secret the bytes as sent, perhaps none; whoever gets it closes it
   */
  record Login(String tag, String loginName, Secret secret) implements ImapCommand {
    @Override
    public String toString() {
      return "Login[***]";
    }
  }

  /**
   * RFC 9051 §6.2.2.
   *
   * @param mechanism as the client wrote it
   * @param initialResponse RFC 4959: base64 text, or {@code =} for an empty one; whoever gets it
   *     closes it
   */
  record Authenticate(String tag, String mechanism, Optional<Secret> initialResponse)
      implements ImapCommand {
    /** Leaves the mechanism out too: a client may have put anything there. */
    @Override
    public String toString() {
      return "Authenticate[***]";
    }
  }

  /** A line of a SASL exchange as it stood, perhaps empty; whoever gets it closes it. */
  record SaslResponse(Secret line) implements ImapCommand {}

  /**
   * A command announced a synchronising literal that may come (RFC 9051 §4.3): invite it, or answer
   * the command and forget it.
   */
  record LiteralWanted(String tag, Purpose purpose) implements ImapCommand {}

  /** What a literal is for. */
  enum Purpose {
    CREDENTIALS,
    IDENTIFICATION
  }

  /** A command that exists but needs a login. */
  record OtherState(String tag) implements ImapCommand {}

  /** A word we do not know. */
  record Unknown(String tag) implements ImapCommand {}

  /**
   * Not a command as it stands.
   *
   * @param tag empty if there is none that may be echoed
   */
  record Malformed(Optional<String> tag, Flaw flaw) implements ImapCommand {}

  /** What is wrong with a {@link Malformed} command. */
  enum Flaw {
    /** No tag, or none that may be echoed. */
    TAG,
    /** A tag alone. */
    NO_COMMAND,
    /** The first word is a command: somebody forgot the tag. */
    COMMAND_FOR_TAG,
    /** A known command whose arguments are not. */
    ARGUMENTS,
    /** A literal longer than its place allows; the client was not invited or its bytes dropped. */
    LITERAL_TOO_LARGE,
    /** A literal that comes uninvited and is too long to be dropped: the session cannot go on. */
    ENDLESS_LITERAL,
    /** A line or a command longer than it may be: the session cannot go on. */
    TOO_LONG,
    /** An HTTP, SMTP or TLS client that came to the wrong port. */
    OTHER_PROTOCOL
  }
}
