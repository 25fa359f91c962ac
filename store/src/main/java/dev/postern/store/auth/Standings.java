package dev.postern.store.auth;

import java.time.InstantSource;
import java.util.concurrent.CompletionStage;

/** What the app password of a session that was let in allows now. */
final class Standings {
  private final CredentialCache cache;
  private final InstantSource clock;
  private final ForwardTime forwardTime;
  private final OwnPasswords ownPasswords;

  Standings(
      CredentialCache cache,
      InstantSource clock,
      ForwardTime forwardTime,
      OwnPasswords ownPasswords) {
    this.cache = cache;
    this.clock = clock;
    this.forwardTime = forwardTime;
    this.ownPasswords = ownPasswords;
  }

  /** {@link Verifier#recheck}. */
  CompletionStage<Standing> of(Grant grant) {
    return cache
        .ofUser(grant.userId(), grant.user())
        .thenApply(user ->
            user.isNobody() ? new Standing.Ended(RejectReason.UNKNOWN_USER) : of(user, grant));
  }

  private Standing of(CachedUser user, Grant grant) {
    if (!user.isMailboxOf(grant)) {
      return new Standing.Ended(RejectReason.REVOKED);
    }
    return grant.isOwnPassword()
        ? ownPasswords.standing(user)
        : of(user, user.number(grant.credentialId()));
  }

  private Standing of(CachedUser user, int credential) {
    if (credential < 0) {
      return new Standing.Ended(RejectReason.REVOKED);
    }
    long now = forwardTime.at(clock.instant());
    Terms terms = user.terms(credential);
    return user.ended(credential, now)
        .or(() -> terms.expired(now))
        .<Standing>map(Standing.Ended::new)
        .orElseGet(() -> new Standing.Holds(terms.scopes(), terms.networks(), terms.endsAt()));
  }
}
