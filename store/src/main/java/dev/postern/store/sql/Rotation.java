package dev.postern.store.sql;

import dev.postern.store.auth.AppPassword.State;
import java.time.Instant;
import java.util.List;
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

  /** Rows that one transaction tidies up. */
  static final int BATCH = 500;

  private final AppPasswordTable table;
  private final Dialect dialect;

  Rotation(AppPasswordTable table, Dialect dialect) {
    this.table = table;
    this.dialect = dialect;
  }

  /** Revokes the predecessor of an app password, if it has one that still works. */
  void endPredecessor(
      Handle handle, String successor, String reason, Instant now, Consumer<Change> changes) {
    List<AppPasswordRow> working =
        table.select(
            handle,
            """
            WHERE a.state IN ('active', 'suspended') AND a.overlap_ends_at > :now
                AND a.id = (SELECT replaces FROM app_passwords WHERE id = :successor)
            """
                + lock(),
            Map.of("now", now.toEpochMilli(), "successor", successor));
    for (AppPasswordRow row : table.save(handle, revoked(working, reason, now))) {
      changes.accept(Change.ofUser(row.appPassword().userId()));
    }
  }

  /**
   * Marks as revoked what has ended already, of one user or of all, at most {@value #BATCH}. That
   * changes nothing for anybody and so is no change for the feed.
   *
   * @return how many there were
   */
  int sweep(Handle handle, Optional<String> userId, Instant now) {
    List<AppPasswordRow> over =
        table.select(
            handle,
            "WHERE a.state IN ('active', 'suspended') AND a.overlap_ends_at <= :now"
                + (userId.isPresent() ? " AND a.user_id = :user" : "")
                + " ORDER BY a.id LIMIT "
                + BATCH
                + lock(),
            userId
                .<Map<String, Object>>map(id -> Map.of("now", now.toEpochMilli(), "user", id))
                .orElse(Map.of("now", now.toEpochMilli())));
    List<AppPasswordRow> ended =
        over.stream()
            .map(row ->
                row.withState(
                    new State.Revoked(row.credential().overlapEndsAt().orElse(now), OVERLAP_OVER)))
            .toList();
    return table.save(handle, ended).size();
  }

  private static List<AppPasswordRow> revoked(
      List<AppPasswordRow> rows, String reason, Instant now) {
    return rows.stream().map(row -> row.withState(new State.Revoked(now, reason))).toList();
  }

  private String lock() {
    return dialect.rowLock().isEmpty() ? "" : dialect.rowLock() + " OF a";
  }
}
