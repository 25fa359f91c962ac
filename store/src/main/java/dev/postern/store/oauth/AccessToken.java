package dev.postern.store.oauth;

import dev.postern.store.auth.Secret;
import java.time.Duration;

/**
 * A key to a mailbox that is good for about an hour.
 *
 * @param value shared by all who log in with it: whoever needs it for longer than a moment copies
 *     it, and nobody wipes it
 * @param mintedAt when the provider was asked for it, or, if another node handed it over, when this
 *     one got it; in nanoseconds of this process's ticker
 * @param expiresAt likewise
 * @param order of two for the same account, the later has the higher; the same on all nodes
 */
public record AccessToken(Secret value, long mintedAt, long expiresAt, long order) {
  /** Most octets of one: what is sent to mail servers, and so what is taken from providers. */
  public static final int LONGEST = 16 * 1024;

  /** How long it is good for yet; negative if it is not. */
  public Duration left(long now) {
    return Duration.ofNanos(expiresAt - now);
  }

  /** Since {@code mintedAt}. */
  public Duration age(long now) {
    return Duration.ofNanos(now - mintedAt);
  }

  /** Its whole life, or what was left of it when another node handed it over. */
  Duration life() {
    return Duration.ofNanos(expiresAt - mintedAt);
  }
}
