package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.integrity.RowAlarm;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts alarms on record beside passing them on: the same one once an hour, however often the row is
 * read and by how many nodes, and at most {@value #MOST} different ones an hour; of more than that
 * there is one entry that says so.
 */
final class RecordedRowAlarm implements RowAlarm {
  static final int MOST = 1000;
  private static final Subject MORE =
      new Subject("rows", "more", Optional.empty(), Optional.empty());
  private static final Logger log = LoggerFactory.getLogger(RecordedRowAlarm.class);

  private final RowAlarm next;
  private final Writes writes;
  private final ChangeLog changeLog;
  private final Object lock = new Object();

  /** Of this hour, whether written or not; guarded by the lock, as is what follows. */
  private final Set<Alarm> known = new LinkedHashSet<>();

  private final List<Alarm> waiting = new ArrayList<>();
  private Instant hour = Instant.MIN;

  private record Alarm(Instant hour, Subject subject, String detail) {
    String key() {
      return String.join(" ", hour.toString(), subject.kind(), subject.id(), detail);
    }
  }

  /**
   * @param next hears every alarm
   */
  RecordedRowAlarm(RowAlarm next, Writes writes, ChangeLog changeLog) {
    this.next = next;
    this.writes = writes;
    this.changeLog = changeLog;
  }

  @Override
  public void raise(String table, String row, Trouble trouble) {
    next.raise(table, row, trouble);
    Instant now = writes.now().truncatedTo(ChronoUnit.HOURS);
    Subject subject = new Subject(table, row, Optional.empty(), Optional.empty());
    synchronized (lock) {
      if (!now.equals(hour)) {
        hour = now;
        known.clear();
      }
      Alarm alarm =
          known.size() < MOST
              ? new Alarm(now, subject, "the row " + trouble.words() + "; it counts for nothing")
              : new Alarm(now, MORE, "more rows raise alarms than are put on record");
      if (known.add(alarm) && waiting.size() <= MOST) {
        waiting.add(alarm);
      }
    }
  }

  /** Writes what waits; on the writer's thread. */
  void flush() {
    List<Alarm> batch;
    synchronized (lock) {
      batch = List.copyOf(waiting);
    }
    if (batch.isEmpty()) {
      return;
    }
    try {
      int _ =
          writes.run((handle, _) -> {
            Instant now = writes.now();
            batch.forEach(alarm ->
                changeLog.alarm(handle, now, alarm.key(), alarm.subject(), alarm.detail()));
            return 0;
          });
    } catch (StoreException | RefusedException e) {
      log.debug("alarms wait to be put on record: {}", e.getMessage());
      return;
    }
    synchronized (lock) {
      waiting.subList(0, batch.size()).clear();
    }
  }
}
