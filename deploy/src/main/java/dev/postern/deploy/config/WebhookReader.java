package dev.postern.deploy.config;

import dev.postern.deploy.config.ConfigLoader.InlineSecret;
import dev.postern.deploy.webhook.Webhook;
import dev.postern.store.SecretUrl;
import dev.postern.store.auth.Secret;
import dev.postern.store.event.EventKind;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code webhooks}. */
final class WebhookReader {
  /** Each has a thread and a queue. */
  private static final int MOST = 8;

  private static final int SHORTEST_SECRET = 16;
  private static final URI STAND_IN = URI.create("https://localhost/");

  /** In the order of docs/webhooks.md. */
  private static final Map<String, EventKind> WORDS = words();

  private WebhookReader() {}

  private static Map<String, EventKind> words() {
    Map<String, EventKind> words = new LinkedHashMap<>();
    for (EventKind kind : EventKind.values()) {
      words.put(kind.word(), kind);
    }
    return words;
  }

  /**
   * Reads them.
   *
   * @param inlineSecrets gets those that stand in the configuration file itself
   */
  static List<Webhook> read(Section root, List<InlineSecret> inlineSecrets) {
    List<Webhook> webhooks = new ArrayList<>();
    List<Section> sections = root.sections("webhooks");
    for (Section section : sections) {
      URI url =
          section.required(
              "url", WebhookReader::url, "write whom to tell, such as https://…", STAND_IN);
      Secret secret =
          section.requiredSecret(
              "secret", "write what both sides know: \"${file:secrets/webhook}\"");
      // An empty one stands in for something that was reported.
      if (secret.length() > 0 && secret.length() < SHORTEST_SECRET) {
        section.problem(
            "secret",
            "has fewer than " + SHORTEST_SECRET + " characters",
            "make one: openssl rand -hex 32");
      }
      if (section.isWrittenHere("secret")) {
        inlineSecrets.add(new InlineSecret(section.at("secret"), section.pathOf("secret")));
      }
      List<EventKind> events = section.list("events", Values.word(WORDS, List.of()));
      section.end(Set.of());
      webhooks.add(
          events.isEmpty()
              ? new Webhook(url, secret)
              : new Webhook(url, secret, EnumSet.copyOf(events)));
    }
    if (sections.size() > MOST) {
      root.problem("webhooks", "has more than " + MOST + " entries", "leave some out");
    }
    return webhooks;
  }

  private static URI url(String text) throws BadValue {
    try {
      URI url = URI.create(Values.text(text));
      if (SecretUrl.isFit(url)) {
        return url;
      }
    } catch (IllegalArgumentException _) {
      // The same as one that will not do.
    }
    throw new BadValue(
        "\"" + text + "\" is nowhere that events may go",
        "write https://HOST/PATH, or http:// with an address of this machine; a port is 1 to 65535");
  }
}
