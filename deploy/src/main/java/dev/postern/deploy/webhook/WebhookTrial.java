package dev.postern.deploy.webhook;

import dev.postern.store.audit.Snapshot;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Sends an event to receivers that tells of nothing, once, past all that waits for them. Whoever
 * gets one with the name {@value #EVENT} has only to answer.
 */
public final class WebhookTrial {
  static final String EVENT = "test";

  private WebhookTrial() {}

  /**
   * How it went with one.
   *
   * @param host of the receiver
   * @param trouble why it was not taken, if so
   */
  public record Result(String host, Optional<String> trouble) {}

  /** Tries one after the other, each for ten seconds at most; in their order. */
  public static List<Result> of(List<Webhook> webhooks, Clock clock) throws InterruptedException {
    List<Result> results = new ArrayList<>();
    try (WebhookHttp http = new WebhookHttp(WebhookPace.USUAL.exchange())) {
      for (Webhook webhook : webhooks) {
        Instant now = clock.instant();
        String body =
            Snapshot.start()
                .text("id", UUID.randomUUID().toString())
                .text("event", EVENT)
                .text("at", now.toString())
                .end();
        results.add(new Result(webhook.host(), http.send(webhook, body, now)));
      }
    }
    return results;
  }
}
