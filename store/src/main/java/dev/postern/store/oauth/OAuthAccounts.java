package dev.postern.store.oauth;

import dev.postern.store.Actor;
import java.util.List;
import java.util.Optional;

/**
 * Keeps what users let us do at upstreams. Every method blocks on the database: never call it on an
 * event loop. A change is committed, and on its way to every node, when the method returns. Methods
 * that name a user throw {@link dev.postern.store.RefusedException} with {@code NOT_FOUND} if there
 * is none.
 */
public interface OAuthAccounts {

  /**
   * Seals and keeps the refresh token of a consent, in place of an earlier one. Does not close it.
   *
   * @throws dev.postern.store.RefusedException {@code INVALID} if the provider gave none
   */
  OAuthAccount connect(String user, String upstream, Minted consent, Actor actor);

  /** Forgets the token; logins that need it fail from now on. Sessions go on. */
  OAuthAccount disconnect(String user, String upstream, Actor actor);

  /** Of one user, by upstream. */
  List<OAuthAccount> of(String user);

  /**
   * By user and upstream, those after {@code after} (exclusive; empty for the start), at most
   * {@code limit} (1–1000).
   *
   * @param state only those
   * @param after as {@link #cursor} says
   */
  List<OAuthAccount> list(Optional<OAuthAccount.State> state, String after, int limit);

  /** How many there are, by upstream and state; none of what there is nothing of. */
  List<ConsentCount> counts();

  /** Where a list goes on behind this one. */
  static String cursor(OAuthAccount last) {
    return last.userId() + "/" + last.upstream();
  }
}
