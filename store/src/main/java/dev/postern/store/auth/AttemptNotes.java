package dev.postern.store.auth;

import dev.postern.store.audit.Compared;
import dev.postern.store.audit.SignIn;
import dev.postern.store.audit.SignInLog;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Delegate;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Throttled;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import java.time.Instant;
import java.util.Optional;

/** The end of every attempt: it is noted, and its secret is gone. */
final class AttemptNotes {
  private final SignInLog signIns;
  private final UseLog uses;

  AttemptNotes(SignInLog signIns, UseLog uses) {
    this.signIns = signIns;
    this.uses = uses;
  }

  /**
   * Of an attempt whose name led to rows.
   *
   * @param match as {@link KeyedDigest#compare} says it
   */
  void note(Attempt attempt, CachedUser user, int match, AuthOutcome outcome, Instant at) {
    // All of it also where there is none, so that such an answer does not come sooner.
    String userId = user.id();
    boolean isMatch = match >= 0;
    String credentialId = user.credentialId(FlatTags.numberOrFirst(match));
    if (attempt.protection() == Protection.CLEAR) {
      uses.sentInClear(credentialId, isMatch, at);
    }
    note(
        attempt,
        user.isNobody() ? Optional.empty() : Optional.of(userId),
        new Compared(credentialId, isMatch),
        outcome,
        at);
  }

  /** Of one whose name led nowhere, or that never got so far. */
  void note(Attempt attempt, AuthOutcome outcome, Instant at) {
    note(attempt, Optional.empty(), Compared.NOTHING, outcome, at);
  }

  /** Of one that the upstream judged. */
  void ownPassword(Attempt attempt, Grant grant, AuthOutcome outcome, Instant at) {
    ownPassword(
        attempt,
        grant,
        outcome.word(),
        outcome instanceof Accepted ? SignIn.OWN_PASSWORD : reason(outcome),
        at);
  }

  /** Of one that the client left before the upstream had judged it. */
  void unjudged(Attempt attempt, Grant grant, Instant at) {
    ownPassword(attempt, grant, "unavailable", SignIn.OWN_PASSWORD_UNJUDGED, at);
  }

  /** Whose it is stands in the name: he may be a user just now. */
  private void ownPassword(
      Attempt attempt, Grant grant, String outcome, String reason, Instant at) {
    signIns.note(
        new SignIn(
            at,
            Optional.empty(),
            grant.user(),
            Compared.NOTHING,
            attempt.scope(),
            attempt.mechanism(),
            attempt.peer(),
            attempt.clientName(),
            outcome,
            reason));
  }

  private void note(
      Attempt attempt,
      Optional<String> userId,
      Compared compared,
      AuthOutcome outcome,
      Instant at) {
    attempt.secret().close();
    signIns.note(
        new SignIn(
            at,
            userId,
            attempt.loginName(),
            compared,
            attempt.scope(),
            attempt.mechanism(),
            attempt.peer(),
            attempt.clientName(),
            outcome.word(),
            reason(outcome)));
  }

  private static String reason(AuthOutcome outcome) {
    return switch (outcome) {
      case Accepted _, Delegate _ -> "";
      case Rejected(RejectReason reason) -> reason.word();
      case Throttled(RejectReason reason, _, _) -> reason.word();
      case Unavailable(Trouble trouble) -> trouble.word();
    };
  }
}
