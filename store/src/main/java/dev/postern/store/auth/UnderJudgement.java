package dev.postern.store.auth;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many own passwords are at upstreams that have not judged them yet: few of one user, so that
 * guesses do not take the places of who is let in, and not too many of all. Safe for use by several
 * threads.
 */
final class UnderJudgement {
  /** Of a user; a mail program opens some at once. */
  static final int MOST_OF_ONE = 8;

  static final int MOST = 256;

  private final ConcurrentMap<String, Integer> byUser = new ConcurrentHashMap<>();
  private final AtomicInteger all = new AtomicInteger();

  /** Whether there is room for one more; then {@link #leave} is due. */
  boolean enter(String userId) {
    if (all.incrementAndGet() > MOST) {
      all.decrementAndGet();
      return false;
    }
    boolean[] isIn = new boolean[1];
    var _ =
        byUser.compute(
            userId,
            (_, known) -> {
              int now = known == null ? 0 : known;
              isIn[0] = now < MOST_OF_ONE;
              return isIn[0] ? now + 1 : now;
            });
    if (!isIn[0]) {
      all.decrementAndGet();
    }
    return isIn[0];
  }

  void leave(String userId) {
    var _ = byUser.computeIfPresent(userId, (_, now) -> now == 1 ? null : now - 1);
    all.decrementAndGet();
  }

  boolean isEmpty() {
    return byUser.isEmpty() && all.get() == 0;
  }
}
