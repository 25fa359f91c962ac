package dev.postern.admin.api;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Lets a few requests work at a time, so that those of operators' programs never keep logins
 * waiting for the database. The others wait for a moment, and then come again.
 */
final class WorkingRoom {
  /** At once; at most half of the connections to the database. */
  static final int AT_ONCE = 4;

  private static final int PATIENT = 15;

  private final Semaphore places;
  private final Duration patience;

  WorkingRoom() {
    this(AT_ONCE, Duration.ofSeconds(2));
  }

  WorkingRoom(int places, Duration patience) {
    this.places = new Semaphore(places, true);
    this.patience = patience;
  }

  /** Something that is done in there. */
  interface Task<T> {
    T run();
  }

  /**
   * Does it, as soon as there is a place.
   *
   * @throws Refusal {@code UNAVAILABLE} if there was none for too long
   */
  <T> T within(Task<T> task) {
    return within(task, patience);
  }

  /** The same for something that has been going on for a while: it waits for longer. */
  <T> T patiently(Task<T> task) {
    return within(task, patience.multipliedBy(PATIENT));
  }

  private <T> T within(Task<T> task, Duration wait) {
    boolean isIn = false;
    try {
      isIn = places.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS);
      if (!isIn) {
        throw Refusal.of(ProblemType.UNAVAILABLE, "Too many requests are being worked on.")
            .retryAfter(1);
      }
      return task.run();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw Refusal.of(ProblemType.UNAVAILABLE, "The server is stopping.").retryAfter(5);
    } finally {
      if (isIn) {
        places.release();
      }
    }
  }
}
