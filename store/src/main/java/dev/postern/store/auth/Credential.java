package dev.postern.store.auth;

import java.time.Instant;
import java.util.Optional;

/**
 * An app password as the verifier needs it.
 *
 * @param appPassword what people see of it
 * @param stored what is kept of the secret; empty if the row holds no known form: it never matches
 * @param unusedExpiresAt it ends then unless it was used before
 * @param overlapEndsAt it was rotated, and ends then or at the first use of its successor
 * @param replaces the app password that it succeeded by rotation
 * @param isMachineMade whether the secret is random, made by us or by the system it came from; such
 *     an imported one is stored in keyed form after its first success
 */
public record Credential(
    AppPassword appPassword,
    Optional<StoredSecret> stored,
    Optional<Instant> unusedExpiresAt,
    Optional<Instant> overlapEndsAt,
    Optional<String> replaces,
    boolean isMachineMade) {

  /** {@link AppPassword#version} */
  public long version() {
    return appPassword.version();
  }

  public Credential with(AppPassword changed) {
    return new Credential(changed, stored, unusedExpiresAt, overlapEndsAt, replaces, isMachineMade);
  }

  public Credential withStored(StoredSecret changed) {
    return new Credential(
        appPassword, Optional.of(changed), unusedExpiresAt, overlapEndsAt, replaces, isMachineMade);
  }

  public Credential withOverlap(Instant endsAt) {
    return new Credential(
        appPassword, stored, unusedExpiresAt, Optional.of(endsAt), replaces, isMachineMade);
  }

  public Credential withVersion(long changed) {
    return with(appPassword.with(changed));
  }
}
