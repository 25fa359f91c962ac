package dev.postern.store.auth;

import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.FreshCache.Held;
import java.time.Clock;
import java.util.concurrent.Semaphore;

/**
 * Whether a secret that came in clear, and was refused for that, is right: then it is marked. No
 * client waits for the answer, so it has few look-ups at once, and a slow hash only while nobody
 * else wants one.
 */
final class ExposedSecrets {
  /** Look-ups under way. */
  private static final int MOST = 16;

  private static final AuthOutcome IN_CLEAR = new Rejected(RejectReason.IN_CLEAR);

  private final CredentialCache cache;
  private final KeyedDigest digest;
  private final SlowChecks slowChecks;
  private final AttemptNotes notes;
  private final Clock clock;
  private final Semaphore lookUps = new Semaphore(MOST);

  ExposedSecrets(
      CredentialCache cache,
      KeyedDigest digest,
      SlowChecks slowChecks,
      AttemptNotes notes,
      Clock clock) {
    this.cache = cache;
    this.digest = digest;
    this.slowChecks = slowChecks;
    this.notes = notes;
    this.clock = clock;
  }

  /** {@link Verifier#exposed}. */
  void look(Attempt attempt) {
    String name = LoginName.normalise(attempt.loginName());
    Held<CachedUser> rows = name == null ? null : cache.present(name);
    if (rows != null) {
      look(rows.value(), attempt);
    } else if (name != null && cache.mayKnow(attempt.secret()) && lookUps.tryAcquire()) {
      cache
          .find(name)
          .whenComplete((found, failure) -> {
            lookUps.release();
            if (failure == null) {
              look(found.value(), attempt);
            } else {
              notes.note(attempt, IN_CLEAR, clock.instant());
            }
          });
    } else {
      notes.note(attempt, IN_CLEAR, clock.instant());
    }
  }

  private void look(CachedUser user, Attempt attempt) {
    int match = digest.compare(user, attempt.secret());
    if (match >= 0 || !user.hasOthers()) {
      notes.note(attempt, user, match, IN_CLEAR, clock.instant());
      return;
    }
    int typed = digest.compareTyped(user, attempt.secret(), user.fitting(attempt), true);
    if (typed >= 0) {
      notes.note(attempt, user, typed, IN_CLEAR, clock.instant());
      return;
    }
    slowChecks
        .checkIfQuiet(user, attempt)
        .whenComplete((found, failure) ->
            notes.note(attempt, user, failure == null ? found : match, IN_CLEAR, clock.instant()));
  }
}
