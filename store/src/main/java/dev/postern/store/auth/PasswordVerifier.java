package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.audit.SignInLog;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Delegate;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.FreshCache.Held;
import dev.postern.store.auth.VerificationTimes.Form;
import dev.postern.store.auth.VerificationTimes.Source;
import dev.postern.store.guard.Throttle;
import dev.postern.store.hash.BusyException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies app passwords, in this order:
 *
 * <pre>
 * shape ─► rows of the name ─► one digest per pepper ─► comparison with all tags ─┬─► what the
 *                                                                                 │   matching one
 *      imported and hardened ones, if the user has any, on the slow pool ◄─ none ─┤   allows ─► outcome
 *                 └──► what it found must hold for the rows of now ───────────────┘            ─► throttle ─► audit
 * </pre>
 *
 * <p>A secret that cannot be one of ours ends at its shape, without a look-up, unless hashes of
 * other systems were imported. In the keyed form everybody gets the same hashing: a name that
 * nobody has is compared with a phantom, and no comparison ends early. Refusals that needed the
 * database are held until the next {@link RefusalBeat}. What else a refusal may depend on beside
 * the input, such as whether the rows were cached or a slow hash was computed, is hidden by the
 * fixed failure delay of whoever answers.
 *
 * <p>What is none of ours, from somebody who may still use his own password, is the upstream's to
 * judge ({@link OwnPasswords}); before it goes there it is counted as a guess.
 *
 * <p>An address that is banned is refused before all of this. What would be accepted is put to the
 * {@link LoginPolicy} first, and counts as a use of the app password only if that has nothing
 * against it.
 */
public final class PasswordVerifier implements Verifier {
  /** Idle expiry is not decided on rows older than this: a use elsewhere may not be in them yet. */
  private static final Duration IDLE_ROWS = Duration.ofSeconds(5);

  /** How often an attempt starts over because the rows changed while it was checked. */
  private static final int ROUNDS = 2;

  /** Look-ups that wait for addresses that ask for names that nobody has. */
  private static final int MOST_STRANGERS = 1000;

  /** How long they wait for their turn: as long as a look-up may take. */
  private static final Duration STRANGERS_PATIENCE = Duration.ofSeconds(4);

  private static final Logger log = LoggerFactory.getLogger(PasswordVerifier.class);

  private final CredentialCache cache;
  private final KeyedDigest digest;
  private final SlowChecks slowChecks;
  private final Rekeyer rekeyer;
  private final UseLog uses;
  private final VerificationTimes times;
  private final Clock clock;
  private final ForwardTime forwardTime;
  private final AttemptNotes notes;
  private final ExposedSecrets exposedSecrets;
  private final Standings standings;
  private final RefusalBeat refusalBeat = new RefusalBeat();
  private final Throttle throttle;
  private final UnaryOperator<String> widest;
  private final StrangerLane strangers =
      new StrangerLane(MOST_STRANGERS, STRANGERS_PATIENCE, Ticker.systemTicker());
  private final Predicate<InetAddress> isBanned;
  private final LoginPolicy policy;
  private final OwnPasswords ownPasswords;
  private final LoginWatch watch;

  /**
   * @param isBanned whether attempts from an address are refused unseen; cheap
   * @param policy asked last, about logins that would succeed
   */
  public PasswordVerifier(
      CredentialCache cache,
      KeyedDigest digest,
      SlowChecks slowChecks,
      Rekeying rekeying,
      UseLog uses,
      SignInLog signIns,
      VerificationTimes times,
      Throttle throttle,
      Predicate<InetAddress> isBanned,
      LoginPolicy policy,
      OwnPasswords ownPasswords,
      LoginWatch watch,
      Clock clock) {
    this.cache = cache;
    this.digest = digest;
    this.slowChecks = slowChecks;
    this.rekeyer = new Rekeyer(digest, slowChecks, rekeying);
    this.uses = uses;
    this.times = times;
    this.throttle = throttle;
    this.widest = cache::widest;
    this.isBanned = isBanned;
    this.policy = policy;
    this.ownPasswords = ownPasswords;
    this.watch = watch;
    this.clock = clock;
    this.forwardTime = new ForwardTime(clock);
    this.notes = new AttemptNotes(signIns, uses);
    this.exposedSecrets = new ExposedSecrets(cache, digest, slowChecks, notes, clock);
    this.standings = new Standings(cache, clock, forwardTime, ownPasswords);
  }

  @Override
  public CompletionStage<AuthOutcome> verify(Attempt attempt) {
    if (isBanned.test(attempt.peer())) {
      return decided(attempt, new Rejected(RejectReason.BANNED));
    }
    // Names in the cache are normalised: one that is found as it was typed needs no more of it.
    Held<CachedUser> rows = cache.present(attempt.loginName());
    return rows == null
        ? verifyNormalised(LoginName.normalise(attempt.loginName()), attempt)
        : decideCached(rows, trial(attempt.loginName(), attempt));
  }

  private CompletionStage<AuthOutcome> verifyNormalised(@Nullable String name, Attempt attempt) {
    if (name == null) {
      // Whatever the name: what a client is told of a wrong shape depends on the secret alone.
      boolean isShaped = AppPasswordShape.fits(attempt.secret());
      return refused(
          attempt,
          attempt.loginName(),
          isShaped ? RejectReason.BAD_NAME : RejectReason.WRONG_SHAPE);
    }
    Held<CachedUser> rows = cache.present(name);
    if (rows != null) {
      return decideCached(rows, trial(name, attempt));
    }
    return cache.mayKnow(attempt.secret()) || ownPasswords.mayBeTaken(name)
        ? refusalBeat.hold(() -> find(trial(name, attempt), ROUNDS))
        : refused(attempt, cache.widest(name), RejectReason.WRONG_SHAPE);
  }

  private Trial trial(String name, Attempt attempt) {
    return new Trial(throttle, attempt, name, widest);
  }

  private CompletionStage<AuthOutcome> decideCached(Held<CachedUser> rows, Trial trial) {
    long start = times.sample();
    CompletionStage<AuthOutcome> outcome = decide(rows, trial, ROUNDS);
    if (!rows.value().hasOthers()) {
      times.end(start, Form.KEYED, Source.CACHE);
    }
    return outcome;
  }

  /** Rows that are not cached: the answer comes later, on another thread. */
  private CompletionStage<AuthOutcome> find(Trial trial, int rounds) {
    long start = times.start();
    return later(
        trial.attempt(),
        lookUp(trial),
        (rows, failure) -> {
          if (failure != null) {
            return decided(trial.attempt(), new Unavailable(CredentialCache.trouble(failure)));
          }
          CompletionStage<AuthOutcome> outcome = decide(rows, trial, rounds);
          if (!rows.value().hasOthers()) {
            times.end(start, Form.KEYED, Source.DATABASE);
          }
          return outcome;
        });
  }

  private CompletableFuture<Held<CachedUser>> lookUp(Trial trial) {
    return throttle.isFishing(trial.attempt().peer())
        ? strangers.ask(() -> cache.find(trial.name()))
        : cache.find(trial.name());
  }

  private CompletionStage<AuthOutcome> decide(Held<CachedUser> rows, Trial trial, int rounds) {
    CachedUser user = rows.value();
    Attempt attempt = trial.attempt();
    int match = digest.compare(user, attempt.secret());
    if (match < 0 && user.hasOthers()) {
      boolean isOwnTried = trial.mayTryOwn(user);
      int typed = digest.compareTyped(user, attempt.secret(), user.fitting(attempt), isOwnTried);
      return typed < 0
          ? decideSlowly(rows, match, isOwnTried, trial, rounds)
          : conclude(rows, typed, isOwnTried, trial, rounds);
    }
    return conclude(rows, match, true, trial, rounds);
  }

  /** No keyed digest matches; there may be a slow hash that does. */
  private CompletionStage<AuthOutcome> decideSlowly(
      Held<CachedUser> rows, int match, boolean isOwnTried, Trial trial, int rounds) {
    CachedUser user = rows.value();
    long start = times.start();
    return later(
        trial.attempt(),
        slowChecks.check(user, trial.attempt(), isOwnTried),
        (found, failure) -> {
          if (failure != null) {
            return decided(trial, user, match, unfinished(failure), clock.instant());
          }
          times.end(start, user.slowForm(found), Source.CACHE);
          return found < 0
              ? conclude(rows, match, isOwnTried, trial, rounds)
              : confirm(user, found, trial, rounds);
        });
  }

  /** A slow check takes its time; what it found must hold for the rows of now. */
  private CompletionStage<AuthOutcome> confirm(
      CachedUser before, int found, Trial trial, int rounds) {
    Held<CachedUser> rows = cache.present(trial.name());
    int number = rows == null ? FlatTags.NONE : rows.value().numberOfSame(before, found);
    if (rows != null && number >= 0) {
      return conclude(rows, number, true, trial, rounds);
    }
    return rounds > 0
        ? find(trial, rounds - 1)
        : decided(
            trial, before, FlatTags.NONE, new Unavailable(Trouble.OVERLOADED), clock.instant());
  }

  private CompletionStage<AuthOutcome> conclude(
      Held<CachedUser> rows, int match, boolean isOwnTried, Trial trial, int rounds) {
    CachedUser user = rows.value();
    // Read once, whatever comes of it.
    Instant now = clock.instant();
    AuthOutcome outcome = outcome(user, match, isOwnTried, trial.attempt(), now);
    if (rounds > 0 && isOnOldRows(outcome, rows)) {
      cache.forgetUser(user.id());
      return find(trial, rounds - 1);
    }
    if (outcome instanceof Accepted(Grant grant)) {
      return admit(trial, user, match, grant, now);
    }
    Optional<Grant> own =
        isOwnTried
            ? ownPasswords.grant(user, match, trial.attempt(), trial.widestName())
            : Optional.empty();
    return own.isPresent()
        ? delegate(trial, user, match, own.get(), now)
        : decided(trial, user, match, outcome, now);
  }

  /** The secret is none of ours, and may be the user's own: the upstream is asked. */
  private CompletionStage<AuthOutcome> delegate(
      Trial trial, CachedUser user, int match, Grant grant, Instant at) {
    if (!trial.mayTryElsewhere(user)) {
      return decided(trial, user, match, new Rejected(RejectReason.TOO_MANY_GUESSES), at);
    }
    if (ownPasswords.wasRefused(trial, user)) {
      return decided(trial, user, match, new Rejected(RejectReason.OWN_PASSWORD_REFUSED), at);
    }
    return policy
        .ask(trial.attempt(), grant)
        .thenCompose(ruling ->
            switch (ruling) {
              case ADMIT -> delegated(trial, user, match, grant, at);
              case REFUSE -> decided(trial, user, match, new Rejected(RejectReason.POLICY), at);
              case UNKNOWN -> decided(trial, user, match, new Unavailable(Trouble.POLICY), at);
            });
  }

  private CompletionStage<AuthOutcome> delegated(
      Trial trial, CachedUser user, int match, Grant grant, Instant at) {
    Optional<Delegation> delegation = ownPasswords.delegation(trial, user, grant, notes);
    if (delegation.isEmpty()) {
      return decided(trial, user, match, new Unavailable(Trouble.OVERLOADED), at);
    }
    trial.attempt().secret().close();
    return CompletableFuture.completedFuture(new Delegate(delegation.get()));
  }

  /**
   * The secret is right and may be used here and now, unless the policy has something against it.
   */
  private CompletionStage<AuthOutcome> admit(
      Trial trial, CachedUser user, int match, Grant grant, Instant at) {
    return policy
        .ask(trial.attempt(), grant)
        .thenCompose(ruling ->
            decided(
                trial,
                user,
                match,
                switch (ruling) {
                  case ADMIT -> accepted(trial.attempt(), user, match, grant, at);
                  case REFUSE -> new Rejected(RejectReason.POLICY);
                  case UNKNOWN -> new Unavailable(Trouble.POLICY);
                },
                at));
  }

  private AuthOutcome accepted(
      Attempt attempt, CachedUser user, int match, Grant grant, Instant at) {
    rekeyer.seen(user, match, attempt);
    uses.used(
        grant.credentialId(),
        new AppPassword.LastUse(
            at,
            attempt.peer(),
            attempt.scope(),
            Optional.of(attempt.protection()),
            attempt.clientName()),
        user.isSuccession(FlatTags.number(match), forwardTime.at(at)));
    return new Accepted(grant);
  }

  /** Goes on when there is an answer or a failure; whatever happens then, the secret is gone. */
  private static <T> CompletionStage<AuthOutcome> later(
      Attempt attempt,
      CompletableFuture<T> answer,
      BiFunction<T, @Nullable Throwable, CompletionStage<AuthOutcome>> next) {
    return answer
        .handle(next)
        .thenCompose(Function.identity())
        .whenComplete((_, _) -> attempt.secret().close());
  }

  private static AuthOutcome unfinished(Throwable failure) {
    Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    if (!(cause instanceof BusyException)) {
      log.error("a check of an app password failed", cause);
    }
    return new Unavailable(Trouble.OVERLOADED);
  }

  private boolean isOnOldRows(AuthOutcome outcome, Held<CachedUser> rows) {
    return outcome instanceof Rejected(RejectReason reason)
        && reason == RejectReason.IDLE_EXPIRED
        && cache.age(rows).compareTo(IDLE_ROWS) > 0;
  }

  private AuthOutcome outcome(
      CachedUser user, int match, boolean isOwnTried, Attempt attempt, Instant at) {
    int number = FlatTags.numberOrFirst(match);
    long now = forwardTime.at(at);
    // Also where no secret matches, so that such an answer does not come sooner.
    Optional<RejectReason> refusal = refusal(user, number, attempt, now);
    if (match < 0) {
      return new Rejected(isOwnTried ? mismatch(user, match) : RejectReason.TOO_MANY_GUESSES);
    }
    if (refusal.isPresent()) {
      return new Rejected(refusal.get());
    }
    return new Accepted(user.grant(number));
  }

  private static RejectReason mismatch(CachedUser user, int match) {
    if (match == KeyedCheck.WRONG_SHAPE) {
      return RejectReason.WRONG_SHAPE;
    }
    return user.isNobody() ? RejectReason.UNKNOWN_USER : RejectReason.WRONG_SECRET;
  }

  /** The first thing that the app password does not allow; every one is looked at. */
  private Optional<RejectReason> refusal(CachedUser user, int number, Attempt attempt, long now) {
    Terms terms = user.terms(number);
    Optional<RejectReason> ended = user.ended(number, now);
    Optional<RejectReason> outOfPlace = terms.outOfPlace(attempt);
    Optional<RejectReason> expired = terms.expired(now);
    Optional<RejectReason> unused =
        terms.endsUnused()
            ? terms.unused(now, uses.latest(user.credentialId(number)))
            : Optional.empty();
    return ended.or(() -> outOfPlace).or(() -> expired).or(() -> unused);
  }

  /** The end of an attempt whose name led to rows. */
  private CompletionStage<AuthOutcome> decided(
      Trial trial, CachedUser user, int match, AuthOutcome decision, Instant at) {
    AuthOutcome outcome = trial.throttled(user, decision);
    notes.note(trial.attempt(), user, match, outcome, at);
    tell(trial, user, match, decision, at);
    return CompletableFuture.completedFuture(outcome);
  }

  /** Of what somebody may want to know. */
  private void tell(Trial trial, CachedUser user, int match, AuthOutcome decision, Instant at) {
    if (trial.isFromNewNetwork() && decision instanceof Accepted(Grant grant)) {
      watch.newNetwork(grant.credentialId(), trial.attempt(), at);
    }
    if (match >= 0
        && decision instanceof Rejected(RejectReason reason)
        && reason == RejectReason.REVOKED) {
      watch.afterRevocation(user.credentialId(FlatTags.number(match)), trial.attempt(), at);
    }
    if (trial.isOneTooMany() && !user.isNobody()) {
      watch.throttled(user.id(), trial.attempt(), at);
    }
  }

  /** The end of an attempt that the input alone refuses. */
  private CompletionStage<AuthOutcome> refused(Attempt attempt, String name, RejectReason reason) {
    return decided(attempt, Trial.throttled(throttle, name, attempt, reason, new Rejected(reason)));
  }

  /** The end of an attempt whose name led nowhere. */
  private CompletionStage<AuthOutcome> decided(Attempt attempt, AuthOutcome outcome) {
    notes.note(attempt, outcome, clock.instant());
    return CompletableFuture.completedFuture(outcome);
  }

  @Override
  public void exposed(Attempt attempt) {
    if (isBanned.test(attempt.peer())) {
      notes.note(attempt, new Rejected(RejectReason.BANNED), clock.instant());
    } else {
      exposedSecrets.look(attempt);
    }
  }

  @Override
  public CompletionStage<Standing> recheck(Grant grant) {
    return standings.of(grant);
  }
}
