package dev.postern.store.sql;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/**
 * How a rotated app password ends: at the first use of its successor, or when the overlap is over.
 * The end of the overlap is in its row from the beginning, so that it needs nobody to act on it;
 * {@link #sweep} only tidies up.
 */
final class Rotation {
  static final String OVERLAP_OVER = "replaced: its overlap is over";
  static final String SUCCESSOR_USED = "replaced: its successor was used";
  static final String ROTATED_AGAIN = "replaced: its successor was rotated";
  static final String AT_ONCE = "replaced";

  private Rotation() {}

  /** Revokes the predecessor of an app password, if it has one that still works. */
  static void endPredecessor(
      Handle handle, String successor, String reason, Instant now, Consumer<Change> changes) {
    handle
        .createQuery(
            """
            UPDATE app_passwords SET state = 'revoked', state_at = :now, state_reason = :reason
            WHERE state <> 'revoked' AND overlap_ends_at > :now
                AND id = (SELECT replaces FROM app_passwords WHERE id = :successor)
            RETURNING user_id
            """)
        .bind("now", now.toEpochMilli())
        .bind("reason", reason)
        .bind("successor", successor)
        .mapTo(String.class)
        .findOne()
        .ifPresent(userId -> changes.accept(Change.ofUser(userId)));
  }

  /**
   * Marks as revoked what has ended already, of one user or of all. That changes nothing for
   * anybody and so is no change for the feed.
   */
  static void sweep(Handle handle, Optional<String> userId, Instant now) {
    handle
        .createUpdate(
            """
            UPDATE app_passwords
            SET state = 'revoked', state_at = overlap_ends_at, state_reason = :reason
            WHERE state <> 'revoked' AND overlap_ends_at <= :now
            """
                + (userId.isPresent() ? "AND user_id = :user" : ""))
        .bind("now", now.toEpochMilli())
        .bind("reason", OVERLAP_OVER)
        .bindMap(userId.map(id -> Map.of("user", id)).orElse(Map.of()))
        .execute();
  }
}
