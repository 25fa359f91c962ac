package dev.postern.store.oauth;

/** What becomes of a request for a token. */
public sealed interface TokenAnswer {

  /** Here it is. */
  record Granted(AccessToken token) implements TokenAnswer {}

  /** There is none. */
  record Denied(TokenTrouble trouble) implements TokenAnswer {}
}
