package dev.postern.admin.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many refusals each token may bring about within a minute. Whoever holds one states the
 * client's address, so that what counts addresses does not stop a program that has gone wrong.
 * Answers that are under way are not counted yet. Safe for use by several threads.
 */
final class FailureBudgets {
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int TOKENS = 10_000;

  private final LongSupplier nanoTime;
  private final Cache<String, Window> windows =
      Caffeine.newBuilder().maximumSize(TOKENS).expireAfterAccess(WINDOW.multipliedBy(2)).build();

  FailureBudgets(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** A minute that begins with its first refusal. */
  private static final class Window {
    private long began;
    private int failures;

    Window(long now) {
      began = now;
    }

    private void turn(long now) {
      if (now - began >= WINDOW.toNanos()) {
        began = now;
        failures = 0;
      }
    }

    synchronized boolean isUsedUp(long now, int most) {
      turn(now);
      return failures >= most;
    }

    synchronized int failed(long now) {
      turn(now);
      if (failures == 0) {
        began = now;
      }
      return ++failures;
    }

    synchronized Duration left(long now) {
      return Duration.ofNanos(Math.max(0, WINDOW.toNanos() - (now - began)));
    }
  }

  /** Whether that token has to wait. */
  boolean isUsedUp(String tokenId, int most) {
    Window window = windows.getIfPresent(tokenId);
    return window != null && window.isUsedUp(nanoTime.getAsLong(), most);
  }

  /** Until it need not any more. */
  Duration left(String tokenId) {
    Window window = windows.getIfPresent(tokenId);
    return window == null ? Duration.ZERO : window.left(nanoTime.getAsLong());
  }

  /**
   * It brought about a refusal.
   *
   * @return whether that was the last one that it may
   */
  boolean failed(String tokenId, int most) {
    long now = nanoTime.getAsLong();
    return windows.get(tokenId, _ -> new Window(now)).failed(now) == most;
  }
}
