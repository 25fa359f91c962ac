package dev.postern.deploy.webhook;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tells all receivers of events, none of whom waits for another. What waits is in memory alone, and
 * gone when the node stops. Safe for use by several threads; {@link #tell} never blocks.
 */
public final class Webhooks implements AutoCloseable {
  private static final Duration LAST_WORK = Duration.ofSeconds(2);

  private final Clock clock;
  private final WebhookPace pace;
  private final WebhookCounts counts;
  private final WebhookHttp http;
  private volatile List<WebhookCourier> couriers = List.of();

  public Webhooks(Clock clock, MeterRegistry metrics) {
    this(clock, metrics, WebhookPace.USUAL);
  }

  Webhooks(Clock clock, MeterRegistry metrics, WebhookPace pace) {
    this.clock = clock;
    this.pace = pace;
    this.counts = WebhookCounts.in(metrics);
    this.http = new WebhookHttp(pace.exchange());
  }

  /**
   * These are told from now on. What waits for one that is still there goes on waiting; one whose
   * URL or secret is another is another one. Blocks until those that are left out have ended: for
   * two seconds they may bring what waits, and what is left then is dropped; one that does not end
   * at once takes half a second more.
   */
  public synchronized void follow(List<Webhook> webhooks) {
    List<WebhookCourier> left = new ArrayList<>(couriers);
    List<WebhookCourier> next = new ArrayList<>();
    for (Webhook webhook : webhooks) {
      Optional<WebhookCourier> same =
          left.stream().filter(courier -> courier.isFor(webhook)).findFirst();
      same.ifPresent(left::remove);
      next.add(same.orElseGet(() -> started(webhook)));
    }
    couriers = List.copyOf(next);
    left.forEach(WebhookCourier::retire);
    long deadline = System.nanoTime() + LAST_WORK.toNanos();
    left.forEach(courier -> courier.end(deadline));
  }

  private WebhookCourier started(Webhook webhook) {
    WebhookCourier courier = new WebhookCourier(webhook, http, pace, clock, counts);
    courier.start();
    return courier;
  }

  /** Tells each of them, soon. */
  public void tell(WebhookEvent event) {
    couriers.forEach(courier -> courier.take(event));
  }

  @Override
  public void close() {
    follow(List.of());
    http.close();
  }
}
