package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreConfig;
import dev.postern.store.StoreException;
import dev.postern.store.access.Replays;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What must be tidied up now and then: changes that every node has read long ago, app passwords
 * whose overlap is over or whose time has run out, requests that are made once, traces that are
 * over, and what the audit has kept for long enough, API tokens that have ended with it. In small
 * transactions, so that nobody waits for it.
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
  private final Expiration expiration;
  private final Supplier<StoreConfig.AuditRules> audit;

  /**
   * Whether the last round found the database. If not, other nodes may have uses to write that they
   * could not write before.
   */
  private boolean wasReached = true;

  /** Where the next batch of overlaps begins. */
  private String overlapsReached = "";

  Housekeeping(
      Database database,
      Writes writes,
      Rotation rotation,
      Expiration expiration,
      Supplier<StoreConfig.AuditRules> audit) {
    this.database = database;
    this.writes = writes;
    this.rotation = rotation;
    this.expiration = expiration;
    this.audit = audit;
  }

  /** One round, on one thread; says so once in the log if the database does not let it. */
  void run() {
    Instant now = writes.now();
    try {
      for (int i = 0; i < BATCHES && sweepOverlaps(now); i++) {
        // Until there are none left, or enough for this round.
      }
      for (int i = 0; i < BATCHES && expiration.sweepDates(); i++) {
        // Until there are none left, or enough for this round.
      }
      for (int i = 0; wasReached && i < BATCHES && expiration.sweepUnused(); i++) {
        // Until there are none left, or enough for this round.
      }
      prune("changes", "number", "at", now.minus(CHANGES_KEPT));
      prune("sign_ins", "fold", "last_at", now.minus(audit.get().signIns()));
      prune("admin_changes", "id", "at", now.minus(audit.get().changes()));
      prune(
          ApiTokenRow.TABLE,
          "id",
          "COALESCE(revoked_at, expires_at)",
          now.minus(audit.get().changes()));
      prune(TraceRow.TABLE, "id", "ends_at", now);
      prune("replays", "token, key", "at", now.minus(Replays.KEPT));
      database.write(handle -> {
        OAuthLeaseTable.dropOld(handle, database.dialect());
        SqlConsentLinks.dropOld(handle, database.dialect());
        WebhookTable.dropOld(handle, database.dialect(), now);
        return now;
      });
      wasReached = true;
    } catch (StoreException | RefusedException e) {
      if (wasReached) {
        log.warn("housekeeping waits: {}", e.getMessage());
      }
      wasReached = false;
    }
  }

  private boolean sweepOverlaps(Instant now) {
    String after = overlapsReached;
    Optional<String> reached = database.write(handle -> rotation.sweep(handle, after, now));
    overlapsReached = reached.orElse("");
    return reached.isPresent();
  }

  /** Until there are none left, or enough for this round. */
  private void prune(String table, String key, String time, Instant before) {
    for (int i = 0; i < BATCHES && pruneBatch(table, key, time, before) == BATCH; i++) {
      // Others may write in between.
    }
  }

  private int pruneBatch(String table, String key, String time, Instant before) {
    return database.write(handle ->
        handle
            .createUpdate(
                "DELETE FROM <table> WHERE (<key>) IN (SELECT <key> FROM <table>"
                    + " WHERE <time> \\< :before ORDER BY <time> LIMIT "
                    + BATCH
                    + ")")
            .define("table", table)
            .define("key", key)
            .define("time", time)
            .bind("before", before.toEpochMilli())
            .execute());
  }
}
