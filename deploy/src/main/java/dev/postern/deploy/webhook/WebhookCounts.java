package dev.postern.deploy.webhook;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * What became of events.
 *
 * @param retried tries in vain that were followed by another
 * @param givenUp events that were not taken after all tries
 * @param dropped events that had to make room, or that waited for a day
 */
record WebhookCounts(Counter delivered, Counter retried, Counter givenUp, Counter dropped) {

  static WebhookCounts in(MeterRegistry metrics) {
    return new WebhookCounts(
        counter(metrics, "delivered"),
        counter(metrics, "retried"),
        counter(metrics, "given-up"),
        counter(metrics, "dropped"));
  }

  private static Counter counter(MeterRegistry metrics, String outcome) {
    return Counter.builder("postern.webhook.deliveries")
        .description("Events that webhooks were told of, or tried to be")
        .tag("outcome", outcome)
        .register(metrics);
  }
}
