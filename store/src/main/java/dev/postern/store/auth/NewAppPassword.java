package dev.postern.store.auth;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What to create; fields as in {@link AppPassword}. Bad values (empty label or scopes, an expiry in
 * the past) are refused when it is created, with what would be right.
 */
public record NewAppPassword(
    String label,
    Set<Scope> scopes,
    Optional<Instant> expiresAt,
    Optional<Duration> idleExpiry,
    List<Cidr> networks,
    Optional<String> loginName,
    Lane lane) {

  public NewAppPassword {
    scopes = Set.copyOf(scopes);
    networks = List.copyOf(networks);
  }

  /** One for the ordinary lane. */
  public NewAppPassword(
      String label,
      Set<Scope> scopes,
      Optional<Instant> expiresAt,
      Optional<Duration> idleExpiry,
      List<Cidr> networks,
      Optional<String> loginName) {
    this(label, scopes, expiresAt, idleExpiry, networks, loginName, Lane.ORDINARY);
  }
}
