package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What must be tidied up now and then: changes that every node has read long ago, and app passwords
 * whose overlap is over. In small transactions, so that nobody waits for it.
 */
final class Housekeeping {
  /** A feed that is cut off for longer than this reads everything anew. */
  static final Duration CHANGES_KEPT = Duration.ofHours(1);

  private static final int BATCH = 1000;
  private static final int BATCHES = 50;
  private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);

  private final Database database;
  private final Writes writes;
  private final Rotation rotation;

  Housekeeping(Database database, Writes writes, Rotation rotation) {
    this.database = database;
    this.writes = writes;
    this.rotation = rotation;
  }

  /** One round; says so in the log if the database does not let it. */
  void run() {
    Instant now = writes.now();
    try {
      for (int i = 0; i < BATCHES && sweep(now) == Rotation.BATCH; i++) {
        // Until there are none left, or enough for this round.
      }
      for (int i = 0; i < BATCHES && prune(now.minus(CHANGES_KEPT)) == BATCH; i++) {
        // Until there are none left, or enough for this round.
      }
    } catch (StoreException | RefusedException e) {
      log.warn("housekeeping waits: {}", e.getMessage());
    }
  }

  private int sweep(Instant now) {
    return database.write(handle -> rotation.sweep(handle, Optional.empty(), now));
  }

  private int prune(Instant before) {
    return database.write(handle ->
        handle
            .createUpdate(
                "DELETE FROM changes WHERE number IN (SELECT number FROM changes"
                    + " WHERE at < :before ORDER BY number LIMIT "
                    + BATCH
                    + ")")
            .bind("before", before.toEpochMilli())
            .execute());
  }
}
