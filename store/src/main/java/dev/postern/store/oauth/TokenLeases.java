package dev.postern.store.oauth;

import dev.postern.store.auth.Secret;
import java.time.Duration;
import java.util.Optional;

/**
 * Makes sure that one node at a time asks the provider for an account's token, and keeps what it
 * gave. A lease has a time limit, so that nothing is held while the provider is asked and a node
 * that dies holds nobody up for long. Methods block on the database, and throw {@link
 * dev.postern.store.StoreException} when it is away.
 */
public interface TokenLeases {

  /** How long a lease lasts; an exchange has to be over before, or the lease made longer. */
  Duration LENGTH = Duration.ofSeconds(20);

  /** How long it lasts from when it was made longer. */
  Duration LATE_LENGTH = Duration.ofSeconds(70);

  /** What a request for a lease comes to. */
  sealed interface Turn {

    /** Ours. Ends by {@link #keep}, {@link #consentEnded} or {@link #giveUp}. */
    record Ours(Lease lease) implements Turn {}

    /** Another has it; ask again in a moment. */
    record Theirs() implements Turn {}

    /** Another has just been given a token, and hands it over. */
    record HandedOver(Secret token, Duration left, long order) implements Turn {}

    /** Nobody may ask: there is no consent, or it has ended. */
    record NoConsent(TokenTrouble trouble) implements Turn {}
  }

  /**
   * The right to ask for an account.
   *
   * @param owner of this lease alone
   * @param refreshToken of an account that has one; whoever has the lease closes it
   * @param generation of the refresh token
   */
  record Lease(
      TokenAccount account, String owner, Optional<Secret> refreshToken, long generation) {}

  /**
   * Asks for the lease. A consent that ended by what {@link ConsentEnd#mayPass may pass} is handed
   * out once an hour, to be tried again.
   *
   * @param registration for which it is asked, {@link OAuthClient#registration}
   * @param after only a later token than that of this {@link AccessToken#order} will do
   */
  Turn begin(TokenAccount account, String registration, long after);

  /**
   * Keeps the refresh token that the provider gave in place of the one in the lease, if it did, and
   * ends the lease. If other nodes run, hands the access token over to them, sealed, for a minute.
   *
   * @return the token's {@link AccessToken#order}; empty if the consent in the lease is another or
   *     ended by now: then nothing is kept, and the token is for nobody
   */
  Optional<Long> keep(Lease lease, Minted minted);

  /**
   * The same, of an answer for which nobody waits any more: hands the token over whether other
   * nodes run or not.
   */
  Optional<Long> keepLate(Lease lease, Minted minted);

  /**
   * Keeps a refresh token alone, and ends the lease.
   *
   * @return whether it was kept; not if the consent in the lease is another or ended by now
   */
  boolean keepAlone(Lease lease, Secret refreshToken);

  /** Makes the lease longer, if it is still ours. */
  void prolong(Lease lease);

  /** Of a consent that the provider takes no more, what is kept of it. */
  enum End {
    /** It is noted down now, by us and nobody else. */
    NOTED,
    /** It was noted down before. */
    KNOWN,
    /** There is another by now, with which it is worth beginning anew. */
    ANOTHER
  }

  /** Notes down that the provider takes the consent no more, and ends the lease. */
  End consentEnded(Lease lease, String reason);

  /** Ends the lease with nothing. */
  void giveUp(Lease lease);
}
