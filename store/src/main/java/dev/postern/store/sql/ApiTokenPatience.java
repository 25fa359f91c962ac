package dev.postern.store.sql;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * For how long this node goes by the API tokens that it knows, while it hears of no changes, or
 * hears of them and cannot read them. Cheap; safe for use by several threads.
 */
final class ApiTokenPatience {
  private static final long NEVER = Long.MIN_VALUE;

  private final Ticker ticker;
  private final Duration longest;
  private final LongSupplier lastInTouch;

  /** {@link Ticker} time since when they cannot be read. */
  private final AtomicLong failingSince = new AtomicLong(NEVER);

  /**
   * @param lastInTouch {@code ticker} time up to which all changes are heard of
   */
  ApiTokenPatience(Ticker ticker, Duration longest, LongSupplier lastInTouch) {
    this.ticker = ticker;
    this.longest = longest;
    this.lastInTouch = lastInTouch;
  }

  /** They could not be read. */
  void failed() {
    boolean _ = failingSince.compareAndSet(NEVER, ticker.read());
  }

  /** They were read. */
  void succeeded() {
    failingSince.set(NEVER);
  }

  /** Whether it is over. */
  boolean isOver() {
    long now = ticker.read();
    long since = failingSince.get();
    return now - lastInTouch.getAsLong() > longest.toNanos()
        || (since != NEVER && now - since > longest.toNanos());
  }
}
