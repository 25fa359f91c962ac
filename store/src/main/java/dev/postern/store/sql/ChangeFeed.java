package dev.postern.store.sql;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.Backstage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the {@code changes} table as it grows, on a thread and a connection of its own, so that
 * neither a busy pool nor a slow listener elsewhere holds a revocation up.
 *
 * <p>It polls every {@value #POLL_MILLIS} ms whatever else happens; on PostgreSQL a notification,
 * on SQLite {@code PRAGMA data_version} and this process's own writes make it look at once. A
 * connection that breaks is made anew; the place in the table is kept. While it cannot be made anew
 * and the pool has connections still, as when the server has none to spare or a pooler is in
 * between that lets nobody listen, the table is polled over those. Where it is in the table, and
 * what happens when it cannot go on from there, is in {@link ChangePlace}.
 */
final class ChangeFeed implements AutoCloseable {
  static final int POLL_MILLIS = 500;
  private static final int DATA_VERSION_MILLIS = 50;

  /**
   * So long a poll may take on a connection of its own before that counts as dead, where one takes
   * a millisecond, as it should; where it takes longer, so many times as long as the last one did.
   */
  private static final int ANSWER_MILLIS = 250;

  private static final int ANSWER_FACTOR = 4;

  /** The first poll on a connection, and the longest that any may take. */
  private static final int SLOW_ANSWER_MILLIS = 2000;

  private static final int AT_ONCE_MILLIS = 50;

  /** How often it polls over the pool before it tries again to have a connection of its own. */
  private static final int POLLS_OVER_POOL = 10;

  private static final Logger log = LoggerFactory.getLogger(ChangeFeed.class);

  private final Database database;
  private final Ticker ticker;
  private final ChangePlace place;
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread;
  private volatile boolean isClosed;

  /** What the feed's thread may be waiting on, for {@link #close} to break. */
  private volatile Optional<Connection> waitedOn = Optional.empty();

  /** How it reaches the database; the log says it when that changes. Of the feed's thread alone. */
  private Reach reach = Reach.OWN_CONNECTION;

  /** In a row, of connections of its own; likewise. */
  private int failures;

  private enum Reach {
    OWN_CONNECTION("has a connection of its own again"),
    POOL("is refused a connection of its own and polls over those of the pool"),
    NONE("has lost its database; cached users go on for the grace period");

    private final String words;

    Reach(String words) {
      this.words = words;
    }
  }

  /** Gets to know what changed, on the feed's thread; must be quick. */
  interface Listener {
    void changed(List<Entry> entries);

    /** Of the users that changed next, those who are not there any more. */
    void removed(Set<String> userIds);

    /**
     * Of the login names that changed next, those that no row gives to that user any more.
     *
     * @param names with the number of the change that took each away
     */
    void removedNames(Map<Change.OfUser, Long> names);

    /** Changes were missed: anything may be different. */
    void lostPlace();

    /** Hashes of other systems were imported; said before anything that came with them. */
    void imported();
  }

  /**
   * A change, as another process or this one wrote it down.
   *
   * @param at when, by the clock of whoever wrote it
   */
  record Entry(Change change, Instant at) {}

  private ChangeFeed(Database database, Ticker ticker, ChangePlace place) {
    this.database = database;
    this.ticker = ticker;
    this.place = place;
    this.thread = Backstage.thread("postern-changes", this::run);
  }

  /** Begins behind the newest change there is now; nothing may be cached before. */
  static ChangeFeed start(Database database, Ticker ticker, Listener listener) {
    ChangeCursor.Newest now =
        database.ask(connection -> {
          try (ChangeCursor cursor = new ChangeCursor(connection)) {
            return cursor.newest();
          }
        });
    if (now.hasImports()) {
      listener.imported();
    }
    ChangeFeed feed =
        new ChangeFeed(database, ticker, new ChangePlace(ticker, listener, now.number()));
    feed.thread.start();
    return feed;
  }

  /** {@link Ticker} time up to which all changes are known here. */
  long lastInTouch() {
    return place.lastInTouch();
  }

  /** Something changed that is in no entry: everything is read anew. */
  void anythingChanged() {
    place.anythingChanged();
    wake();
  }

  /** There is something to read. */
  void wake() {
    wake.release();
  }

  @Override
  public void close() {
    isClosed = true;
    thread.interrupt();
    waitedOn.ifPresent(ChangeFeed::abort);
    try {
      thread.join(Duration.ofSeconds(2));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!isClosed) {
      try (Connection connection = database.direct()) {
        switch (database.dialect()) {
          case SQLITE -> followSqlite(connection);
          case POSTGRESQL -> followPostgres(connection);
        }
      } catch (SQLException e) {
        failures++;
        if (failures == 1) {
          await(AT_ONCE_MILLIS); // It may have been the connection alone.
        } else {
          followOverPool(e);
        }
      } catch (RuntimeException e) {
        // Without this thread no revocation would be heard of any more.
        log.error("the change feed failed; it begins anew where it was", e);
        await(POLL_MILLIS);
      }
    }
  }

  /** Polls for some seconds over the connections that everybody uses, as long as there are any. */
  private void followOverPool(SQLException refusal) {
    // The first time it may be that the database is coming back just now.
    int most = reach == Reach.POOL ? POLLS_OVER_POOL : 1;
    for (int polls = 0; !isClosed && polls < most; polls++) {
      try (Connection connection = database.pooled();
          ChangeCursor cursor = new ChangeCursor(connection)) {
        place.checkPlace(cursor);
        place.poll(cursor);
      } catch (SQLException e) {
        reached(Reach.NONE, Optional.of(e));
        await(POLL_MILLIS);
        return;
      }
      reached(Reach.POOL, Optional.of(refusal));
      await(POLL_MILLIS);
    }
  }

  private void followPostgres(Connection connection) throws SQLException {
    try (Statement listen = connection.createStatement()) {
      listen.execute("LISTEN " + Dialect.CHANNEL);
    }
    PGConnection notifications = connection.unwrap(PGConnection.class);
    waitedOn = Optional.of(connection);
    try (ChangeCursor cursor = new ChangeCursor(connection)) {
      place.checkPlace(cursor);
      while (!isClosed) {
        long start = ticker.read();
        place.poll(cursor);
        followsOnItsOwn();
        connection.setNetworkTimeout(
            Runnable::run, patience(Duration.ofNanos(ticker.read() - start)));
        notifications.getNotifications(POLL_MILLIS);
      }
    }
  }

  /** Milliseconds that the next poll may take. */
  private static int patience(Duration last) {
    return Math.clamp(ANSWER_FACTOR * last.toMillis(), ANSWER_MILLIS, SLOW_ANSWER_MILLIS);
  }

  private void followSqlite(Connection connection) throws SQLException {
    try (ChangeCursor cursor = new ChangeCursor(connection);
        PreparedStatement dataVersion = connection.prepareStatement("PRAGMA data_version")) {
      place.checkPlace(cursor);
      long seen = -1;
      long polled = 0;
      while (!isClosed) {
        if (database.leaveIfReplaced()) {
          log.warn(
              "the database file was moved, or another one is in its place: it is opened anew;"
                  + " restart after a backup was restored");
          place.anythingChanged();
          return;
        }
        long version = ChangeCursor.only(dataVersion);
        boolean isDue = ticker.read() - polled >= TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS);
        if (version != seen || isDue) {
          seen = version;
          polled = ticker.read();
          place.poll(cursor);
          followsOnItsOwn();
        }
        if (await(DATA_VERSION_MILLIS)) {
          seen = -1;
        }
      }
    }
  }

  private void followsOnItsOwn() {
    failures = 0;
    reached(Reach.OWN_CONNECTION, Optional.empty());
  }

  /**
   * Says so if that is news.
   *
   * @param hindrance what it is not better for
   */
  private void reached(Reach now, Optional<SQLException> hindrance) {
    if (now == reach || isClosed) {
      return;
    }
    reach = now;
    if (hindrance.isEmpty()) {
      log.info("the change feed {}", now.words);
    } else {
      log.warn(
          "the change feed {} ({})",
          now.words,
          hindrance.map(SQLException::getSQLState).orElse("no state"));
    }
  }

  private static void abort(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException _) {
      // Then the thread sees that it is over when its wait ends.
    }
  }

  /** Whether it was woken rather than the time over. */
  private boolean await(int millis) {
    try {
      boolean isWoken = wake.tryAcquire(millis, TimeUnit.MILLISECONDS);
      wake.drainPermits();
      return isWoken;
    } catch (InterruptedException _) {
      return false; // Only close() interrupts, and the loops ask for that.
    }
  }
}
