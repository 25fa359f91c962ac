package dev.postern.gateway.dialogue;

import io.netty.buffer.ByteBuf;

/**
 * Watches a session after its login, so that a client cannot turn our connection, which the
 * upstream trusts, into another one. It sees every byte of both directions and changes none. It
 * takes them one by one, or some at once of which that makes no difference, so that the pieces they
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

  /**
   * Takes note at once of as many of the client's next bytes as pass and would each have passed by
   * itself: most of a message, most of the time.
   *
   * @param from where the next byte is
   * @param length how many there are, at least one
   * @return how many; 0 if the next one is to be shown to {@link #fromClient}
   */
  int passFromClient(ByteBuf bytes, int from, int length);

  /** The same of the upstream's next bytes. */
  int passFromUpstream(ByteBuf bytes, int from, int length);

  /** Shows the client's next bytes up to the first that does not pass. */
  default Shown showClient(ByteBuf bytes, int from, int length) {
    int passed = 0;
    while (passed < length) {
      int run = passFromClient(bytes, from + passed, length - passed);
      if (run == 0) {
        Verdict verdict = fromClient(bytes.getByte(from + passed));
        if (!(verdict instanceof Verdict.Pass)) {
          return new Shown(passed, verdict);
        }
        run = 1;
      }
      passed += run;
    }
    return new Shown(passed, PASS);
  }

  /** Shows the upstream's next bytes up to the first with which the session ends. */
  default Shown showUpstream(ByteBuf bytes, int from, int length) {
    int passed = 0;
    while (passed < length) {
      int run = passFromUpstream(bytes, from + passed, length - passed);
      if (run == 0) {
        Verdict verdict = fromUpstream(bytes.getByte(from + passed));
        if (verdict instanceof Verdict.End) {
          return new Shown(passed, verdict);
        }
        run = 1;
      }
      passed += run;
    }
    return new Shown(passed, PASS);
  }

  /**
   * How far it went.
   *
   * @param passed bytes
   * @param verdict on the one behind them, or that it went to the end
   */
  record Shown(int passed, Verdict verdict) {}

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
