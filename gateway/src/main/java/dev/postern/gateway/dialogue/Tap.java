package dev.postern.gateway.dialogue;

/**
 * Watches a session after its login, so that a client cannot turn our connection, which the
 * upstream trusts, into another one. It sees every byte of both directions and changes none. It
 * takes them one by one, but for stretches that could not change anything, so that the pieces they
 * arrive in cannot matter; its memory is bounded, however long a line is.
 *
 * <p>Both directions, because the client's alone cannot be read: whether bytes are a message or
 * commands is often the server's answer. Where it is, the client's next byte is held until the
 * answer is there. Where a server could read bytes in two ways and no answer will tell, the session
 * ends.
 *
 * <p>It begins behind the login, with nothing under way in either direction. Used by one thread.
 */
public interface Tap {

  Verdict PASS = new Verdict.Pass();
  Verdict HOLD = new Verdict.Hold();

  /** What becomes of the client's next byte. One that is held is shown again later. */
  Verdict fromClient(byte b);

  /** Takes note of the upstream's next byte; never holds it. */
  Verdict fromUpstream(byte b);

  /** Which of the client's next bytes pass without being shown. */
  Stretch clientStretch();

  /** So many of those have passed. */
  void skipClient(int bytes);

  /** Which of the upstream's next bytes pass without being shown. */
  Stretch upstreamStretch();

  /** So many of those have passed. */
  void skipUpstream(int bytes);

  /** What becomes of a byte. */
  sealed interface Verdict {

    /** It goes on its way. */
    record Pass() implements Verdict {}

    /** It waits, with all behind it, until the upstream has said more. */
    record Hold() implements Verdict {}

    /** It does not go on its way, and the session ends. */
    record End(Forbidden why) implements Verdict {}
  }
}
