package dev.postern.store.sql;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/**
 * Writes down that the time of an app password has run out: its date, the time that it may be
 * unused, or the time to use it at all. Logins are refused from that moment on, whether it is
 * written down or not; once it is, nothing that is changed in the database later, such as the last
 * use, and no clock that is set back brings the app password to life again. Every node does this;
 * who comes second finds nothing left to do.
 */
final class Expiration {
  /** Rows that one transaction looks at. */
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
  private final ChangeLog changeLog;

  /** Where the next batch begins. Rows that are not genuine stay, and must not be all it sees. */
  private final Map<Question, String> reached = new EnumMap<>(Question.class);

  Expiration(AppPasswordTable table, Writes writes, ChangeLog changeLog) {
    this.table = table;
    this.writes = writes;
    this.changeLog = changeLog;
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
    String after = reached.getOrDefault(question, "");
    List<String> ids =
        writes.run((handle, changes) -> {
          Instant now = writes.now();
          Instant settled = now.minus(MARGIN);
          List<String> overdue =
              overdue(
                  handle,
                  question,
                  after,
                  switch (question) {
                    case DATE -> now;
                    case UNUSED, IDLE -> settled;
                  });
          if (!overdue.isEmpty()) {
            end(handle, overdue, now, settled, changes);
          }
          return overdue;
        });
    boolean isMore = ids.size() == BATCH;
    reached.put(question, isMore ? ids.getLast() : "");
    return isMore;
  }

  private void end(
      Handle handle, List<String> ids, Instant now, Instant settled, Consumer<Change> changes) {
    List<AppPasswordRow> before =
        table.byIds(handle, ids).stream()
            .filter(row -> row.expired(now, settled).isPresent())
            .toList();
    List<AppPasswordRow> after =
        table.save(
            handle,
            before.stream()
                .map(row -> row.withState(row.expired(now, settled).orElseThrow()))
                .toList());
    after.stream()
        .map(row -> Change.ofUser(row.appPassword().userId()))
        .distinct()
        .forEach(changes);
    changeLog.write(
        handle,
        ChangeLog.SYSTEM,
        now,
        ChangeLog.Entry.ofPasswords(
            "expire",
            before.stream().map(AppPasswordRow::appPassword).toList(),
            after,
            row -> row.stateReason().orElse("")));
  }

  /** Ids of rows whose time has run out if they are genuine, locked. */
  private List<String> overdue(Handle handle, Question question, String after, Instant at) {
    return handle
        .createQuery(
            "SELECT a.id FROM app_passwords a"
                + " WHERE a.state IN ('active', 'suspended') AND a.id > :after AND "
                + question.condition
                + " ORDER BY a.id LIMIT "
                + BATCH
                + writes.dialect().rowLock("a"))
        .bind("after", after)
        .bind("at", at.toEpochMilli())
        .mapTo(String.class)
        .list();
  }
}
