package dev.postern.deploy.webhook;

import dev.postern.store.event.Outbox;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Whether this node is the one that brings events to a receiver, and that the database knows the
 * receiver. Used by one thread, but for {@link #follow}.
 */
final class WebhookLease {
  /** What is left of it then is longer than one try takes. */
  private static final long RENEWED = Outbox.HOLD.dividedBy(3).toNanos();

  private static final long KEPT = TimeUnit.SECONDS.toNanos(30);

  private final Outbox outbox;
  private final String receiver;
  private volatile Webhook webhook;
  private volatile boolean isRegistered;
  private boolean isHeld;
  private long heldAt;
  private long keptAt;

  WebhookLease(Outbox outbox, Webhook webhook) {
    this.outbox = outbox;
    this.receiver = webhook.key();
    this.webhook = webhook;
  }

  String receiver() {
    return receiver;
  }

  /** From now on it is told of what that one says. Blocks on the database. */
  synchronized void follow(Webhook next) {
    webhook = next;
    isRegistered = false;
    register();
  }

  private synchronized void register() {
    outbox.register(receiver, webhook.events());
    isRegistered = true;
  }

  /**
   * Whether events may be brought now. Blocks on the database now and then.
   *
   * @param dropped gets how many events had to go
   */
  boolean isOurs(Dropped dropped) {
    if (!isRegistered) {
      register();
    }
    long now = System.nanoTime();
    if (keptAt == 0 || now - keptAt >= KEPT) {
      int gone = outbox.keep(receiver, webhook.events());
      keptAt = now;
      if (gone > 0) {
        dropped.dropped(gone);
      }
    }
    if (!isHeld || now - heldAt >= RENEWED) {
      isHeld = outbox.hold(receiver);
      heldAt = now;
    }
    return isHeld;
  }

  /** Is told of events that had to go. */
  interface Dropped {
    void dropped(int number);
  }

  /** How long one that is not ours is left alone. */
  static Duration patience(WebhookPace pace) {
    return pace.look().multipliedBy(5);
  }

  /** Another node may take over at once. */
  void release() {
    if (isHeld) {
      isHeld = false;
      outbox.release(receiver);
    }
  }
}
