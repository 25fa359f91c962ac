package dev.postern.store.auth;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The system's clock as long as it goes forward. When it was set back, time stands still until it
 * has caught up, so that nothing that had ended by then comes to life again. The log says so, once
 * each time. Only decisions about logins go by this: what is written into the database for good
 * goes by the system's clock, since a jump to the future and back would otherwise end everything
 * that has a date.
 *
 * <p>Exact to a millisecond; safe for use by several threads.
 */
public final class ForwardClock extends Clock {
  /** A clock that is kept exact goes back by less now and then. */
  private static final Duration NOTABLE = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(ForwardClock.class);

  private final Clock system;
  private final AtomicLong latest = new AtomicLong(Long.MIN_VALUE);
  private final AtomicBoolean isBehind = new AtomicBoolean();

  public ForwardClock(Clock system) {
    this.system = system;
  }

  @Override
  public Instant instant() {
    Instant now = system.instant();
    long millis = now.toEpochMilli();
    long seen = latest.get();
    if (millis == seen) {
      return now;
    }
    if (millis < seen) {
      return standing(millis, seen);
    }
    long _ = latest.accumulateAndGet(millis, Math::max);
    if (isBehind.get() && isBehind.compareAndSet(true, false)) {
      log.info("the system's clock has caught up: app passwords end by it again");
    }
    return now;
  }

  private Instant standing(long millis, long seen) {
    Duration behind = Duration.ofMillis(seen - millis);
    if (behind.compareTo(NOTABLE) > 0 && isBehind.compareAndSet(false, true)) {
      log.error(
          "the system's clock was set back by {} s: whether app passwords have ended is decided as"
              + " of {} until it has caught up. If the clock was wrong before and is right now,"
              + " restart Postern.",
          behind.toSeconds(),
          Instant.ofEpochMilli(seen));
    }
    return Instant.ofEpochMilli(seen);
  }

  @Override
  public ZoneId getZone() {
    return system.getZone();
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return new ForwardClock(system.withZone(zone));
  }
}
