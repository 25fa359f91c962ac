package dev.postern.gateway.net;

import dev.postern.gateway.LoginMethod.Quirks;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.AccessToken;
import dev.postern.store.oauth.LoginToken;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.SigningKey;
import dev.postern.store.oauth.TokenAccount;
import dev.postern.store.oauth.TokenAnswer;
import dev.postern.store.oauth.TokenSource;
import dev.postern.store.oauth.TokenSource.Freshness;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The access token that a login needs. */
sealed interface TokenNeed {

  /** The mailbox that is to be opened with it. */
  String mailbox();

  Quirks quirks();

  /** Asks for it; never waits. */
  CompletableFuture<TokenAnswer> first(TokenSource tokens, UpstreamTarget target);

  /** Asks for a later one than the upstream refused; empty if that would be refused as well. */
  Optional<CompletableFuture<TokenAnswer>> after(TokenSource tokens, AccessToken refused);

  /** What the login shows, which closes it. */
  Secret shown(AccessToken token);

  /** A token came that nobody logs in with. */
  void unused(AccessToken token);

  default UpstreamCredentials credentials(AccessToken token, UpstreamTarget target) {
    return new UpstreamCredentials.Bearer(
        mailbox(),
        shown(token),
        target.endpoint().host(),
        target.endpoint().port(),
        quirks().isXoauth2First());
  }

  /** One that a provider gives, and that other logins show as well. */
  record OfProvider(OAuthClient client, TokenAccount account, String mailbox, Quirks quirks)
      implements TokenNeed {

    @Override
    public CompletableFuture<TokenAnswer> first(TokenSource tokens, UpstreamTarget target) {
      return tokens.token(client, account, freshness(target.protocol()));
    }

    /** An IMAP session that ends with the token should begin with one that has long to go. */
    private Freshness freshness(Scope protocol) {
      return switch (protocol) {
        case IMAP -> quirks.doSessionsEndWithToken() ? Freshness.LONG_SESSION : Freshness.USUAL;
        case SUBMISSION, POP3 -> Freshness.USUAL;
      };
    }

    /** The age of one that was made just now is no reason to refuse it. */
    @Override
    public Optional<CompletableFuture<TokenAnswer>> after(TokenSource tokens, AccessToken refused) {
      return tokens.isNew(refused)
          ? Optional.empty()
          : Optional.of(tokens.tokenAfter(client, account, refused));
    }

    @Override
    public Secret shown(AccessToken token) {
      return token.value().copy();
    }

    @Override
    public void unused(AccessToken token) {}
  }

  /**
   * One that we sign for this login.
   *
   * @param issuer who we say we are
   * @param audience whom it is for; empty: the host that is connected to
   */
  record Signed(SigningKey key, String issuer, Optional<String> audience, String mailbox)
      implements TokenNeed {

    @Override
    public Quirks quirks() {
      return Quirks.NONE;
    }

    @Override
    public CompletableFuture<TokenAnswer> first(TokenSource tokens, UpstreamTarget target) {
      return tokens.signed(
          key,
          new LoginToken(
              issuer,
              mailbox,
              audience.orElse(target.endpoint().host()),
              target.protocol().word()));
    }

    /** It was fresh: the server does not believe the key, or not for this. */
    @Override
    public Optional<CompletableFuture<TokenAnswer>> after(TokenSource tokens, AccessToken refused) {
      return Optional.empty();
    }

    @Override
    public Secret shown(AccessToken token) {
      return token.value();
    }

    @Override
    public void unused(AccessToken token) {
      token.value().close();
    }
  }
}
