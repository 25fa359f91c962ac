package dev.postern.store.auth;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Counts how often something was forgotten. Whatever was looked up carries the count from before
 * the look-up, and is out of date once the count has moved: nothing has to be searched for, nor
 * taken out of a map, to make all of it out of date at once.
 *
 * <p>Keys share counters: of 100,000 cached users about six more are looked up again with each one
 * that changes, which does no harm.
 */
final class Generations {
  private static final int COUNTERS = 1 << 14;

  private final AtomicIntegerArray counters = new AtomicIntegerArray(COUNTERS);
  private final AtomicInteger all = new AtomicInteger();

  /** The counter of a key, for the other methods. */
  static int counterOf(Object key) {
    int hash = key.hashCode();
    return (hash ^ (hash >>> 16)) & (COUNTERS - 1);
  }

  int current(int counter) {
    return counters.get(counter);
  }

  /** Counts whatever was forgotten; moves before the counter of the key does. */
  int ofAll() {
    return all.get();
  }

  void next(Object key) {
    all.incrementAndGet();
    counters.incrementAndGet(counterOf(key));
  }

  void nextOfAll() {
    all.incrementAndGet();
    for (int i = 0; i < COUNTERS; i++) {
      counters.incrementAndGet(i);
    }
  }
}
