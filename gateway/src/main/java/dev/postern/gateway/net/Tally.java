package dev.postern.gateway.net;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * How many places each of many has. Keeps nothing of those that have none. Safe for use by several
 * threads.
 */
final class Tally<K> {
  private final ConcurrentMap<K, Integer> taken = new ConcurrentHashMap<>();

  /** One more for {@code key}, if it has less than {@code limit}. */
  boolean take(K key, int limit) {
    if (taken.merge(key, 1, Integer::sum) > limit) {
      release(key);
      return false;
    }
    return true;
  }

  /** One less; for each successful {@link #take} once. */
  void release(K key) {
    var _ = taken.computeIfPresent(key, (_, count) -> count > 1 ? count - 1 : null);
  }

  boolean isEmpty() {
    return taken.isEmpty();
  }
}
