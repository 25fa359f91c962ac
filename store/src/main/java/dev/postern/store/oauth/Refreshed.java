package dev.postern.store.oauth;

import dev.postern.store.auth.Secret;

/** What a refresh comes to, RFC 6749 §6. */
sealed interface Refreshed {
  record Whole(Minted minted) implements Refreshed {}

  /**
   * There is no access token that could be used.
   *
   * @param refreshToken of the same answer: it may be the only one that is taken from now on
   */
  record InPart(TokenTrouble trouble, Secret refreshToken) implements Refreshed {}
}
