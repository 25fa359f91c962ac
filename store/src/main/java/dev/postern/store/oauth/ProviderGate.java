package dev.postern.store.oauth;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Keeps us from asking a provider that fails: after a failure nobody asks for a while, then one
 * does, and all again once that one succeeds. The pauses double, from a second to a minute, each
 * with up to half of it added, so that nodes do not come back together. Safe for use by several
 * threads; never waits.
 */
final class ProviderGate {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private final Ticker ticker;
  private final RandomGenerator random;
  private State state = new State.Open();

  private sealed interface State {
    record Open() implements State {}

    /**
     * Nobody asks until then.
     *
     * @param pause from the failure until then, for the next
     */
    record Shut(TokenTrouble why, long until, Duration pause) implements State {}

    /** One asks. */
    record Trying(TokenTrouble why, Duration pause) implements State {}
  }

  ProviderGate(Ticker ticker, RandomGenerator random) {
    this.ticker = ticker;
    this.random = random;
  }

  /**
   * Whether one may ask now; why not, if not. Who may tells of the end by {@link #succeeded},
   * {@link #failed} or {@link #leave}.
   */
  synchronized Optional<TokenTrouble> enter() {
    return switch (state) {
      case State.Open() -> Optional.empty();
      case State.Shut(TokenTrouble why, long until, Duration pause) -> {
        if (ticker.read() - until < 0) {
          yield Optional.of(why);
        }
        state = new State.Trying(why, pause);
        yield Optional.empty();
      }
      case State.Trying(TokenTrouble why, Duration _) -> Optional.of(why);
    };
  }

  /** Why nobody asks now; empty if one may. */
  synchronized Optional<TokenTrouble> shut() {
    return switch (state) {
      case State.Open() -> Optional.empty();
      case State.Shut(TokenTrouble why, long until, Duration _) ->
          ticker.read() - until < 0 ? Optional.of(why) : Optional.empty();
      case State.Trying(TokenTrouble why, Duration _) -> Optional.of(why);
    };
  }

  /** Whether the provider has not failed since it last answered. */
  synchronized boolean isOpen() {
    return state instanceof State.Open;
  }

  /** The provider answered, whatever it said. */
  synchronized void succeeded() {
    state = new State.Open();
  }

  /** It did not, or takes none of us. Of many that fail together the first decides the pause. */
  synchronized void failed(TokenTrouble why) {
    switch (state) {
      case State.Open() -> shut(why, FIRST);
      case State.Trying(TokenTrouble _, Duration pause) -> {
        Duration twice = pause.multipliedBy(2);
        shut(why, twice.compareTo(LONGEST) > 0 ? LONGEST : twice);
      }
      case State.Shut _ -> {}
    }
  }

  /** Whoever was let in never came to ask. */
  synchronized void leave() {
    if (state instanceof State.Trying(TokenTrouble why, Duration pause)) {
      state = new State.Shut(why, ticker.read(), pause);
    }
  }

  private void shut(TokenTrouble why, Duration pause) {
    Duration asked = why.retryAfter().filter(time -> time.compareTo(pause) > 0).orElse(pause);
    long nanos = asked.toNanos();
    state = new State.Shut(why, ticker.read() + nanos + random.nextLong(nanos / 2), pause);
  }
}
