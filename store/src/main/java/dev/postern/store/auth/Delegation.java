package dev.postern.store.auth;

import java.util.concurrent.CompletionStage;

/**
 * A login with somebody's own password, which the upstream alone can judge. Whoever has it takes
 * the {@link #secret()} there, and calls one of {@link #taken}, {@link #refused}, {@link
 * #unanswered} and {@link #abandoned}, once, with what came of it. Used by one attempt.
 */
public interface Delegation {

  /** Whose session it will be; with {@link Grant#isOwnPassword}. */
  Grant grant();

  /** What was typed; the caller closes it. */
  Secret secret();

  /** The upstream took it: puts that on record. Completes like {@link Verifier#verify}. */
  CompletionStage<Taken> taken();

  /**
   * The upstream refused it: that counts as a wrong secret, and is on record.
   *
   * @return what the client gets
   */
  AuthOutcome refused();

  /** Nobody knows: it came to nothing. It was a guess all the same. */
  void unanswered();

  /**
   * The client left before the upstream had judged it, as guessers do whom a refusal takes too
   * long: that counts as a wrong secret, and is on record.
   */
  void abandoned();

  /**
   * What becomes of a login that the upstream took.
   *
   * @param outcome {@code Accepted}, or {@code Unavailable}
   * @param isNoticeDue whether the client is to be told, this once, that own passwords will end
   */
  record Taken(AuthOutcome outcome, boolean isNoticeDue) {}
}
