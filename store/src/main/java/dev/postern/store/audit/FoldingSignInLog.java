package dev.postern.store.audit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Collects attempts in memory until somebody writes them, those that are the same in one entry.
 *
 * <p>What there is room for depends on what waits already (see {@link SignInLimits}): an attempt
 * that would be one entry too many is folded into a coarser one, without its source, and then
 * without its name. So each is counted, whatever comes, and a flood of one kind leaves room for the
 * others.
 *
 * <p>Attempts are noted before they are answered, so it must not take longer for some than for
 * others, and finding their entries does. So they are only put one behind the other, and sorted in
 * when somebody takes them; when {@value #MANY_UNSORTED} wait for that, the oldest of them with
 * each that comes. Who takes them may be a thread that gives way to those that note, and be stopped
 * while it has the lock: nobody waits for it who notes, before {@value #MOST_UNSORTED} wait.
 */
public final class FoldingSignInLog implements SignInLog {
  static final int MANY_UNSORTED = 4_096;
  static final int MOST_UNSORTED = 4 * MANY_UNSORTED;

  /** While the lock is held. */
  private static final int SORTED_AT_ONCE = 32;

  private final SignInLimits limits;

  /** What has not been sorted in, oldest first; taken from with the lock alone. */
  private final Queue<FoldedSignIns> unsorted = new ConcurrentLinkedQueue<>();

  private final AtomicInteger unsortedCount = new AtomicInteger();
  private final ReentrantLock lock;

  /** Oldest first; all from here on guarded by the lock. */
  private final Map<Fold, FoldedSignIns> waiting = new LinkedHashMap<>();

  private final Map<Alike, Integer> alike = new HashMap<>();
  private int unnamed;
  private long coarsened;

  public FoldingSignInLog(SignInLimits limits) {
    this(limits, new ReentrantLock());
  }

  FoldingSignInLog(SignInLimits limits, ReentrantLock lock) {
    this.limits = limits;
    this.lock = lock;
  }

  /** Whose limits an entry counts against: those of a user, a domain, or of no name. */
  private record Alike(@Nullable String userId, String domain) {
    static Alike of(Fold fold) {
      return switch (fold.who()) {
        case Who.Known(String userId) -> new Alike(userId, "");
        case Who.Named(var _, String domain) -> new Alike(null, domain);
        case Who.Unnamed() -> new Alike(null, "");
      };
    }

    boolean isUnnamed() {
      return userId == null;
    }
  }

  @Override
  public void note(SignIn attempt) {
    Instant at = attempt.at();
    unsorted.add(new FoldedSignIns(Fold.of(attempt), at, at, 1));
    int count = unsortedCount.incrementAndGet();
    if (count > MANY_UNSORTED && lockUnlessTaken(count)) {
      try {
        sortIn(Math.min(count - MANY_UNSORTED, SORTED_AT_ONCE));
      } finally {
        lock.unlock();
      }
    }
  }

  private boolean lockUnlessTaken(int count) {
    if (count > MOST_UNSORTED) {
      lock.lock();
      return true;
    }
    return lock.tryLock();
  }

  /** Takes out the entries that wait longest, at most that many. */
  public List<FoldedSignIns> take(int most) {
    List<FoldedSignIns> taken = new ArrayList<>();
    sortIn();
    lock.lock();
    try {
      Iterator<FoldedSignIns> entries = waiting.values().iterator();
      while (taken.size() < most && entries.hasNext()) {
        FoldedSignIns entry = entries.next();
        entries.remove();
        forget(entry.fold());
        taken.add(entry);
      }
    } finally {
      lock.unlock();
    }
    return taken;
  }

  /** Puts back what was taken and could not be written. */
  public void putBack(List<FoldedSignIns> taken) {
    for (FoldedSignIns entry : taken) {
      lock.lock();
      try {
        put(entry);
      } finally {
        lock.unlock();
      }
    }
  }

  /** Entries that wait. */
  public int waiting() {
    sortIn();
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Attempts that are noted and not sorted in; at most {@value #MOST_UNSORTED} and who notes just
   * now.
   */
  int unsorted() {
    return unsortedCount.get();
  }

  /** How many attempts have lost their source or name since this was asked last. */
  public long takeCoarsened() {
    sortIn();
    lock.lock();
    try {
      long count = coarsened;
      coarsened = 0;
      return count;
    } finally {
      lock.unlock();
    }
  }

  /** All that were noted until now; others may note between some of them and the next. */
  private void sortIn() {
    for (int rest = unsorted(); rest > 0; rest -= SORTED_AT_ONCE) {
      lock.lock();
      try {
        sortIn(Math.min(rest, SORTED_AT_ONCE));
      } finally {
        lock.unlock();
      }
    }
  }

  private void sortIn(int most) {
    for (int i = 0; i < most; i++) {
      FoldedSignIns oldest = unsorted.poll();
      if (oldest == null) {
        return;
      }
      unsortedCount.decrementAndGet();
      put(oldest);
    }
  }

  private void put(FoldedSignIns entry) {
    Fold fold = entry.fold();
    if (isWaiting(fold) || hasRoom(fold)) {
      merge(fold, entry);
      return;
    }
    coarsened += entry.attempts();
    Fold coarse = fold.fromAnywhere();
    boolean hasRoom = waiting.size() < 2L * limits.waiting() && !(fold.who() instanceof Who.Named);
    merge(isWaiting(coarse) || hasRoom ? coarse : fold.byAnybody(), entry);
  }

  private boolean isWaiting(Fold fold) {
    return waiting.containsKey(fold);
  }

  private boolean hasRoom(Fold fold) {
    Alike kind = Alike.of(fold);
    return waiting.size() < limits.waiting()
        && (!kind.isUnnamed() || unnamed < limits.waitingUnnamed())
        && alike.getOrDefault(kind, 0) < limits.waitingAlike();
  }

  private void merge(Fold fold, FoldedSignIns entry) {
    FoldedSignIns fresh = new FoldedSignIns(fold, entry.first(), entry.last(), entry.attempts());
    FoldedSignIns known = waiting.get(fold);
    waiting.put(fold, known == null ? fresh : known.plus(fresh));
    if (known == null) {
      Alike kind = Alike.of(fold);
      alike.merge(kind, 1, Integer::sum);
      unnamed += kind.isUnnamed() ? 1 : 0;
    }
  }

  private void forget(Fold fold) {
    Alike kind = Alike.of(fold);
    alike.computeIfPresent(kind, (_, count) -> count == 1 ? null : count - 1);
    unnamed -= kind.isUnnamed() ? 1 : 0;
  }
}
