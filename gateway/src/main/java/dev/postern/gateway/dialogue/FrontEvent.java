package dev.postern.gateway.dialogue;

import dev.postern.store.auth.AuthOutcome;

/** What a front dialogue learns other than commands. */
public sealed interface FrontEvent {

  /**
   * The handshake after {@link FrontStep.StartTls} is done; all that was said before it is
   * forgotten.
   */
  record TlsStarted() implements FrontEvent {}

  /**
   * Answers {@link FrontStep.Verify}; and {@link FrontStep.Connect}, where the upstream was to
   * judge the secret and refused it.
   */
  record Decided(AuthOutcome outcome) implements FrontEvent {}

  /**
   * Answers {@link FrontStep.Connect}: we are logged in at the upstream.
   *
   * @param isNoticeDue whether the client is to be told that the person's own password will soon
   *     not do
   */
  record UpstreamReady(UpstreamSession session, boolean isNoticeDue) implements FrontEvent {
    /** Without a notice. */
    public UpstreamReady(UpstreamSession session) {
      this(session, false);
    }
  }

  /** Answers {@link FrontStep.Connect}: we are not. */
  record UpstreamFailed(UpstreamFailure failure) implements FrontEvent {}

  /** Answers as {@link Decided} does: the login is good, but too many have been made with it. */
  record TooManySessions() implements FrontEvent {}

  /** There is no room for this connection; instead of greeting, the dialogue says a last word. */
  record NoRoom(Crowd crowd) implements FrontEvent {}

  /** Who takes the room. */
  enum Crowd {
    EVERYBODY,
    /** Connections from the client's own network. */
    ITS_NETWORK
  }

  /**
   * The connection ends before login; the dialogue may say a last word ({@link FrontStep.HangUp}).
   */
  record Ending(Reason reason) implements FrontEvent {}

  /** Why it ends. */
  enum Reason {
    /** The absolute time before login is over, however busy the client was. */
    DEADLINE,
    /** The client said nothing for too long. */
    IDLE,
    /** The client sent more than may wait behind its login command. */
    FLOOD,
    /** A login was good, and the app password was revoked or changed before the hand-over. */
    REVOKED,
    /** A login was good, but nobody can say whether it still is. */
    UNCONFIRMED,
    /** A login was good, and somebody ended it before the hand-over. */
    KICKED,
    /** The gateway stops. */
    SHUTDOWN
  }
}
