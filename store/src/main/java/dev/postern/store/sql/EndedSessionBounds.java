package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@code ended_sessions} within its limits of time and number; the oldest go first. They are
 * counted every {@value #ROUNDS_TO_COUNT} minutes, so that for as long there may be more. All on
 * the writer's thread, and a few batches at a time, so that it comes to its other work.
 */
final class EndedSessionBounds {
  /** About a gigabyte. */
  static final int MOST = 2_000_000;

  static final int SECONDS = 60;

  private static final int ROUNDS_TO_COUNT = 10;
  private static final int BATCH = 1000;
  private static final int BATCHES = 10;
  private static final Logger log = LoggerFactory.getLogger(EndedSessionBounds.class);

  private final Database database;
  private final Clock clock;
  private final Supplier<Duration> kept;
  private final int most;
  private final Executor writer;
  private int rounds;

  /** What ended before that is too much, as of the last count. */
  private Instant crowdedOut = Instant.EPOCH;

  private boolean isHeldUp;

  /**
   * @param kept how long
   * @param most how many
   */
  EndedSessionBounds(
      Database database, Clock clock, Supplier<Duration> kept, int most, Executor writer) {
    this.database = database;
    this.clock = clock;
    this.kept = kept;
    this.most = most;
    this.writer = writer;
  }

  /** One round; says so once in the log if the database does not let it. */
  void run() {
    try {
      if (rounds++ % ROUNDS_TO_COUNT == 0) {
        crowdedOut = newestTooMany();
      }
      isHeldUp = false;
      goOn();
    } catch (StoreException | RefusedException e) {
      heldUp(e);
    }
  }

  private void goOn() {
    try {
      if (trim()) {
        writer.execute(this::goOn);
      }
    } catch (RejectedExecutionException _) {
      // The store is closing.
    } catch (StoreException | RefusedException e) {
      heldUp(e);
    }
  }

  private void heldUp(RuntimeException e) {
    if (!isHeldUp) {
      log.warn("old sessions wait to be removed from the record: {}", e.getMessage());
    }
    isHeldUp = true;
  }

  /** Whether there is more to remove. */
  private boolean trim() {
    Instant old = clock.instant().minus(kept.get());
    long before = (old.isAfter(crowdedOut) ? old : crowdedOut).toEpochMilli();
    for (int i = 0; i < BATCHES; i++) {
      if (delete(before) < BATCH) {
        return false;
      }
    }
    return true;
  }

  /** Several nodes may ask for it and act on it: it is the same for all. */
  private Instant newestTooMany() {
    return database.read(handle ->
        handle
            .createQuery(
                "SELECT ended_at + 1 FROM ended_sessions ORDER BY ended_at DESC LIMIT 1 OFFSET "
                    + most)
            .mapTo(Long.class)
            .findOne()
            .map(Instant::ofEpochMilli)
            .orElse(Instant.EPOCH));
  }

  private int delete(long before) {
    return database.write(handle ->
        handle
            .createUpdate(
                "DELETE FROM ended_sessions WHERE id IN (SELECT id FROM ended_sessions"
                    + " WHERE ended_at \\< :before ORDER BY ended_at LIMIT "
                    + BATCH
                    + database.dialect().freeRowLock("ended_sessions")
                    + ")")
            .bind("before", before)
            .execute());
  }
}
