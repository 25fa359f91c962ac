package dev.postern.deploy.webhook;

import dev.postern.store.event.Outbox;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tells all receivers of what waits for them in the database, none of whom waits for another; what
 * was not told when the node stops is told by another, or after the next start. Safe for use by
 * several threads.
 */
public final class Webhooks implements AutoCloseable {
  private static final Duration LAST_WORK = Duration.ofSeconds(2);

  private final Outbox outbox;
  private final Clock clock;
  private final WebhookPace pace;
  private final WebhookCounts counts;
  private final WebhookHttp http;
  private List<WebhookCourier> couriers = List.of();

  public Webhooks(Outbox outbox, Clock clock, MeterRegistry metrics) {
    this(outbox, clock, metrics, WebhookPace.USUAL);
  }

  Webhooks(Outbox outbox, Clock clock, MeterRegistry metrics, WebhookPace pace) {
    this.outbox = outbox;
    this.clock = clock;
    this.pace = pace;
    this.counts = WebhookCounts.in(metrics);
    this.http = new WebhookHttp(pace.exchange());
  }

  /**
   * These are told from now on. What waits for one that is still there goes on waiting; one whose
   * URL or secret is another is another one, and one that is there twice counts once. Blocks on the
   * database, and until those that are left out have ended, which may bring for two seconds what
   * they have in hand.
   */
  public synchronized void follow(List<Webhook> webhooks) {
    List<WebhookCourier> left = new ArrayList<>(couriers);
    List<WebhookCourier> next = new ArrayList<>();
    for (Webhook webhook : webhooks) {
      if (next.stream().anyMatch(courier -> courier.isFor(webhook))) {
        continue;
      }
      Optional<WebhookCourier> same =
          left.stream().filter(courier -> courier.isFor(webhook)).findFirst();
      same.ifPresent(left::remove);
      same.ifPresent(courier -> courier.follow(webhook));
      next.add(same.orElseGet(() -> started(webhook)));
    }
    couriers = List.copyOf(next);
    left.forEach(WebhookCourier::retire);
    long deadline = System.nanoTime() + LAST_WORK.toNanos();
    left.forEach(courier -> courier.end(deadline));
  }

  private WebhookCourier started(Webhook webhook) {
    WebhookCourier courier = new WebhookCourier(webhook, outbox, http, pace, clock, counts);
    courier.start();
    return courier;
  }

  @Override
  public void close() {
    follow(List.of());
    http.close();
  }
}
