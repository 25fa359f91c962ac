package dev.postern.store.access;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * An API token, as people may see it.
 *
 * @param id {@code tk_} and 12 characters
 * @param name for people; of those that work no two have the same
 * @param domains of whose users an issuer makes app passwords, as they stand in login names; empty
 *     for every other role
 * @param createdBy who, as in {@link dev.postern.store.Actor#who}
 * @param expiresAt the first moment at which it no longer works; empty: never
 * @param revokedAt since when it does not work any more
 * @param lastUse exact to a minute or so
 * @param version counts up with every change but a use
 */
public record ApiToken(
    String id,
    String name,
    Role role,
    Set<String> domains,
    Instant createdAt,
    String createdBy,
    Optional<Instant> expiresAt,
    Optional<Instant> revokedAt,
    Optional<LastUse> lastUse,
    long version) {

  public ApiToken {
    domains = Set.copyOf(domains);
  }

  /** When it was used last, and from where. */
  public record LastUse(Instant at, InetAddress from) {}

  /** Whether it works at that time, as far as it knows itself. */
  public boolean isWorking(Instant at) {
    return revokedAt.isEmpty() && (expiresAt.isEmpty() || at.isBefore(expiresAt.get()));
  }

  /** The same, ended. */
  public ApiToken revoked(Instant at) {
    return new ApiToken(
        id,
        name,
        role,
        domains,
        createdAt,
        createdBy,
        expiresAt,
        Optional.of(at),
        lastUse,
        version);
  }

  /** The same in another version. */
  public ApiToken withVersion(long other) {
    return new ApiToken(
        id, name, role, domains, createdAt, createdBy, expiresAt, revokedAt, lastUse, other);
  }
}
