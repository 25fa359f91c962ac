package dev.postern.gateway.net;

import dev.postern.store.upstream.UpstreamState.Load;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;

/**
 * The places for logins under way at one upstream, and who waits for one: first come, first served.
 * When all clients come back at once, as after a restart, they take turns and are not sent away.
 * Where nobody gives a place up the upstream hangs, and nobody is let wait. Where an upstream is
 * back after trouble they are not let in all at once: at first {@value #FIRST} may be under way,
 * and every {@link #STEP} twice as many. Safe for use by several threads.
 */
final class LoginPlaces {

  /** How many may wait for each place. */
  private static final int WAITING_FOR_EACH = 4;

  /** How many may be under way when an upstream is back. */
  static final int FIRST = 16;

  /** After that there may be twice as many. */
  static final Duration STEP = Duration.ofMillis(250);

  private static final int MOST_DOUBLINGS = 20;

  private final int most;
  private final long patienceNanos;
  private final Ticker ticker;
  private int taken;
  private long movedAt;
  private Pace pace = new Pace.Steady();
  private final LinkedHashSet<Turn> waiting = new LinkedHashSet<>();

  /** How many of the places may be taken. */
  private sealed interface Pace {
    /** All. */
    record Steady() implements Pace {}

    /** More and more since then. */
    record Rising(long since) implements Pace {}
  }

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
    if (waiting.isEmpty() && taken < open()) {
      place(turn);
      return Optional.of(turn);
    }
    if (waiting.size() >= (long) most * WAITING_FOR_EACH
        || ticker.nanoTime() - movedAt > patienceNanos) {
      return Optional.empty();
    }
    waiting.add(turn);
    return Optional.of(turn);
  }

  /** Who is there, and how many may be; fewer while the upstream is just back. */
  synchronized Load load() {
    return new Load(taken, waiting.size(), open());
  }

  /** The upstream is back: from now on a few, then more, may be under way. */
  synchronized void rise() {
    pace = new Pace.Rising(ticker.nanoTime());
  }

  /** Lets in for whom there is a place by now. Whether there will be more places later. */
  boolean widen() {
    letIn();
    synchronized (this) {
      return pace instanceof Pace.Rising;
    }
  }

  private void letIn() {
    for (Optional<Turn> next = next(); next.isPresent(); next = next()) {
      next.get().onPlace.run();
    }
  }

  private synchronized Optional<Turn> next() {
    if (taken >= open() || waiting.isEmpty()) {
      return Optional.empty();
    }
    Turn next = waiting.removeFirst();
    place(next);
    return Optional.of(next);
  }

  private void place(Turn turn) {
    taken++;
    turn.state = State.PLACED;
    movedAt = ticker.nanoTime();
  }

  /** How many may be under way now. */
  private int open() {
    return switch (pace) {
      case Pace.Steady() -> most;
      case Pace.Rising(long since) -> {
        long steps = (ticker.nanoTime() - since) / STEP.toNanos();
        long now = (long) FIRST << Math.min(steps, MOST_DOUBLINGS);
        if (now >= most) {
          pace = new Pace.Steady();
        }
        yield (int) Math.min(now, most);
      }
    };
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
      synchronized (LoginPlaces.this) {
        State left = state;
        state = State.OVER;
        switch (left) {
          case WAITING -> waiting.remove(this);
          case PLACED -> {
            taken--;
            movedAt = ticker.nanoTime();
          }
          case OVER -> {}
        }
      }
      letIn();
    }
  }
}
