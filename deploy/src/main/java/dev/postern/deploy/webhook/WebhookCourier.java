package dev.postern.deploy.webhook;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings events to one receiver, in order, on a thread of its own: each until it is taken, or until
 * there were tries enough. Of more than may wait the oldest goes. Safe for use by several threads.
 */
final class WebhookCourier {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookCourier.class);
  private static final Duration LAST_MOMENT = Duration.ofMillis(500);

  private final Webhook webhook;
  private final WebhookHttp http;
  private final WebhookPace pace;
  private final Clock clock;
  private final WebhookCounts counts;
  private final Deque<WebhookEvent> waiting = new ArrayDeque<>();
  private final Thread thread;
  private boolean isOpen = true;
  private long lost;

  WebhookCourier(
      Webhook webhook, WebhookHttp http, WebhookPace pace, Clock clock, WebhookCounts counts) {
    this.webhook = webhook;
    this.http = http;
    this.pace = pace;
    this.clock = clock;
    this.counts = counts;
    this.thread = Thread.ofVirtual().name("postern-webhook").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  boolean isFor(Webhook another) {
    return webhook.isSameAs(another);
  }

  /** Takes an event along; returns at once. */
  synchronized void take(WebhookEvent event) {
    if (!isOpen) {
      return;
    }
    if (waiting.size() >= pace.most()) {
      waiting.removeFirst();
      counts.dropped().increment();
      if (lost++ == 0) {
        LOG.warn(
            "more than {} events wait for the webhook at {}: the oldest are dropped",
            pace.most(),
            webhook.host());
      }
    }
    waiting.addLast(event);
    notifyAll();
  }

  private void run() {
    try {
      for (Optional<WebhookEvent> next = next(); next.isPresent(); next = next()) {
        bring(next.get());
      }
    } catch (InterruptedException _) {
      LOG.warn("the webhook at {} was not told of the last event", webhook.host());
      counts.dropped().increment();
    }
  }

  /** Waits for one; empty once this is closed and none is left. */
  private synchronized Optional<WebhookEvent> next() throws InterruptedException {
    while (waiting.isEmpty() && isOpen) {
      wait();
    }
    return Optional.ofNullable(waiting.pollFirst());
  }

  private void bring(WebhookEvent event) throws InterruptedException {
    for (int tries = 1; ; tries++) {
      Optional<String> trouble = tried(event);
      if (trouble.isEmpty()) {
        counts.delivered().increment();
        tellOfLost();
        return;
      }
      if (tries >= pace.tries()) {
        counts.givenUp().increment();
        LOG.warn(
            "the webhook at {} was not told of {} {}, after {} tries: {}",
            webhook.host(),
            event.name(),
            event.id(),
            tries,
            trouble.get());
        return;
      }
      counts.retried().increment();
      LOG.info(
          "the webhook at {} did not take {} {}: {}",
          webhook.host(),
          event.name(),
          event.id(),
          trouble.get());
      rest(pace.pause(tries));
    }
  }

  private Optional<String> tried(WebhookEvent event) throws InterruptedException {
    try {
      return http.send(webhook, event, clock.instant());
    } catch (RuntimeException fault) {
      LOG.error("a fault of ours while a webhook was told", fault);
      return Optional.of("a fault of ours");
    }
  }

  private synchronized void tellOfLost() {
    if (lost > 0) {
      LOG.warn("the webhook at {} takes events again; {} were dropped", webhook.host(), lost);
      lost = 0;
    }
  }

  /** Breaks off once this is retired. */
  private synchronized void rest(Duration pause) throws InterruptedException {
    long end = System.nanoTime() + pause.toNanos();
    for (long left = pause.toNanos(); left > 0; left = end - System.nanoTime()) {
      if (!isOpen) {
        throw new InterruptedException("retired");
      }
      wait(Math.max(1, Duration.ofNanos(left).toMillis()));
    }
  }

  /** Takes no more; what waits is brought as long as it is taken, and then left. */
  synchronized void retire() {
    isOpen = false;
    notifyAll();
  }

  /**
   * Ends.
   *
   * @param deadline nanoseconds of {@link System#nanoTime} until which it may go on with what waits
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
    drop();
  }

  private synchronized void drop() {
    if (!waiting.isEmpty()) {
      LOG.warn("the webhook at {} was not told of {} events", webhook.host(), waiting.size());
      counts.dropped().increment(waiting.size());
      waiting.clear();
    }
  }
}
