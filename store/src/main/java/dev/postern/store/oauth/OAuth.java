package dev.postern.store.oauth;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Clock;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Everything that gets tokens from providers or signs them itself, put together. Closing it ends
 * what is under way.
 */
public final class OAuth implements AutoCloseable {
  /** For one exchange with a provider; shorter than a lease. */
  private static final Duration EXCHANGE = Duration.ofSeconds(10);

  private final ProviderHttp http;
  private final Renewals renewals;
  private final SignedTokens signedTokens;
  private final AccessTokens tokens;
  private final Consents consents;
  private final AuthorizationCodes codes;

  public OAuth(TokenLeases leases, Clock clock, Ticker ticker, RandomGenerator random) {
    this.http = new ProviderHttp(EXCHANGE);
    TokenExchange exchange = new TokenExchange(http, clock);
    this.renewals = new Renewals(leases, exchange, Renewals.Times.USUAL, ticker, random);
    this.signedTokens = new SignedTokens(clock, random);
    this.tokens = new AccessTokens(renewals, signedTokens, ticker);
    this.consents = new Consents(exchange, http);
    this.codes = new AuthorizationCodes(exchange);
  }

  public AccessTokens tokens() {
    return tokens;
  }

  public Consents consents() {
    return consents;
  }

  public AuthorizationCodes codes() {
    return codes;
  }

  /** From now on that one learns of each request for a token, and nobody else. */
  public void tell(RenewalEvents listener) {
    renewals.tell(listener);
  }

  @Override
  public void close() {
    renewals.close();
    signedTokens.close();
    http.close();
  }
}
