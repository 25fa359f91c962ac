package dev.postern.store.auth;

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
   * user's rows in the cache, and neither a slow hash nor a policy service to be asked, the
   * returned stage is complete already; otherwise it completes on another thread, within the
   * deadlines of database and policy (for an address that asks for names that nobody has, twice
   * that of the database), and never exceptionally.
   */
  CompletionStage<AuthOutcome> verify(Attempt attempt);

  /**
   * A secret came in clear where none is taken, and the client was told so. Looks whether it is
   * right, puts that on record and closes it. Called on an event loop: it never blocks; what it
   * takes is bounded, and beyond that only the attempt is noted.
   */
  void exposed(Attempt attempt);

  /**
   * Asks what has become of the app password that this grant was made for, after a change of its
   * user; one answer decides all sessions of it at the same mailbox, which end if the user was
   * moved to another. Completes like {@link #verify}, but exceptionally while the database cannot
   * be asked: then sessions may go on, and it is to be asked about again.
   */
  CompletionStage<Standing> recheck(Grant grant);
}
