package dev.postern.store.sql;

import dev.postern.store.auth.AppPasswordGenerator;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.KeyedDigest;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.StorageForm;
import dev.postern.store.auth.StoredSecret;
import dev.postern.store.hash.Hardening;
import dev.postern.store.hash.Workspace;

/**
 * Makes secrets and what is stored of them. In Argon2id form that takes some fifty milliseconds of
 * the calling thread, which is never an event loop.
 */
final class SecretMaking {
  private final AppPasswordGenerator generator;
  private final KeyedDigest digest;
  private final Hardening hardening;

  SecretMaking(AppPasswordGenerator generator, KeyedDigest digest, Hardening hardening) {
    this.generator = generator;
    this.digest = digest;
    this.hardening = hardening;
  }

  /** A secret, to be shown once, and what is kept of it. */
  record Made(String userId, Secret secret, StoredSecret stored) {

    /** Whether it was made for that user and as that policy wants it. */
    boolean fits(String id, AppPasswordPolicy policy) {
      StorageForm form =
          switch (stored) {
            case StoredSecret.Keyed _ -> StorageForm.KEYED;
            case StoredSecret.Hardened _, StoredSecret.Imported _ -> StorageForm.ARGON2ID;
          };
      return userId.equals(id)
          && form == policy.form().value()
          && secret.length() == policy.length().value();
    }
  }

  /** A new public id. */
  String id() {
    return generator.id();
  }

  /** A new secret as policy wants it. */
  Made make(String userId, AppPasswordPolicy policy, Workspace workspace) {
    Secret secret = generator.secret(policy.length().value());
    return new Made(
        userId,
        secret,
        switch (policy.form().value()) {
          case KEYED -> digest.store(userId, secret);
          case ARGON2ID -> hardening.store(userId, secret, workspace);
        });
  }
}
