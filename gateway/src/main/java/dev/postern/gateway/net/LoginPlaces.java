package dev.postern.gateway.net;

import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;

/**
 * The places for logins under way at one upstream, and who waits for one: first come, first served.
 * When all clients come back at once, as after a restart, they take turns and are not sent away.
 * Where nobody gives a place up the upstream hangs, and nobody is let wait. Safe for use by several
 * threads.
 */
final class LoginPlaces {

  /** How many may wait for each place. */
  private static final int WAITING_FOR_EACH = 4;

  private final int most;
  private final long patienceNanos;
  private final Ticker ticker;
  private int taken;
  private long movedAt;
  private final LinkedHashSet<Turn> waiting = new LinkedHashSet<>();

  /**
   * @param most places there are
   * @param patience without a place given up until nobody may begin to wait
   */
  LoginPlaces(int most, Duration patience) {
    this(most, patience, Ticker.systemTicker());
  }

  LoginPlaces(int most, Duration patience, Ticker ticker) {
    this.most = most;
    this.patienceNanos = patience.toNanos();
    this.ticker = ticker;
  }

  /**
   * Takes a place, or waits for one; empty if too many wait, or to no end.
   *
   * @param onPlace called when the wait has come to its end, by who gave the place up: it must not
   *     take long
   */
  synchronized Optional<Turn> take(Runnable onPlace) {
    Turn turn = new Turn(onPlace);
    if (taken < most) {
      taken++;
      turn.state = State.PLACED;
      movedAt = ticker.nanoTime();
      return Optional.of(turn);
    }
    if (waiting.size() >= (long) most * WAITING_FOR_EACH
        || ticker.nanoTime() - movedAt > patienceNanos) {
      return Optional.empty();
    }
    waiting.add(turn);
    return Optional.of(turn);
  }

  private synchronized Optional<Turn> passOn() {
    movedAt = ticker.nanoTime();
    if (waiting.isEmpty()) {
      taken--;
      return Optional.empty();
    }
    Turn next = waiting.removeFirst();
    next.state = State.PLACED;
    return Optional.of(next);
  }

  private enum State {
    WAITING,
    PLACED,
    OVER
  }

  /** One login's place, or its wait for one. */
  final class Turn {
    private final Runnable onPlace;
    private State state = State.WAITING;

    private Turn(Runnable onPlace) {
      this.onPlace = onPlace;
    }

    /** Whether it has its place, which it keeps until {@link #leave}. */
    boolean hasPlace() {
      synchronized (LoginPlaces.this) {
        return state == State.PLACED;
      }
    }

    /** Gives up the place or the wait; only the first time counts. */
    void leave() {
      end().ifPresent(next -> next.onPlace.run());
    }

    private Optional<Turn> end() {
      synchronized (LoginPlaces.this) {
        State left = state;
        state = State.OVER;
        return switch (left) {
          case WAITING -> {
            waiting.remove(this);
            yield Optional.empty();
          }
          case PLACED -> passOn();
          case OVER -> Optional.empty();
        };
      }
    }
  }
}
