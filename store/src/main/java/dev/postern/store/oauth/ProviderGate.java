package dev.postern.store.oauth;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Keeps us from asking a provider that fails: after a failure nobody asks for a while, then one
 * does, and all again once that one succeeds. The pauses double, from a second to a minute, each
 * with up to half of it added, so that nodes do not come back together. An answer that is of no use
 * to one account is a failure once several accounts in a row have had such. Safe for use by several
 * threads; never waits.
 */
final class ProviderGate {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  /** Accounts whose answers were of no use, with no good one in between, that show a failure. */
  static final int DOUBTS = 5;

  private final Ticker ticker;
  private final RandomGenerator random;
  private State state = State.Open.FRESH;

  private sealed interface State {
    /**
     * All ask.
     *
     * @param inDoubt whose answers were of no use since the last good one
     * @param pause the next, should it come to that
     */
    record Open(Set<TokenAccount> inDoubt, Duration pause) implements State {
      static final Open FRESH = new Open(Set.of(), FIRST);

      public Open {
        inDoubt = Set.copyOf(inDoubt);
      }

      Open with(TokenAccount another) {
        Set<TokenAccount> more = new HashSet<>(inDoubt);
        more.add(another);
        return new Open(more, pause);
      }
    }

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
      case State.Open _ -> Optional.empty();
      case State.Shut(TokenTrouble why, long until, Duration pause) -> {
        Optional<TokenTrouble> shut = shut(why, until);
        if (shut.isEmpty()) {
          state = new State.Trying(why, pause);
        }
        yield shut;
      }
      case State.Trying(TokenTrouble why, Duration _) -> Optional.of(why);
    };
  }

  /** Why nobody asks now; empty if one may. */
  synchronized Optional<TokenTrouble> shut() {
    return switch (state) {
      case State.Open _ -> Optional.empty();
      case State.Shut(TokenTrouble why, long until, Duration _) -> shut(why, until);
      case State.Trying(TokenTrouble why, Duration _) -> Optional.of(why);
    };
  }

  private Optional<TokenTrouble> shut(TokenTrouble why, long until) {
    long left = until - ticker.read();
    return left > 0 ? Optional.of(why.notAskedFor(Duration.ofNanos(left))) : Optional.empty();
  }

  /** Whether the provider has not failed since it last answered. */
  synchronized boolean isOpen() {
    return state instanceof State.Open;
  }

  /** The provider answered, whatever it said. */
  synchronized void succeeded() {
    state = State.Open.FRESH;
  }

  /**
   * It did not, or takes none of us. Of many that fail together the first decides the pause.
   *
   * @return whether this was the first
   */
  synchronized boolean failed(TokenTrouble why) {
    return switch (state) {
      case State.Open(Set<TokenAccount> _, Duration pause) -> {
        shut(why, pause);
        yield true;
      }
      case State.Trying(TokenTrouble _, Duration pause) -> {
        shut(why, twice(pause));
        yield true;
      }
      case State.Shut _ -> false;
    };
  }

  private static Duration twice(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST) > 0 ? LONGEST : twice;
  }

  /** It answered, with what is of no use to this account; others may have better answers. */
  synchronized void doubted(TokenAccount account, TokenTrouble why) {
    switch (state) {
      case State.Open open -> doubted(open.with(account), why);
      case State.Trying(TokenTrouble _, Duration pause) ->
          doubted(new State.Open(Set.of(account), twice(pause)), why);
      case State.Shut _ -> {}
    }
  }

  private void doubted(State.Open open, TokenTrouble why) {
    state = open;
    if (open.inDoubt().size() >= DOUBTS) {
      shut(why, open.pause());
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
