package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.UserChange;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.trace.Trace;
import dev.postern.store.trace.TraceBook;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's traces as the database has them: read anew after each change of them, or of a
 * traced user, on any node, and now and then. While the database does not answer they stay as they
 * are, and end by their time; it is tried again each second.
 *
 * <p>At most two readings a second, whatever somebody writes into the table or the feed.
 */
final class TraceFollowing {
  /** In runs, one a second. */
  private static final int RUNS_BETWEEN_READINGS = 30;

  private static final Logger log = LoggerFactory.getLogger(TraceFollowing.class);

  private final Database database;
  private final TraceTable table;
  private final LoginNameTable names;
  private final RowChecks checks;
  private final TraceBook book;
  private final Clock clock;
  private final Executor beat;

  /** Whether a change was heard of since the last reading began. */
  private final AtomicBoolean isHeard = new AtomicBoolean();

  private Set<String> known = Set.of();
  private boolean hasFailed;
  private int runsSinceReading;

  /** For what is heard of, until the next run. */
  private int spareReadings = 1;

  /**
   * @param beat the thread for {@link #run}
   */
  TraceFollowing(
      Database database,
      TraceTable table,
      LoginNameTable names,
      RowChecks checks,
      TraceBook book,
      Clock clock,
      Executor beat) {
    this.database = database;
    this.table = table;
    this.names = names;
    this.checks = checks;
    this.book = book;
    this.clock = clock;
    this.beat = beat;
  }

  /** Reads them for the first time, before there is a beat, and then whenever the feed says so. */
  synchronized void start(FeedListener feed) {
    feed.onTracesChanged(this::heard);
    feed.add(this::heard);
    read();
  }

  /** Each second, on the thread that beats. */
  synchronized void run() {
    spareReadings = 1;
    runsSinceReading++;
    if (isHeard.get() || hasFailed || runsSinceReading >= RUNS_BETWEEN_READINGS) {
      follow();
    }
  }

  /** A traced user may have another name now, or be gone. */
  private void heard(UserChange change) {
    if (change instanceof UserChange.OfUser(String userId, Instant _) && book.isTraced(userId)) {
      heard();
    }
  }

  private void heard() {
    if (!isHeard.compareAndSet(false, true)) {
      return;
    }
    try {
      beat.execute(this::answer);
    } catch (RejectedExecutionException _) {
      // The store is closing.
    }
  }

  private synchronized void answer() {
    if (spareReadings > 0) {
      spareReadings--;
      follow();
    }
  }

  /** Whatever goes wrong: a fault that got away here would be told to nobody. */
  private void follow() {
    try {
      read();
      hasFailed = false;
    } catch (StoreException | RefusedException e) {
      if (!hasFailed) {
        log.warn("traces are not read; they stay as they were: {}", e.getMessage());
      }
      hasFailed = true;
    } catch (RuntimeException fault) {
      if (!hasFailed) {
        log.error("traces are not read; they stay as they were", fault);
      }
      hasFailed = true;
    }
  }

  private void read() {
    isHeard.set(false);
    Instant now = clock.instant();
    List<TraceBook.Entry> entries =
        database.read(handle -> {
          List<Trace> on = table.on(handle, now);
          Map<String, List<String>> byUser =
              names.ofUsers(handle, on.stream().map(Trace::userId).toList());
          return on.stream()
              .map(trace ->
                  new TraceBook.Entry(trace, byUser.getOrDefault(trace.userId(), List.of())))
              .toList();
        });
    Set<String> ids = entries.stream().map(entry -> entry.trace().id()).collect(Collectors.toSet());
    // One that is gone never comes again, unless somebody else puts it back.
    known.stream()
        .filter(id -> !ids.contains(id))
        .forEach(id -> checks.removed(TraceRow.TABLE, id));
    known = ids;
    book.store(entries);
    runsSinceReading = 0;
  }
}
