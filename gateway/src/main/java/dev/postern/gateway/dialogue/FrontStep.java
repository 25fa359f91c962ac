package dev.postern.gateway.dialogue;

import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import java.util.Optional;

/**
 * What the front side does next. Texts are complete lines, ASCII but for what a client sent as its
 * own tag, each character one byte (ISO 8859-1); they never hold a secret.
 */
public sealed interface FrontStep {

  /** Say {@code text} (perhaps empty) and read on, the next input being a {@code next}. */
  record Say(String text, Expect next) implements FrontStep {}

  /**
   * A login was refused: say {@code text} once the failure delay since the arrival of the
   * credentials is over, then read on with a command. Whatever was computed meanwhile, the client
   * cannot see it in the time.
   */
  record Refuse(String text) implements FrontStep {}

  /** As {@link Refuse}, then close. */
  record RefuseAndHangUp(String text) implements FrontStep {}

  /**
   * Say {@code text}, then start TLS; bytes the client sent behind the command go to the TLS
   * engine, never to the decoder.
   */
  record StartTls(String text) implements FrontStep {}

  /** Have the credentials verified; nothing is read until {@link FrontEvent.Decided}. */
  record Verify(Credentials credentials) implements FrontStep {}

  /**
   * A login that the input alone refuses, so that nobody is asked: counted and logged like any
   * other, and answered by {@link FrontEvent.Decided} at once.
   *
   * @param mechanism as in {@link Credentials}
   */
  record Reject(RejectReason reason, String mechanism) implements FrontStep {}

  /**
   * Do {@code then}, which refuses a login that the client began in clear where none is taken so:
   * counted and logged like any other. If it sent its secret with it, have that looked at
   * afterwards, so that its owner can be warned; what comes of it the client does not learn.
   *
   * @param mechanism as in {@link Credentials}
   */
  record InClear(String mechanism, Optional<Credentials> exposed, FrontStep then)
      implements FrontStep {}

  /**
   * From here on the connection is that of another client, for whom a trusted one speaks; do {@code
   * then}. At most once on a connection.
   */
  record SpeaksFor(ClientAddress client, FrontStep then) implements FrontStep {}

  /**
   * Log in at the upstream; nothing is read until {@link FrontEvent.UpstreamReady} or {@link
   * FrontEvent.UpstreamFailed}.
   */
  record Connect(Grant grant) implements FrontStep {}

  /**
   * Say {@code text} and hand over: from here on bytes are relayed, those already received first.
   */
  record Splice(String text) implements FrontStep {}

  /** Say {@code text} and close. */
  record HangUp(String text) implements FrontStep {}

  /** What the decoder reads next. */
  enum Expect {
    COMMAND,
    /** One line of a SASL exchange. */
    SASL_RESPONSE,
    /** The rest of a command whose literal was just invited (IMAP alone). */
    LITERAL
  }
}
