package dev.postern.store.oauth;

import java.util.concurrent.CompletableFuture;

/**
 * Access tokens for whoever logs in at upstreams. Never blocks and never fails but by its answer,
 * which is there already where a good token is at hand. Safe for use by several threads.
 */
public interface TokenSource {

  /** How much of its life a token should have left. */
  enum Freshness {
    /** Twenty minutes, or a third of its life if that is less. */
    USUAL,
    /** Half of its life, where the session ends with the token. */
    LONG_SESSION
  }

  /** A token that is good now. */
  CompletableFuture<TokenAnswer> token(
      OAuthClient client, TokenAccount account, Freshness freshness);

  /** A later one than {@code refused}, which the upstream did not take. */
  CompletableFuture<TokenAnswer> tokenAfter(
      OAuthClient client, TokenAccount account, AccessToken refused);

  /** Whether it was made just now, so that its age is no reason to refuse it. */
  boolean isNew(AccessToken token);

  /**
   * One that we sign for this login alone: nobody else is given it, and whoever asked wipes it. Of
   * its times only those within it count.
   */
  CompletableFuture<TokenAnswer> signed(SigningKey key, LoginToken token);

  /** For a gateway whose upstreams need none. */
  static TokenSource none() {
    TokenAnswer none =
        new TokenAnswer.Denied(new TokenTrouble(TokenTrouble.Kind.STORE, "there are no tokens"));
    return new TokenSource() {
      @Override
      public CompletableFuture<TokenAnswer> token(
          OAuthClient client, TokenAccount account, Freshness freshness) {
        return CompletableFuture.completedFuture(none);
      }

      @Override
      public CompletableFuture<TokenAnswer> tokenAfter(
          OAuthClient client, TokenAccount account, AccessToken refused) {
        return CompletableFuture.completedFuture(none);
      }

      @Override
      public boolean isNew(AccessToken token) {
        return true;
      }

      @Override
      public CompletableFuture<TokenAnswer> signed(SigningKey key, LoginToken token) {
        return CompletableFuture.completedFuture(none);
      }
    };
  }
}
