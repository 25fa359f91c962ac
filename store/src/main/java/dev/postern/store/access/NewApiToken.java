package dev.postern.store.access;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * An API token to be made.
 *
 * @param name 1–64 characters of one line
 * @param domains at least one for an {@link Role#ISSUER}, none for the others
 * @param expiresAt in the future; empty: never
 */
public record NewApiToken(
    String name, Role role, Set<String> domains, Optional<Instant> expiresAt) {
  public NewApiToken {
    domains = Set.copyOf(domains);
  }
}
