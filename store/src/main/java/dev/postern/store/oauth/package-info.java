/**
 * Access tokens for upstreams, OAuth 2.0 (RFC 6749): {@link dev.postern.store.oauth.AccessTokens}
 * is the door for those who log in; {@link dev.postern.store.oauth.OAuthAccounts} for those who
 * administer consent; {@link dev.postern.store.oauth.TokenExchange} speaks to providers. Refresh
 * tokens are sealed in the database, access tokens stay in memory.
 */
@NullMarked
package dev.postern.store.oauth;

import org.jspecify.annotations.NullMarked;
