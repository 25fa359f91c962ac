package dev.postern.deploy.cli;

import java.time.Clock;
import java.time.Instant;

/**
 * When a key ends.
 *
 * @param at now or later
 */
record KeyEnd(Instant at) {

  /** Reads {@code now}, or what {@link Expiry} reads. */
  static KeyEnd parse(String text, Clock clock) {
    return new KeyEnd(text.equals("now") ? clock.instant() : Expiry.parse(text, clock));
  }
}
