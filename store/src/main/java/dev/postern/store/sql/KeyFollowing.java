package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the key ring, says that this node lives, and ends peppers whose date has come. On the
 * thread that beats.
 */
final class KeyFollowing {
  private static final Logger log = LoggerFactory.getLogger(KeyFollowing.class);

  private final KeyRing ring;
  private final Membership membership;
  private final PepperEnd pepperEnd;
  private final FeedListener feedListener;
  private final Executor beat;

  /** Whether the last try to follow the ring failed; so that the log says it once. */
  private final AtomicBoolean isHeldUp = new AtomicBoolean();

  /**
   * @param beat the thread for {@link #run}
   */
  KeyFollowing(
      KeyRing ring,
      Membership membership,
      PepperEnd pepperEnd,
      FeedListener feedListener,
      Executor beat) {
    this.ring = ring;
    this.membership = membership;
    this.pepperEnd = pepperEnd;
    this.feedListener = feedListener;
    this.beat = beat;
  }

  /** Every few seconds: what other processes did with keys, and what is due. */
  void run() {
    try {
      try {
        followRing();
      } finally {
        // A ring that cannot be read is no reason to count as gone.
        membership.beat();
      }
      if (membership.isNode() && pepperEnd.run()) {
        beat.execute(this::run);
      }
      isHeldUp.set(false);
    } catch (RejectedExecutionException _) {
      // The store is closing; another node or the next start goes on.
    } catch (StoreException | RefusedException e) {
      if (isHeldUp.compareAndSet(false, true)) {
        log.warn(
            "the key ring is not followed, or that this node lives not noted: {}", e.getMessage());
      }
    }
  }

  private void followRing() {
    boolean _ = ring.refresh();
    if (ring.takeNews()) {
      feedListener.anythingChanged();
    }
  }
}
