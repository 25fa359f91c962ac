package dev.postern.deploy.webhook;

import dev.postern.store.oauth.LostConsent;
import java.time.Instant;
import java.util.UUID;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What happened. Never has a secret. */
public sealed interface WebhookEvent {

  /** The same each time that it is sent, and different for each event. */
  String id();

  Instant at();

  /** What it is called there. */
  String name();

  /** What is sent. */
  default String body() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("id", id())
            .put("event", name())
            .put("at", at().toString());
    fill(json);
    return json.toString();
  }

  /** Adds what only this kind of event has. */
  void fill(ObjectNode json);

  /**
   * A provider takes a user's consent no more.
   *
   * @param reason the provider's codes
   */
  record ConsentNeeded(String id, Instant at, String user, String upstream, String reason)
      implements WebhookEvent {

    /** A new event. */
    public static ConsentNeeded of(LostConsent lost) {
      return new ConsentNeeded(
          UUID.randomUUID().toString(), lost.at(), lost.user(), lost.upstream(), lost.reason());
    }

    @Override
    public String name() {
      return "consent-needed";
    }

    @Override
    public void fill(ObjectNode json) {
      json.put("user", user).put("upstream", upstream).put("reason", reason);
    }
  }
}
