package dev.postern.gateway.net;

import java.time.Duration;

/**
 * What was added lately, in coarse steps: the sum of the last {@code steps} of them, the present
 * one among them. So a little less than the whole time counts, never more. For one thread at a
 * time.
 */
final class SlidingSum {
  private final long[] sums;
  private final long stepNanos;
  private long last = Long.MIN_VALUE;
  private long total;

  SlidingSum(int steps, Duration step) {
    this.sums = new long[steps];
    this.stepNanos = step.toNanos();
  }

  /**
   * Adds to the present step.
   *
   * @param now nanoseconds of a clock that never goes back
   * @return the sum
   */
  long add(long now, long amount) {
    long step = Math.floorDiv(now, stepNanos);
    if (last == Long.MIN_VALUE) {
      last = step;
    }
    for (long passed = 0; last < step; passed++, last++) {
      if (passed == sums.length) {
        last = step;
        break;
      }
      int next = index(last + 1);
      total -= sums[next];
      sums[next] = 0;
    }
    sums[index(step)] += amount;
    total += amount;
    return total;
  }

  private int index(long step) {
    return Math.floorMod(step, sums.length);
  }
}
