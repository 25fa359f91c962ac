package dev.postern.store.auth;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The one door to verification.
 *
 * <p>Timing duty: unknown user, wrong secret, revoked, suspended and disabled do the same hashing,
 * and whoever answers the client adds the fixed failure delay. The reason of a refusal never
 * reaches the wire as such.
 */
public interface Verifier {

  /**
   * Decides an attempt and closes its secret. Called on an event loop: it never blocks. With the
   * user's rows in the cache the returned stage is complete already; otherwise it completes on
   * another thread, within the database deadline, and never exceptionally.
   */
  CompletionStage<AuthOutcome> verify(Attempt attempt);

  /**
   * Asks whether a session opened under this grant may go on, after a change of its user: empty if
   * so, otherwise why not. Completes like {@link #verify}, but exceptionally while the database
   * cannot be asked: then the session may go on, and is to be asked about again.
   */
  CompletionStage<Optional<RejectReason>> recheck(Grant grant);
}
