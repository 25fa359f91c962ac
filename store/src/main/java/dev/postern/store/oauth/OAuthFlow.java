package dev.postern.store.oauth;

import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.util.Optional;

/** How tokens come to be. */
public sealed interface OAuthFlow {

  /** One token of ours for every mailbox, RFC 6749 §4.4; the provider says which those are. */
  record ClientCredentials() implements OAuthFlow {}

  /**
   * One token for each mailbox, in whose name we sign, RFC 7523 §2.1: Google's domain-wide
   * delegation.
   *
   * @param account who signs
   * @param key one that {@link SigningRules#requireRsa} takes
   * @param keyId what the provider calls the key
   */
  record ServiceAccount(String account, PrivateKey key, Optional<String> keyId)
      implements OAuthFlow {
    public ServiceAccount {
      try {
        SigningRules.requireRsa(key);
      } catch (InvalidKeyException unfit) {
        throw new IllegalArgumentException("the key " + unfit.getMessage(), unfit);
      }
    }

    @Override
    public String toString() {
      return "ServiceAccount[" + account + "]";
    }
  }

  /** A person lets us in once; a refresh token stands for that. */
  record Consent(Way way) implements OAuthFlow {}

  /** How a person is asked. */
  enum Way {
    /** In a browser that comes back to us, RFC 6749 §4.1 with PKCE, RFC 7636. */
    AUTHORIZATION_CODE,
    /** With a code that is typed in anywhere, RFC 8628. */
    DEVICE_CODE
  }
}
