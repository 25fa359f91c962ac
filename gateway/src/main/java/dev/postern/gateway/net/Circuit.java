package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Whether logins at one host and port are tried at all. Where it is not reached nobody waits for
 * it, and it is not asked by all who would: after a pause one login tries, and opens it for all.
 *
 * <pre>
 * Closed --failures in a row--> Open --pause over, somebody enters--> Trying --reached--> Closed
 *                                ^  ^------- failed: a longer pause ----+  |
 *                                +-------------- left -----------------+
 * Open, Trying --reached by anybody--> Closed
 * </pre>
 *
 * <p>The words are those of electricity: a closed circuit lets pass, an open one does not. Safe for
 * use by several threads.
 */
final class Circuit {

  /** So many in a row open it. */
  static final int MOST_FAILURES = 5;

  /** So do two or more in a row of which the last is that much later than the first. */
  static final Duration LONGEST_RUN = Duration.ofSeconds(10);

  static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** Who may pass whatever the circuit says, and who passes while it is closed. */
  static final Pass UNHINDERED = new Pass();

  private final Ticker ticker;
  private final RandomGenerator random;
  private State state = State.Closed.SOUND;

  private sealed interface State {
    /**
     * All may pass.
     *
     * @param failures in a row
     * @param since the first of them
     */
    record Closed(int failures, long since) implements State {
      static final Closed SOUND = new Closed(0, 0);
    }

    /** Nobody may pass before {@code until}. */
    record Open(Trouble trouble, long until) implements State {}

    /** One passes, nobody else may. */
    record Trying(Trouble trouble, Pass trial) implements State {}
  }

  /**
   * Why it is not closed.
   *
   * @param since the first failure
   * @param openings how often it was opened in that time
   * @param why the last failure
   */
  private record Trouble(long since, int openings, UpstreamFailure why) {}

  /** What one who enters gets. */
  sealed interface Answer {}

  /** Leave to try; to be followed by one word at least of how it went. Told apart by identity. */
  static final class Pass implements Answer {
    private Pass() {}
  }

  /** No leave; the failure to tell. */
  record Refused(UpstreamFailure failure) implements Answer {}

  /**
   * @param random for the length of pauses
   */
  Circuit(Ticker ticker, RandomGenerator random) {
    this.ticker = ticker;
    this.random = random;
  }

  /** Whether logins are refused, but for one that tries. */
  synchronized boolean isOpen() {
    return switch (state) {
      case State.Closed _ -> false;
      case State.Open _, State.Trying _ -> true;
    };
  }

  /** How long it was not reached, if it is open; empty: it is closed. */
  synchronized Optional<Duration> openFor() {
    return switch (state) {
      case State.Closed _ -> Optional.empty();
      case State.Open(Trouble trouble, long _) -> Optional.of(since(trouble));
      case State.Trying(Trouble trouble, Pass _) -> Optional.of(since(trouble));
    };
  }

  /** Asks for leave; who gets it says later how it went, or that it left. */
  synchronized Answer enter() {
    Optional<UpstreamFailure> refusal = refusal();
    if (refusal.isPresent()) {
      return new Refused(refusal.get());
    }
    return switch (state) {
      case State.Open(Trouble trouble, long _) -> {
        Pass trial = new Pass();
        state = new State.Trying(trouble, trial);
        yield trial;
      }
      case State.Closed _, State.Trying _ -> UNHINDERED;
    };
  }

  /** What {@link #enter} would refuse with now; takes nothing. */
  synchronized Optional<UpstreamFailure> refusal() {
    return switch (state) {
      case State.Closed _ -> Optional.empty();
      case State.Open(Trouble trouble, long until) -> {
        long left = until - ticker.nanoTime();
        yield left > 0
            ? Optional.of(refusal(trouble, "tried again in " + millis(left) + " ms"))
            : Optional.empty();
      }
      case State.Trying(Trouble trouble, Pass _) ->
          Optional.of(refusal(trouble, "tried again just now"));
    };
  }

  private UpstreamFailure refusal(Trouble trouble, String next) {
    return new UpstreamFailure(
        Cause.UNREACHABLE,
        "not tried: not reached for "
            + millis(ticker.nanoTime() - trouble.since)
            + " ms, "
            + next
            + "; "
            + trouble.why.cause().word()
            + ": "
            + trouble.why.detail());
  }

  /** Who has that pass did not reach it. Whether that opened the circuit, which was closed. */
  synchronized boolean failed(Pass pass, UpstreamFailure why) {
    return switch (state) {
      case State.Closed(int failures, long since) -> {
        long now = ticker.nanoTime();
        boolean isFirst = failures == 0;
        boolean isRun = !isFirst && now - since >= LONGEST_RUN.toNanos();
        if (isRun || failures + 1 >= MOST_FAILURES) {
          open(new Trouble(isFirst ? now : since, 1, why));
          yield true;
        }
        state = new State.Closed(failures + 1, isFirst ? now : since);
        yield false;
      }
      case State.Open _ -> false;
      case State.Trying(Trouble trouble, Pass trial) -> {
        if (trial == pass) {
          open(new Trouble(trouble.since, trouble.openings + 1, why));
        }
        yield false;
      }
    };
  }

  private void open(Trouble trouble) {
    long longest =
        Math.min(
            LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(trouble.openings - 1, 30));
    state = new State.Open(trouble, ticker.nanoTime() + longest - random.nextLong(longest / 4));
  }

  /** Somebody reached it. How long it was not closed, if that closed it. */
  synchronized Optional<Duration> reached() {
    State before = state;
    state = State.Closed.SOUND;
    return switch (before) {
      case State.Closed _ -> Optional.empty();
      case State.Open(Trouble trouble, long _) -> Optional.of(since(trouble));
      case State.Trying(Trouble trouble, Pass _) -> Optional.of(since(trouble));
    };
  }

  private Duration since(Trouble trouble) {
    return Duration.ofNanos(ticker.nanoTime() - trouble.since);
  }

  /** Who has that pass leaves without knowing; if it was the one that tried, another may. */
  synchronized void left(Pass pass) {
    if (state instanceof State.Trying(Trouble trouble, Pass trial) && trial == pass) {
      state = new State.Open(trouble, ticker.nanoTime());
    }
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }
}
