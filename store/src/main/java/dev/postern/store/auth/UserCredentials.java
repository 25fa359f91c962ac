package dev.postern.store.auth;

import dev.postern.store.seal.Sealed;
import java.util.List;
import java.util.Map;

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
}
