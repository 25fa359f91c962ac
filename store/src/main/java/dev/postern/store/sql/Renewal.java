package dev.postern.store.sql;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Goes through the values of a key and makes them anew, a page at a time, each in a transaction of
 * its own. It remembers nothing: what is done is not under the old key any more, so that whoever
 * begins again goes on where another was killed.
 */
final class Renewal {
  /** Rows of one transaction. */
  static final int PAGE = 500;

  /** Rows that somebody else holds are left for the next round; nobody holds one for long. */
  private static final int ROUNDS = 50;

  /** Between two transactions, so that whoever waits for the database has it in between. */
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final LongConsumer progress;
  private long renewed;
  private long left;

  Renewal(LongConsumer progress) {
    this.progress = progress;
  }

  /**
   * What a page was.
   *
   * @param last primary key of its last row; empty if there was none
   * @param renewed made anew
   * @param left not what Postern wrote
   */
  record Page(Optional<List<String>> last, int renewed, int left) {
    static final Page EMPTY = new Page(Optional.empty(), 0, 0);
  }

  /** Makes the page behind a primary key anew; behind nothing, the first. */
  interface Pages {
    Page behind(Optional<List<String>> key);
  }

  /**
   * Goes through all pages until none is left but what is altered.
   *
   * @param remaining how many values there still are
   * @return whether that was reached
   */
  boolean run(Pages pages, LongSupplier remaining) {
    for (int round = 0; round < ROUNDS; round++) {
      long altered = 0;
      Page page = pages.behind(Optional.empty());
      while (page.last().isPresent()) {
        renewed += page.renewed();
        altered += page.left();
        progress.accept(renewed);
        letOthersIn();
        page = pages.behind(page.last());
      }
      if (remaining.getAsLong() <= altered) {
        left += altered;
        return true;
      }
    }
    return false;
  }

  /** SQLite has one writer at a time, and those who wait for it look only now and then. */
  static void letOthersIn() {
    LockSupport.parkNanos(PAUSE.toNanos());
  }

  /** Values made anew. */
  long renewed() {
    return renewed;
  }

  /** Values that stay as they are, because somebody changed them. */
  long left() {
    return left;
  }
}
