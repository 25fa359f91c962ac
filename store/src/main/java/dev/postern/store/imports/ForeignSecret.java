package dev.postern.store.imports;

import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One password hash of another system.
 *
 * @param origin names it at its source, so that importing it again finds it: such as {@code
 *     wildduck/asp/5f1e…}; no secret
 * @param user login name as the other system has it
 * @param label what it is called here
 * @param hash as stored there, see {@link dev.postern.store.hash.SlowHash#parse}; whoever made this
 *     closes it
 * @param scopes at least one
 * @param isMachineMade whether the other system made the secret, so that it is random
 */
public record ForeignSecret(
    String origin,
    String user,
    String label,
    Secret hash,
    Set<Scope> scopes,
    List<Cidr> networks,
    Optional<Instant> expiresAt,
    Optional<Duration> idleExpiry,
    boolean isMachineMade) {

  public ForeignSecret {
    scopes = Set.copyOf(scopes);
    networks = List.copyOf(networks);
  }
}
