package dev.postern.store.sql;

import dev.postern.store.integrity.RowChecks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Raises the alarm about rows of {@code bans} that somebody else wrote: once when what is met
 * changes, however many they are and however often they are read. For use by several threads.
 */
final class BanAlarm {
  private static final Logger log = LoggerFactory.getLogger(BanAlarm.class);

  private final RowChecks checks;
  private BanSweep.Forged told = BanSweep.Forged.NONE;

  BanAlarm(RowChecks checks) {
    this.checks = checks;
  }

  /** Takes in what a sweep has met so far. */
  synchronized void met(BanSweep sweep) {
    BanSweep.Forged now = sweep.forged();
    // Before the end there are fewer than before; that is not yet news.
    boolean isNews = sweep.isDone() ? !now.equals(told) : told.isNone() && !now.isNone();
    if (!isNews) {
      return;
    }
    if (now.isNone()) {
      log.info("all rows of bans are what Postern wrote last again");
    } else {
      BanRows.Read.Forged one =
          now.some().stream()
              .filter(met -> !told.some().contains(met))
              .findFirst()
              .orElse(now.some().getFirst());
      checks.raise(BanRow.TABLE, one.place().name(), one.trouble());
      log.error(
          "rows of bans that are not what Postern wrote last, and count for nothing: {}{}",
          sweep.isDone() ? "" : "at least ",
          now.count());
    }
    told = now;
  }
}
