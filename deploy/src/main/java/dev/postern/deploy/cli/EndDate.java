package dev.postern.deploy.cli;

import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * When something ends, or {@code never}; otherwise as {@link Expiry} reads it.
 *
 * @param at empty: never
 */
record EndDate(Optional<Instant> at) {
  static EndDate parse(String text, Clock clock) {
    return new EndDate(
        text.equals("never") ? Optional.empty() : Optional.of(Expiry.parse(text, clock)));
  }
}
