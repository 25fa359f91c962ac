package dev.postern.store.auth;

import dev.postern.store.guard.Guess;
import dev.postern.store.guard.Throttle;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One attempt on its way through the verifier, and what it has cost. Used by one attempt, whose
 * steps follow each other.
 */
final class Trial {
  private final Throttle throttle;
  private final Attempt attempt;
  private final String name;
  private final UnaryOperator<String> widest;
  private @Nullable Guess guess;
  private boolean isFromNewNetwork;

  /**
   * @param name normalised
   * @param widest finds the last of those that a name may stand for: the same for all that lead to
   *     the same user
   */
  Trial(Throttle throttle, Attempt attempt, String name, UnaryOperator<String> widest) {
    this.throttle = throttle;
    this.attempt = attempt;
    this.name = name;
    this.widest = widest;
  }

  Attempt attempt() {
    return attempt;
  }

  String name() {
    return name;
  }

  /** The last of the names that this one may stand for. */
  String widestName() {
    return widest.apply(name);
  }

  /** Whether it was accepted from where the user was not lately. */
  boolean isFromNewNetwork() {
    return isFromNewNetwork;
  }

  /** Whether too many wrong ones came for the user before it. */
  boolean isOneTooMany() {
    return guess != null && guess.isOneTooMany();
  }

  /** Whether the secret may be compared with those of the user that people made. */
  boolean mayTryOwn(CachedUser user) {
    return !user.hasOwn() || guess(user).mayTryOwn();
  }

  /** Whether it may be tried where only the upstream knows whether it is right. */
  boolean mayTryElsewhere(CachedUser user) {
    return guess(user).mayTryElsewhere();
  }

  /** The same for the same secret of the same user. */
  long mark(CachedUser user) {
    return guess(user).mark();
  }

  /**
   * What becomes of the outcome; to be asked before the secret is closed, or, where somebody else
   * judges, when {@link #mayTryElsewhere} was asked before that: what the guess is known by is
   * kept.
   *
   * @param user whose rows it was compared with
   */
  AuthOutcome throttled(CachedUser user, AuthOutcome outcome) {
    return switch (outcome) {
      case AuthOutcome.Accepted(Grant grant) -> {
        right();
        isFromNewNetwork = throttle.known().loggedIn(grant.userId(), attempt.peer(), Duration.ZERO);
        yield outcome;
      }
      case AuthOutcome.Rejected(RejectReason reason) -> {
        if (user.isNobody()) {
          throttle.stranger(attempt.peer());
        }
        yield rejected(user, reason, outcome);
      }
      case AuthOutcome.Unavailable(AuthOutcome.Trouble trouble) -> {
        if (trouble == AuthOutcome.Trouble.POLICY) {
          right();
        }
        yield outcome;
      }
      case AuthOutcome.Throttled _, AuthOutcome.Delegate _ -> outcome;
    };
  }

  private AuthOutcome rejected(CachedUser user, RejectReason reason, AuthOutcome outcome) {
    if (reason == RejectReason.POLICY) {
      return held(guess(user).unwelcome(), reason, outcome);
    }
    if (!reason.isForGuessers()) {
      right();
      return outcome;
    }
    return held(guess(user).wrong(), reason, outcome);
  }

  private void right() {
    if (guess != null) {
      guess.right();
    }
  }

  private Guess guess(CachedUser user) {
    Guess known = guess;
    if (known == null) {
      String widestName = widestName();
      known =
          guess(
              throttle,
              widestName,
              user.isNobody()
                  ? nobody(widestName)
                  : new Throttle.Owner(user.id(), user.generation()),
              attempt);
      guess = known;
    }
    return known;
  }

  /** The same for an attempt whose name led to no rows. */
  static AuthOutcome throttled(
      Throttle throttle, String name, Attempt attempt, RejectReason reason, AuthOutcome outcome) {
    return held(guess(throttle, name, nobody(name), attempt).wrong(), reason, outcome);
  }

  private static Throttle.Owner nobody(String name) {
    return new Throttle.Owner(name, 0);
  }

  private static Guess guess(
      Throttle throttle, String name, Throttle.Owner owner, Attempt attempt) {
    return attempt.secret().expose(bytes -> throttle.guess(name, owner, attempt.peer(), bytes));
  }

  private static AuthOutcome held(
      Throttle.Answer answer, RejectReason reason, AuthOutcome outcome) {
    return answer.isHeld()
        ? new AuthOutcome.Throttled(reason, answer.delay(), answer.isRefused())
        : outcome;
  }
}
