package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.guard.BanList;
import dev.postern.store.integrity.RowChecks;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's list of bans as the database has it: read anew after each change of it on any
 * node, and now and then, so that a row of somebody else's raises the alarm. While the database
 * does not answer the list stays as it is, and it is tried again each second.
 */
final class BanFollowing {
  /** In runs, one a second. */
  private static final int RUNS_BETWEEN_READS = 30;

  private static final Logger log = LoggerFactory.getLogger(BanFollowing.class);

  private final Database database;
  private final BanTable table;
  private final RowChecks checks;
  private final BanList list;
  private final Executor beat;

  /** Versions of the rows that were read last, by name. */
  private Map<String, Long> seen = Map.of();

  private int runsSinceRead;
  private boolean isBehind;

  /**
   * @param beat the thread for {@link #run}
   */
  BanFollowing(Database database, BanTable table, RowChecks checks, BanList list, Executor beat) {
    this.database = database;
    this.table = table;
    this.checks = checks;
    this.list = list;
    this.beat = beat;
  }

  /**
   * Reads the list for the first time, before there is a beat, and then whenever the feed says so.
   * A list that somebody else has filled keeps nobody from starting, nor from taking it out.
   */
  void start(FeedListener feed) {
    feed.onBansChanged(this::heard);
    try {
      read();
    } catch (RefusedException e) {
      isBehind = true;
      log.error("no ban of the database holds until it can be read: {}", e.getMessage());
    }
  }

  /** Each second, on the thread that beats. */
  void run() {
    runsSinceRead++;
    if (isBehind || runsSinceRead >= RUNS_BETWEEN_READS) {
      follow();
    }
  }

  private void heard() {
    try {
      beat.execute(this::follow);
    } catch (RejectedExecutionException _) {
      // The store is closing.
    }
  }

  private void follow() {
    try {
      read();
      if (isBehind) {
        log.info("the list of bans is read again");
      }
      isBehind = false;
    } catch (StoreException | RefusedException e) {
      fallBehind(e);
    }
  }

  private void fallBehind(RuntimeException trouble) {
    if (!isBehind) {
      log.warn("the list of bans is not read; it stays as it was: {}", trouble.getMessage());
    }
    isBehind = true;
  }

  private synchronized void read() {
    Map<String, Long> now = new HashMap<>();
    List<BanTable.Row> rows = database.read(table::all);
    for (BanTable.Row row : rows) {
      checks.committed(BanTable.TABLE, row.name(), row.version());
      now.put(row.name(), row.version());
    }
    list.store(rows.stream().map(BanTable.Row::ban).toList());
    // Whatever comes again under such a name is newer, or was put back by somebody else.
    seen.forEach((name, version) -> {
      if (!now.containsKey(name)) {
        checks.removedBefore(BanTable.TABLE, name, version + 1);
      }
    });
    seen = now;
    runsSinceRead = 0;
  }
}
