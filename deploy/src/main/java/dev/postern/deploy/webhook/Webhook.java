package dev.postern.deploy.webhook;

import dev.postern.store.SecretUrl;
import dev.postern.store.auth.Secret;
import java.net.URI;

/**
 * Somebody who is told of events.
 *
 * @param url fit for what is told of people, see {@link SecretUrl}
 * @param secret both of us know, to sign with
 */
public record Webhook(URI url, Secret secret) {

  public Webhook {
    if (!SecretUrl.isFit(url)) {
      throw new IllegalArgumentException("events may not go there");
    }
  }

  /** For logs; the rest of the address may be known to nobody else. */
  String host() {
    return url.getHost();
  }

  boolean isSameAs(Webhook other) {
    return url.equals(other.url) && secret.matches(other.secret);
  }

  @Override
  public String toString() {
    return "Webhook[" + host() + "]";
  }
}
