package dev.postern.store.auth;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time by which it is decided whether app passwords have ended: that of the system's clock as
 * long as it goes forward. When it was set back, this time stands still until it has caught up, so
 * that nothing that had ended by then comes to life again. The log says so, once each time.
 *
 * <p>What is put on record goes by the system's clock: a jump to the future and back must not
 * remain in the database. Exact to a millisecond; safe for use by several threads.
 */
final class ForwardTime {
  /** A clock that is kept exact goes back by less now and then. */
  private static final Duration NOTABLE = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(ForwardTime.class);

  private final Clock system;
  private final AtomicLong latest = new AtomicLong(Long.MIN_VALUE);
  private final AtomicBoolean isBehind = new AtomicBoolean();

  ForwardTime(Clock system) {
    this.system = system;
  }

  /**
   * Milliseconds since 1970, to decide by.
   *
   * @param now of the system's clock, just read
   */
  long at(Instant now) {
    long millis = now.toEpochMilli();
    long seen = latest.get();
    if (millis < seen) {
      tellIfSetBack(seen);
      return seen;
    }
    if (millis > seen) {
      long _ = latest.accumulateAndGet(millis, Math::max);
      if (isBehind.get() && isBehind.compareAndSet(true, false)) {
        log.info("the system's clock has caught up: app passwords end by it again");
      }
    }
    return millis;
  }

  private void tellIfSetBack(long seen) {
    // Read again: it may be this thread alone that is late.
    Duration behind = Duration.ofMillis(seen - system.millis());
    if (behind.compareTo(NOTABLE) > 0 && isBehind.compareAndSet(false, true)) {
      log.error(
          "the system's clock was set back by {} s: whether app passwords have ended is decided as"
              + " of {} until it has caught up. If the clock was wrong before and is right now,"
              + " restart Postern.",
          behind.toSeconds(),
          Instant.ofEpochMilli(seen));
    }
  }
}
