package dev.postern.store.auth;

import dev.postern.store.seal.Sealed;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that a login of one user needs; the value of the credential cache.
 *
 * @param credentials those that are not revoked and the {@value #REVOKED_KEPT} newest revoked, so
 *     that a refusal can say why
 * @param upstreamPasswords sealed, by upstream name
 */
public record UserCredentials(
    User user, List<Credential> credentials, Map<String, Sealed> upstreamPasswords) {

  /** How many revoked app passwords are still recognised. */
  public static final int REVOKED_KEPT = 24;

  public UserCredentials {
    credentials = List.copyOf(credentials);
    upstreamPasswords = Map.copyOf(upstreamPasswords);
  }

  /** What an accepted login would be granted, but that no app password stands behind it. */
  public Grant trialGrant() {
    return new Grant(
        user.id(),
        user.name(),
        "",
        user.upstream(),
        user.upstreamUser().orElse(user.name()),
        user.upstreamUser().isPresent(),
        upstreamPasswords,
        Optional.empty());
  }
}
