package dev.postern.gateway.net;

import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.Verifier;
import java.time.Instant;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the verifier what has become of app passwords: of each once at a time, of at most {@value
 * #AT_ONCE} at a time, in the order in which the questions came up. So a change of everybody costs
 * logins little of the database, however many sessions there are. What waits is bounded by the app
 * passwords in use: each waits once, however often it is asked about.
 *
 * <pre>
 * --ask--> waiting --its turn--> asked --answer--> (told)
 *             ^                    |
 *             +----retry-- failed <+-- no answer
 * </pre>
 *
 * <p>Safe for use by several threads. The lock guards the three sets; nothing that takes time or
 * another lock is called under it.
 */
final class RecheckQueue {
  static final int AT_ONCE = 32;

  private static final Logger LOG = LoggerFactory.getLogger(RecheckQueue.class);

  private final Verifier verifier;
  private final ScheduledExecutorService executor;
  private final AtomicBoolean isWoken = new AtomicBoolean();
  private final Object lock = new Object();

  /** With the time of the first change that made each worth a question, where one is known. */
  private final Map<Subject, Optional<Instant>> waiting = new LinkedHashMap<>();

  private final Map<Subject, Optional<Instant>> failed = new LinkedHashMap<>();
  private final Set<Subject> asked = new HashSet<>();

  /** An app password with sessions. */
  interface Subject {
    Grant grant();

    /** Whether it still has sessions; returns at once, without a lock. */
    boolean isWatched();

    /**
     * The answer; on any thread.
     *
     * @param since as it was handed to {@link RecheckQueue#ask}
     */
    void answered(Standing standing, Optional<Instant> since);
  }

  /**
   * @param executor asks; one thread, which the verifier does not hold up
   */
  RecheckQueue(Verifier verifier, ScheduledExecutorService executor) {
    this.verifier = verifier;
    this.executor = executor;
  }

  /**
   * Has a question asked, after this call began. Never blocks.
   *
   * @param since when its rows changed, if that is why
   */
  void ask(Subject subject, Optional<Instant> since) {
    synchronized (lock) {
      waiting.merge(subject, since, RecheckQueue::earlier);
    }
    wake();
  }

  /** Asks again what had no answer. */
  void retry() {
    synchronized (lock) {
      failed.forEach((subject, since) -> waiting.merge(subject, since, RecheckQueue::earlier));
      failed.clear();
    }
    wake();
  }

  /** Questions that wait for their turn or for another try. */
  int waiting() {
    synchronized (lock) {
      return waiting.size() + failed.size();
    }
  }

  private void wake() {
    if (isWoken.compareAndSet(false, true)) {
      try {
        executor.execute(this::work);
      } catch (RejectedExecutionException _) {
        // The gateway has stopped, and its sessions with it.
      }
    }
  }

  private void work() {
    isWoken.set(false);
    for (Question next = next(); next != null; next = next()) {
      Question question = next;
      verifier
          .recheck(question.subject().grant())
          .whenComplete((standing, trouble) -> answered(question, standing, trouble));
    }
  }

  private record Question(Subject subject, Optional<Instant> since) {}

  private @Nullable Question next() {
    synchronized (lock) {
      Iterator<Map.Entry<Subject, Optional<Instant>>> entries = waiting.entrySet().iterator();
      while (asked.size() < AT_ONCE && entries.hasNext()) {
        Map.Entry<Subject, Optional<Instant>> entry = entries.next();
        Subject subject = entry.getKey();
        if (!subject.isWatched()) {
          entries.remove();
        } else if (asked.add(subject)) {
          Question question = new Question(subject, entry.getValue());
          entries.remove();
          return question;
        }
      }
      return null;
    }
  }

  private void answered(
      Question question, @Nullable Standing standing, @Nullable Throwable trouble) {
    synchronized (lock) {
      asked.remove(question.subject());
      if (standing == null) {
        failed.merge(question.subject(), question.since(), RecheckQueue::earlier);
      }
    }
    wake();
    if (standing == null) {
      LOG.debug("an app password could not be checked again yet: {}", String.valueOf(trouble));
    } else {
      question.subject().answered(standing, question.since());
    }
  }

  private static Optional<Instant> earlier(Optional<Instant> left, Optional<Instant> right) {
    if (left.isEmpty() || right.isEmpty()) {
      return left.or(() -> right);
    }
    return left.get().isBefore(right.get()) ? left : right;
  }
}
