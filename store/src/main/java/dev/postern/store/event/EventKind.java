package dev.postern.store.event;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What may happen that somebody is told of; docs/webhooks.md says when. */
public enum EventKind {
  APP_PASSWORD_CREATED,
  APP_PASSWORD_USED_FIRST,
  APP_PASSWORD_NEW_NETWORK,
  APP_PASSWORD_REVOKED,
  APP_PASSWORD_REFUSED_AFTER_REVOCATION,
  USER_THROTTLED,
  CONSENT_NEEDED,
  UPSTREAM_DOWN,
  UPSTREAM_UP,
  CERTIFICATE_EXPIRING;

  private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** Lower case with hyphens, as in the configuration and in what is sent. */
  public String word() {
    return word;
  }

  /** The one that is called so. */
  public static Optional<EventKind> ofWord(String word) {
    return Stream.of(values()).filter(kind -> kind.word.equals(word)).findFirst();
  }
}
