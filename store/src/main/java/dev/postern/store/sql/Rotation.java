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

  /** Rows that one transaction looks at. */
  static final int BATCH = 500;

  private final AppPasswordTable table;
  private final Dialect dialect;
  private final ChangeLog changeLog;

  /** Whether one was revoked because another is in its place, which was told when that was made. */
  static boolean isReplacement(String reason) {
    return reason.equals(OVERLAP_OVER)
        || reason.equals(SUCCESSOR_USED)
        || reason.equals(ROTATED_AGAIN);
  }

  Rotation(AppPasswordTable table, Dialect dialect, ChangeLog changeLog) {
    this.table = table;
    this.dialect = dialect;
    this.changeLog = changeLog;
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
    List<AppPasswordRow> ended = table.save(handle, revoked(working, reason, now));
    for (AppPasswordRow row : ended) {
      changes.accept(Change.ofUser(row.appPassword().userId()));
    }
    record(handle, working, ended, reason, now);
  }

  /**
   * Marks as revoked what has ended already, of the next {@value #BATCH} of all users. That changes
   * nothing for anybody and so is no change for the feed.
   *
   * @param after where the last batch ended; rows that are not genuine stay, and must not be all
   *     that is ever seen
   * @return where this one ended; empty if there are no more
   */
  Optional<String> sweep(Handle handle, String after, Instant now) {
    List<String> ids =
        handle
            .createQuery(
                "SELECT a.id FROM app_passwords a WHERE a.state IN ('active', 'suspended')"
                    + " AND a.overlap_ends_at <= :now AND a.id > :after ORDER BY a.id LIMIT "
                    + BATCH
                    + lock())
            .bind("now", now.toEpochMilli())
            .bind("after", after)
            .mapTo(String.class)
            .list();
    if (!ids.isEmpty()) {
      end(handle, table.byIds(handle, ids), now);
    }
    return ids.size() == BATCH ? Optional.of(ids.getLast()) : Optional.empty();
  }

  /** The same for all of one user, who is locked. */
  void sweepUser(Handle handle, String userId, Instant now) {
    end(
        handle,
        table.select(
            handle,
            "WHERE a.state IN ('active', 'suspended') AND a.overlap_ends_at <= :now"
                + " AND a.user_id = :user",
            Map.of("now", now.toEpochMilli(), "user", userId)),
        now);
  }

  private void end(Handle handle, List<AppPasswordRow> over, Instant now) {
    List<AppPasswordRow> ended =
        over.stream()
            .map(row ->
                row.withState(
                    new State.Revoked(row.credential().overlapEndsAt().orElse(now), OVERLAP_OVER)))
            .toList();
    List<AppPasswordRow> saved = table.save(handle, ended);
    record(handle, over, saved, OVERLAP_OVER, now);
  }

  private void record(
      Handle handle,
      List<AppPasswordRow> before,
      List<AppPasswordRow> after,
      String reason,
      Instant now) {
    changeLog.write(
        handle,
        ChangeLog.SYSTEM,
        now,
        ChangeLog.Entry.ofPasswords(
            "revoke",
            before.stream().map(AppPasswordRow::appPassword).toList(),
            after,
            _ -> reason));
  }

  private static List<AppPasswordRow> revoked(
      List<AppPasswordRow> rows, String reason, Instant now) {
    return rows.stream().map(row -> row.withState(new State.Revoked(now, reason))).toList();
  }

  private String lock() {
    return dialect.rowLock("a");
  }
}
