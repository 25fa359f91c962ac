package dev.postern.store.oauth;

import dev.postern.store.auth.Secret;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;

/** How we show the provider that we are who we say, RFC 6749 §2.3 and RFC 7523 §2.2. */
public sealed interface ClientCredential {

  /** When it stops being one, as far as it is known. */
  Optional<Instant> endsAt();

  /** A public client: anybody may say that he is it. */
  record None() implements ClientCredential {
    @Override
    public Optional<Instant> endsAt() {
      return Optional.empty();
    }
  }

  /**
   * A client secret.
   *
   * @param endsAt as the operator noted it down: providers do not say
   */
  record SharedSecret(Secret secret, Optional<Instant> endsAt) implements ClientCredential {}

  /**
   * A key whose certificate the provider knows.
   *
   * @param key one that {@link SigningRules#require} takes
   */
  record Certificate(PrivateKey key, X509Certificate certificate) implements ClientCredential {
    public Certificate {
      try {
        SigningRules.require(key);
      } catch (InvalidKeyException unfit) {
        throw new IllegalArgumentException("the key " + unfit.getMessage(), unfit);
      }
    }

    @Override
    public Optional<Instant> endsAt() {
      return Optional.of(certificate.getNotAfter().toInstant());
    }

    @Override
    public String toString() {
      return "Certificate[" + certificate.getSubjectX500Principal() + "]";
    }
  }
}
