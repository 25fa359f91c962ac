package dev.postern.gateway.net;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * App passwords that are to be suspended, from that moment until the database knows it: this node
 * refuses them meanwhile, and tries again and again. Safe for use by several threads; only {@code
 * background} waits.
 */
final class Suspensions {
  private static final Logger LOG = LoggerFactory.getLogger(Suspensions.class);

  private final Roster.Suspender suspender;
  private final Executor background;
  private final Consumer<String> settled;

  /** Reasons by id; bounded by the app passwords whose use is counted. */
  private final Map<String, String> waiting = new ConcurrentHashMap<>();

  /** Those that were added. */
  private final LongAdder count = new LongAdder();

  private final AtomicBoolean isAtWork = new AtomicBoolean();

  /** Whether the last try failed; so that the log says it once. */
  private final AtomicBoolean isHeldUp = new AtomicBoolean();

  /**
   * @param background one thread, on which the suspender may block
   * @param settled told of the id when the database knows, or will not have it
   */
  Suspensions(Roster.Suspender suspender, Executor background, Consumer<String> settled) {
    this.suspender = suspender;
    this.background = background;
    this.settled = settled;
  }

  /**
   * It is refused from now on, and will be suspended.
   *
   * @return whether that is news
   */
  boolean add(String credentialId, String reason) {
    boolean isNews = waiting.putIfAbsent(credentialId, reason) == null;
    if (isNews) {
      count.increment();
      LOG.warn("the app password {} is over its budget, {}: suspended", credentialId, reason);
      goOn();
    }
    return isNews;
  }

  /** How many there were, waiting or done. */
  long count() {
    return count.sum();
  }

  boolean isWaiting(String credentialId) {
    return waiting.containsKey(credentialId);
  }

  /** Tries what waits, if that is not under way. */
  void goOn() {
    if (!waiting.isEmpty() && isAtWork.compareAndSet(false, true)) {
      try {
        background.execute(this::work);
      } catch (RejectedExecutionException _) {
        isAtWork.set(false); // The gateway stops.
      }
    }
  }

  private void work() {
    try {
      waiting.forEach(this::suspend);
      isHeldUp.set(false);
    } catch (StoreException | RefusedException e) {
      if (isHeldUp.compareAndSet(false, true)) {
        LOG.warn("suspensions wait for the database: {}", e.getMessage());
      }
    } finally {
      isAtWork.set(false);
    }
  }

  /** The cache forgets before this returns, so nothing is let in when it is not refused here. */
  private void suspend(String credentialId, String reason) {
    try {
      suspender.suspend(credentialId, reason);
    } catch (RefusedException e) {
      if (e.code() == RefusedException.Code.CONFLICT) {
        throw e; // Somebody else changed it just now.
      }
      LOG.info("the app password {} needs no suspension: {}", credentialId, e.getMessage());
    }
    settled.accept(credentialId);
    waiting.remove(credentialId);
  }
}
