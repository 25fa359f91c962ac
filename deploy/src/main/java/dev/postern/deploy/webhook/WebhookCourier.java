package dev.postern.deploy.webhook;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.event.Letter;
import dev.postern.store.event.Outbox;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings events to one receiver, in order, on a thread of its own: each until it is taken, or until
 * there were tries enough. One of all nodes does so at a time. Safe for use by several threads.
 */
final class WebhookCourier {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookCourier.class);
  private static final Duration LAST_MOMENT = Duration.ofMillis(500);

  private final Webhook webhook;
  private final Outbox outbox;
  private final WebhookLease lease;
  private final WebhookHttp http;
  private final WebhookPace pace;
  private final Clock clock;
  private final WebhookCounts counts;
  private final Thread thread;
  private boolean isOpen = true;

  /** Taken, and perhaps not yet taken away. */
  private String taken = "";

  /** Whether the database let us down, so that the log says it once. */
  private boolean isHeldUp;

  WebhookCourier(
      Webhook webhook,
      Outbox outbox,
      WebhookHttp http,
      WebhookPace pace,
      Clock clock,
      WebhookCounts counts) {
    this.webhook = webhook;
    this.outbox = outbox;
    this.lease = new WebhookLease(outbox, webhook);
    this.http = http;
    this.pace = pace;
    this.clock = clock;
    this.counts = counts;
    this.thread = Thread.ofVirtual().name("postern-webhook").unstarted(this::run);
  }

  /** Begins. What happens from now on is kept for it, if the database can be had. */
  void start() {
    follow(webhook);
    thread.start();
  }

  boolean isFor(Webhook another) {
    return webhook.isSameAs(another);
  }

  /** From now on it is told of what that one says, which is for the same receiver. */
  void follow(Webhook next) {
    try {
      lease.follow(next);
    } catch (StoreException | RefusedException trouble) {
      LOG.warn(
          "the webhook at {} is told of nothing until the database takes it down: {}",
          webhook.host(),
          trouble.getMessage());
    }
  }

  private void run() {
    try {
      while (rest(round())) {
        // Until it is retired.
      }
    } catch (InterruptedException _) {
      LOG.info("the webhook at {} gets the last event again", webhook.host());
    } finally {
      leave();
    }
  }

  private void leave() {
    try {
      lease.release();
    } catch (RuntimeException trouble) {
      LOG.debug("another node takes the webhook over a little later", trouble);
    }
  }

  /** One look, and perhaps one try; how long to rest then. */
  private Duration round() throws InterruptedException {
    try {
      Duration pause = step();
      isHeldUp = false;
      return pause;
    } catch (StoreException | RefusedException trouble) {
      if (!isHeldUp) {
        LOG.warn("events for the webhook at {} wait: {}", webhook.host(), trouble.getMessage());
      }
      isHeldUp = true;
    } catch (RuntimeException fault) {
      LOG.error("a fault of ours while a webhook was told", fault);
    }
    return pace.look();
  }

  private Duration step() throws InterruptedException {
    if (!lease.isOurs(this::dropped)) {
      return WebhookLease.patience(pace);
    }
    Optional<Letter> next = outbox.next(lease.receiver());
    if (next.isEmpty()) {
      return pace.look();
    }
    Letter letter = next.get();
    if (letter.id().equals(taken)) {
      outbox.done(letter);
      return Duration.ZERO;
    }
    if (letter.pause().isPositive()) {
      return letter.pause().compareTo(pace.look()) < 0 ? letter.pause() : pace.look();
    }
    bring(letter);
    return Duration.ZERO;
  }

  private void dropped(int number) {
    counts.dropped().increment(number);
    LOG.warn(
        "{} events for the webhook at {} were dropped: too many wait, or for too long",
        number,
        webhook.host());
  }

  private void bring(Letter letter) throws InterruptedException {
    Optional<String> trouble = http.send(webhook, letter.body(), clock.instant());
    int tries = letter.tries() + 1;
    if (trouble.isEmpty()) {
      taken = letter.id();
      counts.delivered().increment();
      outbox.done(letter);
    } else if (tries >= pace.tries()) {
      outbox.done(letter);
      counts.givenUp().increment();
      LOG.warn(
          "the webhook at {} was not told of {} {}, after {} tries: {}",
          webhook.host(),
          letter.event(),
          letter.id(),
          tries,
          trouble.get());
    } else {
      outbox.failed(letter, pace.pause(tries));
      counts.retried().increment();
      LOG.info(
          "the webhook at {} did not take {} {}: {}",
          webhook.host(),
          letter.event(),
          letter.id(),
          trouble.get());
    }
  }

  /** Whether to go on; breaks off once this is retired. */
  private synchronized boolean rest(Duration pause) throws InterruptedException {
    long end = System.nanoTime() + pause.toNanos();
    for (long left = pause.toNanos(); isOpen && left > 0; left = end - System.nanoTime()) {
      wait(Math.max(1, Duration.ofNanos(left).toMillis()));
    }
    return isOpen;
  }

  /** Begins no more tries. */
  synchronized void retire() {
    isOpen = false;
    notifyAll();
  }

  /**
   * Ends.
   *
   * @param deadline nanoseconds of {@link System#nanoTime} until which a try may go on
   */
  void end(long deadline) {
    try {
      if (!thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())))) {
        thread.interrupt();
        boolean _ = thread.join(LAST_MOMENT);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
