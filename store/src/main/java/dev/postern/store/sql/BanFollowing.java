package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.guard.BanList;
import dev.postern.store.integrity.RowChecks;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's list of bans as the database has it: read anew after each change of it on any
 * node, and now and then, so that a row of somebody else's raises the alarm. While the database
 * does not answer the list stays as it is, and it is tried again each second.
 *
 * <p>At most two turns of a {@link BanSweep} a second, whatever somebody writes into the table or
 * the feed. A list takes the place of another as a whole; where there is none yet, what is met of
 * the first counts at once.
 */
final class BanFollowing {
  /** In runs, one a second. */
  private static final int RUNS_BETWEEN_SWEEPS = 30;

  private static final Logger log = LoggerFactory.getLogger(BanFollowing.class);

  private final Database database;
  private final BanTable table;
  private final RowChecks checks;
  private final BanAlarm alarm;
  private final BanList list;
  private final Executor beat;

  /** Whether a change was heard of since the last sweep began. */
  private final AtomicBoolean isHeard = new AtomicBoolean();

  /** Begun, and not at its end. */
  private Optional<BanSweep> underWay = Optional.empty();

  /** Versions of the rows of the last whole sweep, by name; empty before the first. */
  private Optional<Map<String, Long>> seen = Optional.empty();

  /** Up to two: what is met of the first one counts at once. */
  private int sweepsBegun;

  private Course course = Course.USUAL;
  private int runsSinceSweep;

  /** For what is heard of, until the next run. */
  private int spareTurns = 1;

  /** How it went last; the log says when that changes. */
  private enum Course {
    USUAL,
    CROWDED,
    FAILED
  }

  /**
   * @param beat the thread for {@link #run}
   */
  BanFollowing(
      Database database,
      BanTable table,
      RowChecks checks,
      BanAlarm alarm,
      BanList list,
      Executor beat) {
    this.database = database;
    this.table = table;
    this.checks = checks;
    this.alarm = alarm;
    this.list = list;
    this.beat = beat;
  }

  /**
   * Reads the list for the first time, before there is a beat, and then whenever the feed says so.
   * Of a table that somebody else has filled, what is met within a second or two holds at once.
   */
  synchronized void start(FeedListener feed) {
    feed.onBansChanged(this::heard);
    for (int turn = 0; turn == 0 || (turn < BanSweep.TURNS_AT_ONCE && isUnderWay()); turn++) {
      read();
    }
  }

  /** Each second, on the thread that beats. */
  synchronized void run() {
    spareTurns = 1;
    runsSinceSweep++;
    if (isUnderWay()
        || isHeard.get()
        || course == Course.FAILED
        || runsSinceSweep >= RUNS_BETWEEN_SWEEPS) {
      follow();
    }
  }

  private boolean isUnderWay() {
    return underWay.isPresent();
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
    if (spareTurns > 0) {
      spareTurns--;
      follow();
    }
  }

  /** Whatever goes wrong: a fault that got away here would be told to nobody. */
  private void follow() {
    try {
      read();
    } catch (StoreException | RefusedException e) {
      if (course != Course.FAILED) {
        log.warn("the list of bans is not read; it stays as it was: {}", e.getMessage());
      }
      course = Course.FAILED;
    } catch (RuntimeException fault) {
      if (course != Course.FAILED) {
        log.error("the list of bans is not read; it stays as it was", fault);
      }
      course = Course.FAILED;
    }
  }

  /** One turn. A sweep that fails is begun anew. */
  private void read() {
    BanSweep sweep = underWay.orElseGet(this::begin);
    underWay = Optional.empty();
    database.read(handle -> {
      sweep.goOn(handle);
      return sweep;
    });
    alarm.met(sweep);
    if (sweep.isWhole()) {
      learn(sweep);
    } else if (sweepsBegun == 1) {
      list.store(sweep.bans());
    }
    if (sweep.isDone()) {
      runsSinceSweep = 0;
    } else {
      underWay = Optional.of(sweep);
    }
    went(sweep.isUsual() ? Course.USUAL : Course.CROWDED);
  }

  private BanSweep begin() {
    isHeard.set(false);
    sweepsBegun = Math.min(2, sweepsBegun + 1);
    return new BanSweep(table);
  }

  private void learn(BanSweep sweep) {
    Map<String, Long> now = new HashMap<>();
    for (BanRow row : sweep.genuine()) {
      String name = row.place().name();
      checks.committed(BanRow.TABLE, name, row.version());
      now.put(name, row.version());
    }
    list.store(sweep.bans());
    // Whatever comes again under such a name is newer, or was put back by somebody else.
    seen.orElse(Map.of())
        .forEach((name, version) -> {
          if (!now.containsKey(name)) {
            checks.removedBefore(BanRow.TABLE, name, version + 1);
          }
        });
    seen = Optional.of(now);
  }

  private void went(Course now) {
    if (now != course) {
      switch (now) {
        case USUAL -> log.info("the list of bans is read again as usual");
        case CROWDED ->
            log.error(
                "the table bans holds more rows than Postern writes: {} a second are read, and the"
                    + " list stays as it was until all were, with no more genuine ones than there"
                    + " can be; delete those that you do not know, and find out who wrote them",
                BanSweep.TURN);
        case FAILED -> {}
      }
    }
    course = now;
  }
}
