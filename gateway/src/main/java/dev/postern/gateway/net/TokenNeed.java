package dev.postern.gateway.net;

import dev.postern.gateway.LoginMethod.Quirks;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.AccessToken;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.TokenAccount;
import dev.postern.store.oauth.TokenSource.Freshness;

/**
 * The access token that a login needs.
 *
 * @param mailbox that is to be opened with it
 */
record TokenNeed(OAuthClient client, TokenAccount account, String mailbox, Quirks quirks) {

  /** An IMAP session that ends with the token should begin with one that has long to go. */
  Freshness freshness(Scope protocol) {
    return switch (protocol) {
      case IMAP -> quirks.doSessionsEndWithToken() ? Freshness.LONG_SESSION : Freshness.USUAL;
      case SUBMISSION, POP3 -> Freshness.USUAL;
    };
  }

  /** A copy of the token for one login, which closes it. */
  UpstreamCredentials credentials(AccessToken token, UpstreamTarget target) {
    return new UpstreamCredentials.Bearer(
        mailbox,
        token.value().copy(),
        target.endpoint().host(),
        target.endpoint().port(),
        quirks.isXoauth2First());
  }
}
