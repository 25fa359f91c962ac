package dev.postern.store.oauth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.oauth2.sdk.AccessTokenResponse;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.ClientCredentialsGrant;
import com.nimbusds.oauth2.sdk.JWTBearerGrant;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.assertions.jwt.JWTAssertionDetails;
import com.nimbusds.oauth2.sdk.assertions.jwt.JWTAssertionFactory;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.JWTID;
import com.nimbusds.oauth2.sdk.id.Subject;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Asks a provider for tokens, RFC 6749 §4.4 and §6, RFC 7523. Methods block for up to the time that
 * an exchange may take. Safe for use by several threads.
 */
final class TokenExchange {
  /** Of what we sign; the other clock may be ahead or behind by as much less a minute. */
  private static final Duration ASSERTION_LIFE = Duration.ofMinutes(5);

  /** So that a provider whose clock is behind takes it. */
  private static final Duration ASSERTION_LEAD = Duration.ofMinutes(1);

  /** Where a provider does not say; RFC 6749 §5.1 only recommends it. */
  private static final Duration LIFE_UNSAID = Duration.ofMinutes(5);

  private static final Duration LONGEST_LIFE = Duration.ofHours(24);

  /** What a sealed cell of the database and our memory can bear. */
  static final int LONGEST_REFRESH_TOKEN = 32 * 1024;

  private final ProviderHttp http;
  private final Discovery discovery;
  private final Clock clock;
  private final IdTokens idTokens;

  TokenExchange(ProviderHttp http, Clock clock) {
    this.http = http;
    this.discovery = new Discovery(http, clock);
    this.clock = clock;
    this.idTokens = new IdTokens(clock);
  }

  /**
   * Asks for a token by the consent that a refresh token stands for.
   *
   * @param longest until the answer begins
   */
  Refreshing refreshing(OAuthClient client, Secret refreshToken, Duration longest)
      throws TokenTroubleException {
    TokenRequest request =
        request(
            client,
            new RefreshTokenGrant(new RefreshToken(refreshToken.expose(TokenExchange::text))));
    return new Refreshing(
        http.begin(client, request.toHTTPRequest(), longest),
        answer -> parsed(client, answer, signs(client)));
  }

  private static boolean signs(OAuthClient client) {
    return client.credential() instanceof ClientCredential.Certificate;
  }

  /** A token for all mailboxes. */
  Minted forClient(OAuthClient client) throws TokenTroubleException {
    return minted(client, new ClientCredentialsGrant());
  }

  /** A token for one mailbox, in whose name a service account signs. */
  Minted forMailbox(OAuthClient client, OAuthFlow.ServiceAccount signer, String mailbox)
      throws TokenTroubleException {
    return parsed(client, signed(client, signer, mailbox), true);
  }

  private HTTPResponse signed(OAuthClient client, OAuthFlow.ServiceAccount signer, String mailbox)
      throws TokenTroubleException {
    URI endpoint = discovery.of(client).token();
    Instant now = clock.instant();
    JWTAssertionDetails details =
        new JWTAssertionDetails(
            new Issuer(signer.account()),
            new Subject(mailbox),
            new Audience(endpoint).toSingleAudienceList(),
            Date.from(now.plus(ASSERTION_LIFE)),
            null,
            Date.from(now.minus(ASSERTION_LEAD)),
            new JWTID(),
            Map.of("scope", String.join(" ", client.scopes())));
    try {
      return http.send(
          client,
          new TokenRequest.Builder(
                  endpoint,
                  new JWTBearerGrant(
                      JWTAssertionFactory.create(
                          details,
                          algorithm(signer.key()),
                          signer.key(),
                          signer.keyId().orElse(null),
                          null,
                          null,
                          null)))
              .build()
              .toHTTPRequest());
    } catch (JOSEException _) {
      throw unusable("the key of the service account cannot sign");
    }
  }

  /** Trades a grant for tokens. */
  Minted minted(OAuthClient client, AuthorizationGrant grant) throws TokenTroubleException {
    return parsed(client, sent(client, grant), signs(client));
  }

  /** Trades what a person gave us for tokens. */
  GivenConsent given(OAuthClient client, AuthorizationGrant grant) throws TokenTroubleException {
    HTTPResponse answer = sent(client, grant);
    Minted minted =
        parsed(client, answer, client.credential() instanceof ClientCredential.Certificate);
    AccessTokenResponse response = response(answer).toSuccessResponse();
    return new GivenConsent(
        minted, idTokens.whose(client, response), GrantedScopes.missing(client, response));
  }

  private HTTPResponse sent(OAuthClient client, AuthorizationGrant grant)
      throws TokenTroubleException {
    return http.send(client, request(client, grant).toHTTPRequest());
  }

  private TokenRequest request(OAuthClient client, AuthorizationGrant grant)
      throws TokenTroubleException {
    URI endpoint = discovery.of(client).token();
    Scope scope = new Scope(client.scopes().toArray(String[]::new));
    Optional<ClientAuthentication> authentication = authentication(client);
    return authentication.isPresent()
        ? new TokenRequest(endpoint, authentication.get(), grant, scope)
        : new TokenRequest(endpoint, new ClientID(client.clientId()), grant, scope);
  }

  /** What the provider has against a refresh token that is none; empty if it takes it. */
  Optional<ProviderError> errorToNone(OAuthClient client) throws TokenTroubleException {
    return error(sent(client, new RefreshTokenGrant(new RefreshToken("none"))));
  }

  /** What it has against a service account that asks in its own name; empty if nothing. */
  Optional<ProviderError> errorToOwnName(OAuthClient client, OAuthFlow.ServiceAccount signer)
      throws TokenTroubleException {
    return error(signed(client, signer, signer.account()));
  }

  private static Optional<ProviderError> error(HTTPResponse answer) throws TokenTroubleException {
    TokenResponse response = response(answer);
    return response.indicatesSuccess()
        ? Optional.empty()
        : Optional.of(ProviderError.of(response.toErrorResponse().getErrorObject()));
  }

  /** Only these are asked for from now on. */
  void follow(Collection<OAuthClient> clients) {
    http.follow(clients);
    discovery.follow(clients);
  }

  /** Whether {@link #places} would ask nobody. */
  boolean knowsPlaces(OAuthClient client) {
    return discovery.knows(client);
  }

  Provider.Known places(OAuthClient client) throws TokenTroubleException {
    return discovery.of(client);
  }

  /** How we show who we are, RFC 6749 §3.2.1; empty if our registration has nothing to show. */
  Optional<ClientAuthentication> authentication(OAuthClient client) throws TokenTroubleException {
    URI endpoint = discovery.of(client).token();
    ClientID id = new ClientID(client.clientId());
    return switch (client.credential()) {
      case ClientCredential.None() -> Optional.empty();
      case ClientCredential.SharedSecret(Secret secret, var _) ->
          Optional.of(
              new ClientSecretPost(
                  id, new com.nimbusds.oauth2.sdk.auth.Secret(secret.expose(TokenExchange::text))));
      case ClientCredential.Certificate(PrivateKey key, X509Certificate certificate) ->
          Optional.of(assertion(id, endpoint, key, certificate));
    };
  }

  /** Microsoft finds the certificate by its thumbprint. */
  private static ClientAuthentication assertion(
      ClientID id, URI endpoint, PrivateKey key, X509Certificate certificate)
      throws TokenTroubleException {
    try {
      byte[] thumbprint = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return new PrivateKeyJWT(
          id, endpoint, algorithm(key), key, null, null, Base64URL.encode(thumbprint), null);
    } catch (JOSEException | CertificateEncodingException | NoSuchAlgorithmException _) {
      throw unusable("the key of the client certificate cannot sign");
    }
  }

  private static JWSAlgorithm algorithm(PrivateKey key) {
    return key instanceof ECPrivateKey ? JWSAlgorithm.ES256 : JWSAlgorithm.RS256;
  }

  private static TokenTroubleException unusable(String detail) {
    return new TokenTroubleException(new TokenTrouble(Kind.CLIENT_REFUSED, detail));
  }

  private static TokenResponse response(HTTPResponse answer) throws TokenTroubleException {
    try {
      return OIDCTokenResponseParser.parse(answer);
    } catch (ParseException | RuntimeException _) {
      // The message may quote the answer, and with it a token.
      throw new TokenTroubleException(
          new TokenTrouble(Kind.NOT_AN_ANSWER, "the answer is no token and no error of RFC 6749"));
    }
  }

  /**
   * @param isSigned whether we signed something that has a time in it
   */
  private Minted parsed(OAuthClient client, HTTPResponse answer, boolean isSigned)
      throws TokenTroubleException {
    TokenResponse response = response(answer);
    if (!response.indicatesSuccess()) {
      ProviderError error = ProviderError.of(response.toErrorResponse().getErrorObject());
      throw new TokenTroubleException(
          new TokenTrouble(
              error.kind(), error.text() + (isSigned ? ClockDifference.words(answer, clock) : "")));
    }
    return minted(client, response.toSuccessResponse());
  }

  private Minted minted(OAuthClient client, AccessTokenResponse response)
      throws TokenTroubleException {
    String token = response.getTokens().getAccessToken().getValue();
    RefreshToken refreshToken = response.getTokens().getRefreshToken();
    if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new TokenTroubleException(
          new TokenTrouble(Kind.NOT_AN_ANSWER, "the token is no text of RFC 6750"));
    }
    requireBearable("access", token, AccessToken.LONGEST);
    if (refreshToken != null) {
      requireBearable("refresh", refreshToken.getValue(), LONGEST_REFRESH_TOKEN);
    }
    long seconds = response.getTokens().getAccessToken().getLifetime();
    Duration life =
        seconds <= 0
            ? LIFE_UNSAID
            : Duration.ofSeconds(Math.min(seconds, LONGEST_LIFE.toSeconds()));
    return new Minted(
        Secret.ofText(token),
        life,
        Optional.ofNullable(refreshToken).map(RefreshToken::getValue).map(Secret::ofText),
        idTokens.whose(client, response).subject(),
        client.registration());
  }

  private static void requireBearable(String which, String token, int longest)
      throws TokenTroubleException {
    if (token.length() > longest) {
      throw new TokenTroubleException(
          new TokenTrouble(
              Kind.TOKEN_TOO_LONG,
              "the %s token has %d octets, and at most %d are taken"
                  .formatted(which, token.length(), longest)));
    }
  }

  /** The library wants text; nothing longer-lived holds it. */
  private static String text(byte[] secret) {
    return new String(secret, StandardCharsets.UTF_8).strip();
  }

  /** Scopes as a provider lists them, for those who ask a person. */
  static Scope scope(List<String> words) {
    return new Scope(words.toArray(String[]::new));
  }
}
