package dev.postern.store.integrity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts alarms and writes them to the log, each row once in ten minutes. Of more than {@value
 * #MOST_ROWS} rows in that time, as after a database was exchanged, one line says that they are
 * many. For use by several threads.
 */
public final class LoggedRowAlarm implements RowAlarm {
  static final int MOST_ROWS = 1000;
  static final Duration ONCE_IN = Duration.ofMinutes(10);
  private static final String MORE = "";
  private static final Logger log = LoggerFactory.getLogger(LoggedRowAlarm.class);

  private final AtomicLong alarms = new AtomicLong();
  private final Cache<String, Boolean> told;

  public LoggedRowAlarm(Ticker ticker) {
    // Twice the room, so that what was told is not pushed out by races at the limit.
    this.told =
        Caffeine.newBuilder()
            .maximumSize(2L * MOST_ROWS)
            .expireAfterWrite(ONCE_IN)
            .ticker(ticker)
            .executor(Runnable::run)
            .build();
  }

  @Override
  public void raise(String table, String row, Trouble trouble) {
    alarms.incrementAndGet();
    String one = table + " " + row + " " + trouble;
    if (told.getIfPresent(one) != null) {
      return;
    }
    told.cleanUp();
    if (told.estimatedSize() < MOST_ROWS) {
      if (told.asMap().putIfAbsent(one, true) == null) {
        log.error("the row {} of {} {}; it counts for nothing", row, table, trouble.words());
      }
    } else if (told.asMap().putIfAbsent(MORE, true) == null) {
      log.error(
          "more than {} rows within {} minutes were not what Postern wrote last; no more of them"
              + " are named here, postern_row_alarms_total counts on",
          MOST_ROWS,
          ONCE_IN.toMinutes());
    }
  }

  /** Alarms so far, repeats included. */
  public long count() {
    return alarms.get();
  }
}
