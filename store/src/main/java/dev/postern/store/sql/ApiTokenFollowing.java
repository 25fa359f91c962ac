package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.access.TokenBook;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.keys.KeyKind;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's API tokens as the database has them: read anew after each change of them on any
 * node, and now and then, so that a row of somebody else's raises the alarm. While they cannot be
 * read they stay as they are, for the grace period, and it is tried again each second.
 *
 * <p>At most {@value #SPARE_READINGS} readings a second for what is heard of, and two while a
 * reading has {@link ApiTokenTable#MOST_READ} rows, whatever somebody writes into the table or the
 * feed. If there are more rows than that, only those that were known are looked at again: none that
 * ended goes on working, and none is new.
 */
final class ApiTokenFollowing {
  /** In runs, one a second. */
  private static final int RUNS_BETWEEN_READINGS = 30;

  /** A thousand rows each: more changes than these in a second wait for its end. */
  private static final int SPARE_READINGS = 10;

  private static final Logger log = LoggerFactory.getLogger(ApiTokenFollowing.class);

  private final Database database;
  private final Writes writes;
  private final ApiTokenTable table;
  private final KeyRing ring;
  private final RowChecks checks;
  private final TokenBook book;
  private final Executor beat;
  private final ApiTokenPatience patience;

  /** Whether a change was heard of since the last reading began. */
  private final AtomicBoolean isHeard = new AtomicBoolean();

  /** Those that work, as this process knows them, by id. */
  private Map<String, ApiTokenRow> known = Map.of();

  private Course course = Course.USUAL;
  private int runsSinceReading;

  /** For what is heard of, until the next run. */
  private int spareReadings = SPARE_READINGS;

  /** How it went last; the log says when that changes. */
  private enum Course {
    USUAL,
    CROWDED,
    FAILED
  }

  /**
   * @param beat the thread for {@link #run}
   */
  ApiTokenFollowing(
      Database database,
      Writes writes,
      ApiTokenTable table,
      KeyRing ring,
      RowChecks checks,
      TokenBook book,
      ApiTokenPatience patience,
      Executor beat) {
    this.database = database;
    this.writes = writes;
    this.table = table;
    this.ring = ring;
    this.checks = checks;
    this.book = book;
    this.patience = patience;
    this.beat = beat;
  }

  /** Reads them for the first time, before there is a beat, and then whenever the feed says so. */
  synchronized void start(FeedListener feed) {
    feed.onApiTokensChanged(this::heard);
    read();
  }

  /** Each second, on the thread that beats. */
  synchronized void run() {
    spareReadings = course == Course.USUAL ? SPARE_READINGS : 1;
    runsSinceReading++;
    if (isHeard.get() || course == Course.FAILED || runsSinceReading >= RUNS_BETWEEN_READINGS) {
      follow();
    }
  }

  /**
   * This process committed that row: it must see that itself at once. Waits for a reading that is
   * under way.
   */
  synchronized void committed(ApiTokenRow row) {
    checks.committed(ApiTokenRow.TABLE, row.id(), row.token().version());
    Map<String, ApiTokenRow> now = new HashMap<>(known);
    if (row.token().revokedAt().isPresent()) {
      now.remove(row.id());
      book.remove(row.id());
    } else {
      now.put(row.id(), row);
      book.put(row.held());
    }
    known = Map.copyOf(now);
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
    } catch (StoreException | RefusedException e) {
      if (course != Course.FAILED) {
        log.warn("API tokens are not read; they stay as they were: {}", e.getMessage());
      }
      failed();
    } catch (RuntimeException fault) {
      if (course != Course.FAILED) {
        log.error("API tokens are not read; they stay as they were", fault);
      }
      failed();
    }
  }

  private void failed() {
    course = Course.FAILED;
    patience.failed();
  }

  private void read() {
    isHeard.set(false);
    Instant now = writes.now();
    ApiTokenTable.Working found =
        database.read(handle -> {
          ApiTokenTable.Working all = table.working(handle, now);
          return all.isCrowded()
              ? new ApiTokenTable.Working(table.working(handle, known.keySet(), now), true)
              : all;
        });
    // Another node may have begun to use a pepper after this one read the ring.
    if (found.genuine().stream()
        .anyMatch(row -> ring.row(KeyKind.PEPPER, row.stored().keyId()).isEmpty())) {
      boolean _ = ring.refresh();
    }
    learn(found.genuine(), now);
    runsSinceReading = 0;
    patience.succeeded();
    went(found.isCrowded() ? Course.CROWDED : Course.USUAL);
  }

  private void learn(List<ApiTokenRow> rows, Instant now) {
    Map<String, ApiTokenRow> before = known;
    Map<String, ApiTokenRow> after = new HashMap<>();
    for (ApiTokenRow row : rows) {
      checks.committed(ApiTokenRow.TABLE, row.id(), row.token().version());
      after.put(row.id(), row);
    }
    before.forEach((id, row) -> {
      if (!after.containsKey(id) && row.token().isWorking(now)) {
        // It was revoked: that version of it does not come again.
        checks.removedBefore(ApiTokenRow.TABLE, id, row.token().version() + 1);
      }
    });
    known = Map.copyOf(after);
    book.store(after.values().stream().map(ApiTokenRow::held).toList());
  }

  private void went(Course now) {
    if (now != course) {
      switch (now) {
        case USUAL -> log.info("API tokens are read again as usual");
        case CROWDED ->
            log.error(
                "the table api_tokens holds more rows than Postern writes: none of them counts but"
                    + " those that were known, and none is made; delete those that you do not"
                    + " know, and find out who wrote them");
        case FAILED -> {}
      }
    }
    course = now;
  }
}
