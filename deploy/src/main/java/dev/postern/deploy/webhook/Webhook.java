package dev.postern.deploy.webhook;

import dev.postern.store.SecretUrl;
import dev.postern.store.auth.Secret;
import dev.postern.store.event.EventKind;
import java.net.URI;
import java.util.EnumSet;
import java.util.Set;

/**
 * Somebody who is told of events.
 *
 * @param url fit for what is told of people, see {@link SecretUrl}
 * @param secret both of us know, to sign with
 * @param events what it is told of
 */
public record Webhook(URI url, Secret secret, Set<EventKind> events) {

  public Webhook {
    if (!SecretUrl.isFit(url)) {
      throw new IllegalArgumentException("events may not go there");
    }
    events = Set.copyOf(events);
  }

  /** One that is told of everything. */
  public Webhook(URI url, Secret secret) {
    this(url, secret, EnumSet.allOf(EventKind.class));
  }

  /** For people; the rest of the address may be known to nobody else. */
  public String host() {
    return url.getHost();
  }

  /**
   * By which the database knows it, the same on all nodes; neither address nor secret can be had
   * from it.
   */
  String key() {
    return WebhookSignature.mac(secret, url.toString());
  }

  boolean isSameAs(Webhook other) {
    return url.equals(other.url) && secret.matches(other.secret);
  }

  @Override
  public String toString() {
    return "Webhook[" + host() + "]";
  }
}
