package dev.postern.store.auth;

import dev.postern.store.audit.SignIn;
import dev.postern.store.audit.SignInLog;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.FreshCache.Held;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Verifies app passwords in keyed form, in this order: rows → shape → one digest per pepper →
 * comparison with all candidates → what the matching one allows → outcome → audit.
 *
 * <p>Everybody gets the same hashing: a name that nobody has is compared with a phantom, and no
 * comparison ends early. What a refusal may depend on beside the input, such as whether the rows
 * were cached, is hidden by the fixed failure delay of whoever answers.
 */
public final class PasswordVerifier implements Verifier {
  /** Idle expiry is not decided on rows older than this: a use elsewhere may not be in them yet. */
  private static final Duration IDLE_ROWS = Duration.ofSeconds(5);

  private final CredentialCache cache;
  private final KeyedDigest digest;
  private final UseLog uses;
  private final SignInLog signIns;
  private final Clock clock;

  public PasswordVerifier(
      CredentialCache cache, KeyedDigest digest, UseLog uses, SignInLog signIns, Clock clock) {
    this.cache = cache;
    this.digest = digest;
    this.uses = uses;
    this.signIns = signIns;
    this.clock = clock;
  }

  @Override
  public CompletionStage<AuthOutcome> verify(Attempt attempt) {
    String name = LoginName.normalise(attempt.loginName());
    if (name == null) {
      // Whatever the name: what a client is told of a wrong shape depends on the secret alone.
      boolean isShaped = AppPasswordShape.fits(attempt.secret());
      RejectReason reason = isShaped ? RejectReason.BAD_NAME : RejectReason.WRONG_SHAPE;
      return decided(attempt, new Rejected(reason));
    }
    Held<CachedUser> rows = cache.present(name);
    return rows == null
        ? find(name, found -> decide(name, found, attempt), attempt)
        : decide(name, rows, attempt);
  }

  /** Rows that are not cached: the answer comes later, on another thread. */
  private CompletionStage<AuthOutcome> find(
      String name,
      Function<Held<CachedUser>, CompletionStage<AuthOutcome>> decide,
      Attempt attempt) {
    return cache
        .find(name)
        .handle((rows, failure) ->
            failure == null
                ? decide.apply(rows)
                : decided(attempt, new Unavailable(CredentialCache.trouble(failure))))
        .thenCompose(Function.identity())
        .whenComplete((_, _) -> attempt.secret().close());
  }

  private CompletionStage<AuthOutcome> decide(String name, Held<CachedUser> rows, Attempt attempt) {
    CachedUser user = rows.value();
    int match = digest.compare(user, attempt.secret());
    AuthOutcome outcome = outcome(user, match, attempt);
    if (isOnOldRows(outcome, rows)) {
      // Asking again asks the database, and what it says then is final.
      cache.forgetUser(user.id());
      return find(name, fresh -> settle(fresh.value(), attempt), attempt);
    }
    return decided(attempt, user, match, outcome);
  }

  private CompletionStage<AuthOutcome> settle(CachedUser user, Attempt attempt) {
    int match = digest.compare(user, attempt.secret());
    return decided(attempt, user, match, outcome(user, match, attempt));
  }

  private boolean isOnOldRows(AuthOutcome outcome, Held<CachedUser> rows) {
    return outcome instanceof Rejected(RejectReason reason)
        && reason == RejectReason.IDLE_EXPIRED
        && cache.age(rows).compareTo(IDLE_ROWS) > 0;
  }

  private AuthOutcome outcome(CachedUser user, int match, Attempt attempt) {
    if (match < 0) {
      return new Rejected(
          match == KeyedCheck.WRONG_SHAPE
              ? RejectReason.WRONG_SHAPE
              : cache.isNobody(user) ? RejectReason.UNKNOWN_USER : RejectReason.WRONG_SECRET);
    }
    Instant at = clock.instant();
    long now = at.toEpochMilli();
    Terms terms = user.terms(match);
    Optional<RejectReason> refusal =
        user.ended(match, now)
            .or(() -> terms.outOfPlace(attempt.scope(), attempt.peer()))
            .or(() -> terms.expired(now))
            .or(() -> unused(user, match, now));
    if (refusal.isPresent()) {
      return new Rejected(refusal.get());
    }
    Grant grant = user.grant(match);
    uses.used(
        grant.credentialId(),
        new AppPassword.LastUse(at, attempt.peer(), attempt.scope(), attempt.clientName()),
        user.isSuccession(match, now));
    return new Accepted(grant);
  }

  private Optional<RejectReason> unused(CachedUser user, int match, long now) {
    Terms terms = user.terms(match);
    return terms.endsUnused()
        ? terms.unused(now, uses.latest(user.credentialId(match)))
        : Optional.empty();
  }

  /** The end of an attempt whose name led to rows. */
  private CompletionStage<AuthOutcome> decided(
      Attempt attempt, CachedUser user, int match, AuthOutcome outcome) {
    return cache.isNobody(user)
        ? decided(attempt, outcome)
        : decided(
            attempt,
            Optional.of(user.id()),
            match < 0 ? Optional.empty() : Optional.of(user.credentialId(match)),
            outcome);
  }

  /** The end of an attempt whose name led nowhere. */
  private CompletionStage<AuthOutcome> decided(Attempt attempt, AuthOutcome outcome) {
    return decided(attempt, Optional.empty(), Optional.empty(), outcome);
  }

  /** The end of every attempt: it is noted, and its secret is gone. */
  private CompletionStage<AuthOutcome> decided(
      Attempt attempt,
      Optional<String> userId,
      Optional<String> credentialId,
      AuthOutcome outcome) {
    attempt.secret().close();
    signIns.note(
        new SignIn(
            clock.instant(),
            userId,
            attempt.loginName(),
            credentialId,
            attempt.scope(),
            attempt.mechanism(),
            attempt.peer(),
            attempt.clientName(),
            outcome.word(),
            reason(outcome)));
    return CompletableFuture.completedFuture(outcome);
  }

  private static String reason(AuthOutcome outcome) {
    return switch (outcome) {
      case Accepted _ -> "";
      case Rejected(RejectReason reason) -> reason.word();
      case Unavailable(AuthOutcome.Trouble trouble) -> trouble.word();
    };
  }

  @Override
  public CompletionStage<Standing> recheck(Grant grant) {
    return cache
        .ofUser(grant.userId(), grant.user())
        .thenApply(user ->
            cache.isNobody(user)
                ? new Standing.Ended(RejectReason.UNKNOWN_USER)
                : standing(user, user.number(grant.credentialId())));
  }

  private Standing standing(CachedUser user, int credential) {
    if (credential < 0) {
      return new Standing.Ended(RejectReason.REVOKED);
    }
    long now = clock.millis();
    Terms terms = user.terms(credential);
    return user.ended(credential, now)
        .or(() -> terms.expired(now))
        .<Standing>map(Standing.Ended::new)
        .orElseGet(() -> new Standing.Holds(terms.scopes(), terms.networks(), terms.endsAt()));
  }
}
