package dev.postern.gateway.dialogue;

import dev.postern.store.auth.Secret;

/**
 * What a client logs in with, whatever mechanism carried it.
 *
 * @param loginName decoded (UTF-8, else ISO 8859-1), neither normalised nor checked: the verifier
 *     does that
 * @param mechanism {@code plain}, {@code login} or {@code command}, for logs and metrics
 * @param clientName what the client says of itself, cleaned, at most 64 characters, perhaps empty
 */
public record Credentials(String loginName, Secret secret, String mechanism, String clientName) {

  /** Leaves the name out: people type passwords into the name field. */
  @Override
  public String toString() {
    return "Credentials[" + mechanism + "]";
  }
}
