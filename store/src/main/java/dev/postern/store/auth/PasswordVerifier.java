package dev.postern.store.auth;

import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.CredentialCache.Lookup;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Verifies app passwords in keyed form, in this order: shape → rows → one digest per pepper →
 * comparison with all candidates → what the matching one allows → outcome.
 *
 * <p>Everybody gets the same hashing: a name that nobody has is hashed with the id of a phantom,
 * and no comparison ends early. What a refusal may depend on beside the input, such as whether the
 * rows were cached, is hidden by the fixed failure delay of whoever answers.
 */
public final class PasswordVerifier implements Verifier {
  /** Idle expiry is not decided on rows older than this: a use elsewhere may not be in them yet. */
  private static final Duration IDLE_ROWS = Duration.ofSeconds(5);

  private final CredentialCache cache;
  private final KeyedDigest digest;
  private final UseLog uses;
  private final Clock clock;
  private final String phantom;
  private final StoredSecret.Keyed phantomStored;

  /**
   * @param random chooses the phantom user
   */
  public PasswordVerifier(
      CredentialCache cache, KeyedDigest digest, UseLog uses, Clock clock, RandomGenerator random) {
    this.cache = cache;
    this.digest = digest;
    this.uses = uses;
    this.clock = clock;
    byte[] id = new byte[16];
    byte[] secret = new byte[AppPasswordShape.SHORTEST];
    random.nextBytes(id);
    random.nextBytes(secret);
    this.phantom = HexFormat.of().formatHex(id);
    try (Secret nobodys = Secret.owning(secret)) {
      this.phantomStored = digest.store(phantom, nobodys);
    }
  }

  @Override
  public CompletionStage<AuthOutcome> verify(Attempt attempt) {
    Optional<Secret> read;
    try (Secret typed = attempt.secret()) {
      read = AppPasswordShape.read(typed);
    }
    if (read.isEmpty()) {
      return rejected(RejectReason.WRONG_SHAPE);
    }
    Secret secret = read.get();
    Optional<LoginName> name = LoginName.parse(attempt.loginName());
    if (name.isEmpty()) {
      secret.close();
      return rejected(RejectReason.BAD_NAME);
    }
    return cache
        .find(name.get())
        .thenCompose(lookup -> {
          AuthOutcome outcome = decide(lookup, secret, attempt);
          return isOnOldRows(outcome, lookup)
              ? again(name.get(), secret, attempt)
              : CompletableFuture.completedFuture(outcome);
        })
        .whenComplete((_, _) -> secret.close());
  }

  @Override
  public CompletionStage<Standing> recheck(Grant grant) {
    return cache
        .ofUser(grant.userId())
        .thenCompose(lookup ->
            switch (lookup) {
              case Lookup.Nobody _ ->
                  CompletableFuture.completedFuture(new Standing.Ended(RejectReason.UNKNOWN_USER));
              case Lookup.Failed(AuthOutcome.Trouble trouble) ->
                  CompletableFuture.failedFuture(
                      new IllegalStateException("not answered: " + trouble));
              case Lookup.Found found ->
                  CompletableFuture.completedFuture(standing(grant, found.user()));
            });
  }

  private Standing standing(Grant grant, UserCredentials user) {
    Optional<Credential> credential =
        user.credentials().stream()
            .filter(candidate -> candidate.appPassword().id().equals(grant.credentialId()))
            .findFirst();
    if (credential.isEmpty()) {
      return new Standing.Ended(RejectReason.REVOKED);
    }
    AppPassword appPassword = credential.get().appPassword();
    Instant now = clock.instant();
    return ended(user.user(), credential.get(), now)
        .or(() -> expired(appPassword, now))
        .<Standing>map(Standing.Ended::new)
        .orElseGet(() ->
            new Standing.Holds(
                appPassword.scopes(),
                appPassword.networks(),
                earlier(appPassword.expiresAt(), credential.get().overlapEndsAt())));
  }

  private CompletableFuture<AuthOutcome> again(LoginName name, Secret secret, Attempt attempt) {
    return cache.find(name).thenApply(lookup -> decide(lookup, secret, attempt));
  }

  /** Forgets the rows if so, so that asking again asks the database. */
  private boolean isOnOldRows(AuthOutcome outcome, Lookup lookup) {
    if (lookup instanceof Lookup.Found found
        && outcome.equals(new Rejected(RejectReason.IDLE_EXPIRED))
        && found.age().compareTo(IDLE_ROWS) > 0) {
      cache.forgetUser(found.user().user().id());
      return true;
    }
    return false;
  }

  private AuthOutcome decide(Lookup lookup, Secret secret, Attempt attempt) {
    return switch (lookup) {
      case Lookup.Failed(AuthOutcome.Trouble trouble) -> new Unavailable(trouble);
      case Lookup.Nobody _ -> {
        boolean _ = digest.of(phantom, secret).match(phantomStored);
        yield new Rejected(RejectReason.UNKNOWN_USER);
      }
      case Lookup.Found(UserCredentials user, Optional<String> sole, Duration _) -> {
        KeyedDigest.Tags tags = digest.of(user.user().id(), secret);
        Credential match = matching(candidates(user, sole), tags);
        yield match == null
            ? new Rejected(RejectReason.WRONG_SECRET)
            : outcome(user, match, attempt);
      }
    };
  }

  private static List<Credential> candidates(UserCredentials user, Optional<String> sole) {
    if (sole.isEmpty()) {
      return user.credentials();
    }
    List<Credential> named =
        user.credentials().stream()
            .filter(candidate -> candidate.appPassword().id().equals(sole.get()))
            .toList();
    // Its predecessor by rotation had the name before it, and works on until the overlap ends.
    Optional<String> predecessor = named.stream().findFirst().flatMap(Credential::replaces);
    return predecessor.isEmpty()
        ? named
        : user.credentials().stream()
            .filter(candidate ->
                candidate.appPassword().id().equals(sole.get())
                    || candidate.appPassword().id().equals(predecessor.get()))
            .toList();
  }

  /** Compares with every candidate, whichever matches. */
  private static @Nullable Credential matching(List<Credential> candidates, KeyedDigest.Tags tags) {
    Credential match = null;
    for (Credential candidate : candidates) {
      boolean isMatch =
          candidate
              .stored()
              .map(stored ->
                  switch (stored) {
                    case StoredSecret.Keyed keyed ->
                        keyed.over() == StoredSecret.Over.ENTERED && tags.match(keyed);
                    case StoredSecret.Hardened _, StoredSecret.Imported _ -> false;
                  })
              .orElse(false);
      match = isMatch ? candidate : match;
    }
    return match;
  }

  private AuthOutcome outcome(UserCredentials user, Credential credential, Attempt attempt) {
    AppPassword appPassword = credential.appPassword();
    Instant now = clock.instant();
    Optional<RejectReason> refusal =
        ended(user.user(), credential, now)
            .or(() -> outOfPlace(appPassword, attempt.scope(), attempt.peer()))
            .or(() -> expired(appPassword, now))
            .or(() -> unused(credential, now));
    if (refusal.isPresent()) {
      return new Rejected(refusal.get());
    }
    uses.used(
        appPassword.id(),
        new AppPassword.LastUse(now, attempt.peer(), attempt.scope(), attempt.clientName()),
        isSuccession(user, credential, now));
    return new Accepted(
        new Grant(
            user.user().id(),
            user.user().name(),
            appPassword.id(),
            user.user().upstream(),
            user.user().upstreamUser().orElse(user.user().name()),
            user.upstreamPasswords(),
            earlier(appPassword.expiresAt(), credential.overlapEndsAt())));
  }

  /** What people decided. First of all, since of these the client must not learn anything. */
  private static Optional<RejectReason> ended(User user, Credential credential, Instant now) {
    Optional<RejectReason> byState =
        switch (credential.appPassword().state()) {
          case AppPassword.State.Revoked _ -> Optional.of(RejectReason.REVOKED);
          case AppPassword.State.Suspended _ -> Optional.of(RejectReason.SUSPENDED);
          case AppPassword.State.Expired _ -> Optional.empty();
          case AppPassword.State.Active _ ->
              isPast(credential.overlapEndsAt(), now)
                  ? Optional.of(RejectReason.REVOKED)
                  : Optional.empty();
        };
    return byState.or(() -> user.disabled().map(_ -> RejectReason.USER_DISABLED));
  }

  private static Optional<RejectReason> outOfPlace(
      AppPassword appPassword, Scope scope, InetAddress peer) {
    return Standing.outOfPlace(appPassword.scopes(), appPassword.networks(), scope, peer);
  }

  private static Optional<RejectReason> expired(AppPassword appPassword, Instant now) {
    if (appPassword.state() instanceof AppPassword.State.Expired(Instant _, var cause)) {
      return Optional.of(
          switch (cause) {
            case DATE -> RejectReason.EXPIRED;
            case IDLE, UNUSED -> RejectReason.IDLE_EXPIRED;
          });
    }
    return isPast(appPassword.expiresAt(), now)
        ? Optional.of(RejectReason.EXPIRED)
        : Optional.empty();
  }

  private Optional<RejectReason> unused(Credential credential, Instant now) {
    AppPassword appPassword = credential.appPassword();
    Optional<Instant> lastUse =
        later(appPassword.lastUse().map(AppPassword.LastUse::at), uses.latest(appPassword.id()));
    Instant idleSince = lastUse.orElse(appPassword.createdAt());
    boolean isIdle = isPast(appPassword.idleExpiry().map(idleSince::plus), now);
    boolean isUnused = lastUse.isEmpty() && isPast(credential.unusedExpiresAt(), now);
    return isIdle || isUnused ? Optional.of(RejectReason.IDLE_EXPIRED) : Optional.empty();
  }

  private static boolean isSuccession(UserCredentials user, Credential successor, Instant now) {
    return successor.replaces().isPresent()
        && user.credentials().stream()
            .anyMatch(other ->
                other.appPassword().id().equals(successor.replaces().get())
                    && !(other.appPassword().state() instanceof AppPassword.State.Revoked)
                    && !isPast(other.overlapEndsAt(), now));
  }

  private static boolean isPast(Optional<Instant> end, Instant now) {
    return end.isPresent() && !now.isBefore(end.get());
  }

  private static Optional<Instant> earlier(Optional<Instant> left, Optional<Instant> right) {
    if (left.isEmpty() || right.isEmpty()) {
      return left.or(() -> right);
    }
    return left.get().isBefore(right.get()) ? left : right;
  }

  private static Optional<Instant> later(Optional<Instant> left, Optional<Instant> right) {
    if (left.isEmpty() || right.isEmpty()) {
      return left.or(() -> right);
    }
    return left.get().isAfter(right.get()) ? left : right;
  }

  private static CompletionStage<AuthOutcome> rejected(RejectReason reason) {
    return CompletableFuture.completedFuture(new Rejected(reason));
  }
}
