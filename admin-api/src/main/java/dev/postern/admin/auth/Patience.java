package dev.postern.admin.auth;

import dev.postern.store.auth.AuthOutcome;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Holds refusals back, so that none comes sooner than another. What is throttled waits longer, as
 * long as it does not take the places of others. Waits on the caller's thread, which costs nothing
 * but memory.
 */
final class Patience {
  /** Longer waits at once. */
  private static final int LONG_WAITS = AuthRoutes.CONNECTIONS / 2;

  private final Semaphore longWaits = new Semaphore(LONG_WAITS);

  /**
   * Returns when the answer may be given.
   *
   * @param began {@link System#nanoTime} when the question came
   * @param usual how long refusals wait
   */
  void hold(long began, Duration usual, AuthOutcome outcome) {
    switch (outcome) {
      case AuthOutcome.Accepted _, AuthOutcome.Delegate _, AuthOutcome.Unavailable _ -> {}
      case AuthOutcome.Rejected _ -> until(began, usual);
      case AuthOutcome.Throttled(_, Duration delay, _) -> {
        if (delay.compareTo(usual) > 0 && longWaits.tryAcquire()) {
          try {
            until(began, delay);
          } finally {
            longWaits.release();
          }
        } else {
          until(began, usual);
        }
      }
    }
  }

  private static void until(long began, Duration wait) {
    try {
      TimeUnit.NANOSECONDS.sleep(wait.toNanos() - (System.nanoTime() - began));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
