package dev.postern.store.sql;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * Writes down that the time of an app password has run out: its date, the time that it may be
 * unused, or the time to use it at all. Logins are refused from that moment on, whether it is
 * written down or not; once it is, nothing that is changed in the database later, such as the last
 * use, and no clock that is set back brings the app password to life again. Every node does this;
 * who comes second finds nothing left to do.
 */
final class Expiration {
  /** Rows that one transaction ends. */
  static final int BATCH = 500;

  /**
   * A use that is this old is in its row: nodes write theirs every few seconds. Later ones may
   * still be in the memory of another node.
   */
  static final Duration MARGIN = Duration.ofMinutes(2);

  /** Each is a range of an index of its own. */
  private enum Question {
    DATE("a.expires_at <= :at"),
    UNUSED("a.last_used_at IS NULL AND a.unused_expires_at <= :at"),
    IDLE(
        "a.idle_expiry IS NOT NULL"
            + " AND COALESCE(a.last_used_at, a.created_at) + a.idle_expiry <= :at");

    private final String condition;

    Question(String condition) {
      this.condition = condition;
    }
  }

  private final AppPasswordTable table;
  private final Writes writes;

  Expiration(AppPasswordTable table, Writes writes) {
    this.table = table;
    this.writes = writes;
  }

  /**
   * Ends some of those whose date has come.
   *
   * @return whether there may be more
   */
  boolean sweepDates() {
    return sweep(Question.DATE);
  }

  /**
   * Ends some of those that were not used for too long, a margin later. Not to be called when other
   * nodes may have had no chance to write their uses.
   *
   * @return whether there may be more
   */
  boolean sweepUnused() {
    boolean isMore = sweep(Question.UNUSED);
    return sweep(Question.IDLE) || isMore;
  }

  private boolean sweep(Question question) {
    return writes.run((handle, changes) -> {
      Instant now = writes.now();
      Instant settled = now.minus(MARGIN);
      List<AppPasswordRow> rows =
          overdue(
              handle,
              question,
              switch (question) {
                case DATE -> now;
                case UNUSED, IDLE -> settled;
              });
      List<AppPasswordRow> ended =
          rows.stream()
              .flatMap(row -> row.expired(now, settled).map(row::withState).stream())
              .toList();
      Set<String> users = new HashSet<>();
      for (AppPasswordRow row : table.save(handle, ended)) {
        if (users.add(row.appPassword().userId())) {
          changes.accept(Change.ofUser(row.appPassword().userId()));
        }
      }
      return ended.size() == BATCH;
    });
  }

  private List<AppPasswordRow> overdue(Handle handle, Question question, Instant at) {
    return table.select(
        handle,
        "WHERE a.state IN ('active', 'suspended') AND "
            + question.condition
            + " ORDER BY a.id LIMIT "
            + BATCH
            + writes.dialect().rowLock("a"),
        Map.of("at", at.toEpochMilli()));
  }
}
