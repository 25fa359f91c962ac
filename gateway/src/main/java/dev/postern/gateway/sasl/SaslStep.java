package dev.postern.gateway.sasl;

import dev.postern.store.auth.Secret;

/** What a SASL exchange does next. */
public sealed interface SaslStep {

  /** Send this challenge (base64 already; perhaps empty) and wait for a response. */
  record Challenge(String base64) implements SaslStep {}

  /**
   * The client's credentials, to be verified.
   *
   * @param loginName decoded, neither normalised nor checked
   * @param secret the bytes as sent, perhaps none
   */
  record Complete(String loginName, Secret secret) implements SaslStep {
    @Override
    public String toString() {
      return "Complete[***]";
    }
  }

  /** The client wants to act as somebody else than it logs in as: refused like a wrong password. */
  record Delegation() implements SaslStep {}

  /** Not base64, or not the mechanism's format. */
  record Malformed() implements SaslStep {}

  /** The client changed its mind; not a failure. */
  record Cancelled() implements SaslStep {}
}
