package dev.postern.store.auth;

import java.time.Duration;
import java.util.Locale;

/** The verifier's answer to an {@link Attempt}. */
public sealed interface AuthOutcome {

  /** The secret is right and may be used here and now. */
  record Accepted(Grant grant) implements AuthOutcome {}

  /**
   * It is none of ours, and somebody's who may still use his own password: the upstream is asked.
   */
  record Delegate(Delegation delegation) implements AuthOutcome {}

  /** It may not. The client gets the same words for most reasons, after a fixed delay. */
  record Rejected(RejectReason reason) implements AuthOutcome {}

  /**
   * It may not, and there were many wrong ones before: the answer waits.
   *
   * @param reason for operators; the client learns as much of it as of any other
   * @param delay since the credentials came, if that is longer than any refusal waits
   * @param isRefused whether the client is told to come back later, and nothing else, whatever the
   *     reason
   */
  record Throttled(RejectReason reason, Duration delay, boolean isRefused) implements AuthOutcome {}

  /**
   * Nobody knows: a temporary reply, so that the client tries again instead of asking a person for
   * a password.
   */
  record Unavailable(Trouble trouble) implements AuthOutcome {}

  /** What kept the verifier from an answer. */
  enum Trouble {
    /** The database cannot be asked and the user's rows are not cached. */
    DATABASE,
    /** Too many look-ups are waiting already. */
    OVERLOADED,
    /** The site's policy service gave no answer, and without one nobody gets in. */
    POLICY,
    /** The upstream, which was to judge somebody's own password, has not. */
    UPSTREAM;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** As in logs and metrics. */
    public String word() {
      return word;
    }
  }

  /**
   * The value of the metric label {@code outcome}; what is delegated has another one in the end.
   */
  default String word() {
    return switch (this) {
      case Accepted _ -> "accepted";
      case Delegate _ -> "delegated";
      case Rejected _ -> "rejected";
      case Throttled _ -> "throttled";
      case Unavailable _ -> "unavailable";
    };
  }
}
