package dev.postern.store.auth;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Has a say in logins that would succeed, beside what app passwords allow. Safe for use by several
 * threads.
 */
public interface LoginPolicy {

  /** What it says. */
  enum Ruling {
    /** The login goes on. */
    ADMIT,
    /** It is refused, as if the secret were wrong. */
    REFUSE,
    /** There is no answer, and without one nobody gets in. */
    UNKNOWN
  }

  /**
   * Asks about a login whose secret is right and may be used here and now. Called on an event loop:
   * never blocks. Completes within a bounded time, never exceptionally; if later, on another
   * thread.
   */
  CompletionStage<Ruling> ask(Attempt attempt, Grant grant);

  /** One that lets everybody in. */
  static LoginPolicy none() {
    CompletionStage<Ruling> admitted = CompletableFuture.completedStage(Ruling.ADMIT);
    return (_, _) -> admitted;
  }
}
