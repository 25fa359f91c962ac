package dev.postern.store.integrity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts alarms and writes them to the log, each row once in ten minutes. */
public final class LoggedRowAlarm implements RowAlarm {
  private static final Logger log = LoggerFactory.getLogger(LoggedRowAlarm.class);
  private static final int MOST_ROWS = 1000;

  private final AtomicLong alarms = new AtomicLong();
  private final Cache<String, Boolean> told =
      Caffeine.newBuilder().maximumSize(MOST_ROWS).expireAfterWrite(Duration.ofMinutes(10)).build();

  @Override
  public void raise(String table, String row, Trouble trouble) {
    alarms.incrementAndGet();
    if (told.asMap().putIfAbsent(table + " " + row + " " + trouble, true) == null) {
      log.error("the row {} of {} {}; it lets nobody in", row, table, trouble.words());
    }
  }

  /** Alarms so far, repeats included. */
  public long count() {
    return alarms.get();
  }
}
