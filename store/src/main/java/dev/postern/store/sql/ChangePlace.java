package dev.postern.store.sql;

import com.github.benmanes.caffeine.cache.Ticker;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where in the {@code changes} table the feed is, whatever connection it reads with: goes on to the
 * newest change and tells the listener, and notices when it cannot go on from where it was.
 *
 * <p>If numbers are missing (they were pruned while this process was cut off, or the database was
 * put back to an older state), or another change has the number of the one read last (a standby
 * took over that had not received it), everything counts as changed.
 *
 * <p>{@link #checkPlace} and {@link #poll} are for the feed's thread alone, on which the listener
 * is told; {@link #lastInTouch} and {@link #anythingChanged} are for any thread.
 */
final class ChangePlace {
  private static final Logger log = LoggerFactory.getLogger(ChangePlace.class);

  private final Ticker ticker;
  private final ChangeFeed.Listener listener;
  private volatile boolean isAllStale;
  private volatile long lastInTouch;

  /** Written by the feed's thread alone. */
  private long place;

  /** The change with that number, if it was read; likewise. */
  private Optional<ChangeFeed.Entry> lastRead = Optional.empty();

  ChangePlace(Ticker ticker, ChangeFeed.Listener listener, long place) {
    this.ticker = ticker;
    this.listener = listener;
    this.place = place;
    this.lastInTouch = ticker.read();
  }

  /** {@link Ticker} time up to which all changes are known here. */
  long lastInTouch() {
    return lastInTouch;
  }

  /** Something changed that is in no entry: the next poll says so. */
  void anythingChanged() {
    isAllStale = true;
  }

  /** A server that took over may have missed changes, and have made others of their numbers. */
  void checkPlace(ChangeCursor cursor) throws SQLException {
    Optional<ChangeFeed.Entry> there = cursor.at(place);
    if (lastRead.isPresent() && there.isPresent() && !there.equals(lastRead)) {
      lost(cursor.newest().number());
    }
  }

  /** Reads on to the newest change. */
  void poll(ChangeCursor cursor) throws SQLException {
    long started = ticker.read();
    if (isAllStale) {
      isAllStale = false;
      tell(listener::lostPlace);
    }
    ChangeCursor.Newest there = cursor.newest();
    if (there.hasImports()) {
      tell(listener::imported);
    }
    long newest = there.number();
    if (newest < place) {
      lost(newest);
    }
    while (place < newest) {
      List<ChangeFeed.Entry> changes = cursor.after(place);
      if (changes.isEmpty() || cursor.last() != place + changes.size()) {
        lost(newest);
      } else {
        Set<String> removed = cursor.removed(changes);
        Map<Change.OfUser, Long> removedNames = cursor.removedNames(changes);
        place += changes.size();
        lastRead = Optional.of(changes.getLast());
        if (!removed.isEmpty()) {
          tell(() -> listener.removed(removed));
        }
        if (!removedNames.isEmpty()) {
          tell(() -> listener.removedNames(removedNames));
        }
        tell(() -> listener.changed(changes));
      }
    }
    lastInTouch = started;
  }

  private void lost(long newest) {
    log.warn(
        "the change feed lost its place: it was at {} and the database is at {}; everything is read anew",
        place,
        newest);
    place = newest;
    lastRead = Optional.empty();
    tell(listener::lostPlace);
  }

  private static void tell(Runnable telling) {
    try {
      telling.run();
    } catch (RuntimeException e) {
      log.error("a listener to changes failed", e);
    }
  }
}
