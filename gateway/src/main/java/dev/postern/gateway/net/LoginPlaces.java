package dev.postern.gateway.net;

import java.util.LinkedHashSet;
import java.util.Optional;

/**
 * The places for logins under way at one upstream, and who waits for one: first come, first served.
 * When all clients come back at once, as after a restart, they take turns and are not sent away.
 * Safe for use by several threads.
 */
final class LoginPlaces {

  /** How many may wait for each place. */
  private static final int WAITING_FOR_EACH = 8;

  private final int most;
  private int taken;
  private final LinkedHashSet<Turn> waiting = new LinkedHashSet<>();

  /**
   * @param most places there are
   */
  LoginPlaces(int most) {
    this.most = most;
  }

  /**
   * Takes a place, or waits for one; empty if too many wait.
   *
   * @param onPlace called when the wait has come to its end, by who gave the place up: it must not
   *     take long
   */
  synchronized Optional<Turn> take(Runnable onPlace) {
    Turn turn = new Turn(onPlace);
    if (taken < most) {
      taken++;
      turn.hasPlace = true;
    } else if (waiting.size() < (long) most * WAITING_FOR_EACH) {
      waiting.add(turn);
    } else {
      return Optional.empty();
    }
    return Optional.of(turn);
  }

  private synchronized Optional<Turn> passOn() {
    if (waiting.isEmpty()) {
      taken--;
      return Optional.empty();
    }
    Turn next = waiting.removeFirst();
    next.hasPlace = true;
    return Optional.of(next);
  }

  /** One login's place, or its wait for one. */
  final class Turn {
    private final Runnable onPlace;
    private boolean hasPlace;
    private boolean isOver;

    private Turn(Runnable onPlace) {
      this.onPlace = onPlace;
    }

    /** Whether it has its place; once it has, it keeps it until {@link #leave}. */
    boolean hasPlace() {
      synchronized (LoginPlaces.this) {
        return hasPlace;
      }
    }

    /** Gives up the place or the wait; only the first time counts. */
    void leave() {
      end().ifPresent(next -> next.onPlace.run());
    }

    private Optional<Turn> end() {
      synchronized (LoginPlaces.this) {
        if (isOver) {
          return Optional.empty();
        }
        isOver = true;
        if (hasPlace) {
          return passOn();
        }
        waiting.remove(this);
        return Optional.empty();
      }
    }
  }
}
