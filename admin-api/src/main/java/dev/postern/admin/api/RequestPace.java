package dev.postern.admin.api;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many requests each token may make: {@value #PER_SECOND} a second, and as many at once after a
 * pause. Safe for use by several threads.
 */
final class RequestPace {
  static final int PER_SECOND = 2000;

  private static final long NANOS_EACH = Duration.ofSeconds(1).toNanos() / PER_SECOND;
  private static final int TOKENS = 10_000;

  private final LongSupplier nanoTime;
  private final Cache<String, Turn> turns =
      Caffeine.newBuilder().maximumSize(TOKENS).expireAfterAccess(Duration.ofMinutes(1)).build();

  /** Pays out turns that are a fixed time apart; those that were left out may be made up for. */
  private static final class Turn {
    private long next;

    Turn(long now) {
      next = now - Duration.ofSeconds(1).toNanos();
    }

    synchronized boolean take(long now) {
      next = Math.max(next, now - Duration.ofSeconds(1).toNanos());
      if (next > now) {
        return false;
      }
      next += NANOS_EACH;
      return true;
    }
  }

  RequestPace(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * A request of that token.
   *
   * @throws Refusal {@code TOO_MANY_REQUESTS} if there were too many
   */
  void take(String tokenId) {
    long now = nanoTime.getAsLong();
    if (!turns.get(tokenId, _ -> new Turn(now)).take(now)) {
      throw Refusal.of(
              ProblemType.TOO_MANY_REQUESTS,
              "A token makes at most " + PER_SECOND + " requests a second.")
          .retryAfter(1);
    }
  }
}
