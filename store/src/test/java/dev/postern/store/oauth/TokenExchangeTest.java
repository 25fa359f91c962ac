package dev.postern.store.oauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.SignedJWT;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.ScriptedIdToken;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import dev.postern.store.testing.TestClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said to providers, and what becomes of what they say. */
class TokenExchangeTest {
  private final ScriptedProvider provider = new ScriptedProvider();
  private final TestClock clock = TestClock.standing();
  private final ProviderHttp http = new ProviderHttp(Duration.ofSeconds(2));
  private final TokenExchange exchange = new TokenExchange(http, clock);
  private final OAuthClient client = OAuthClients.site(provider.tokenEndpoint());

  @AfterEach
  void stop() {
    http.close();
    provider.close();
  }

  private TokenTrouble trouble(OAuthClient asking) {
    try {
      Minted minted = exchange.forClient(asking);
      throw new AssertionError("it gave a token of " + minted.life());
    } catch (TokenTroubleException e) {
      assertThat(e).hasMessageContaining(e.trouble().detail());
      return e.trouble();
    }
  }

  private TokenTrouble trouble(Answer answer) {
    provider.script(_ -> answer);
    return trouble(client);
  }

  @Test
  void asksForAllMailboxesWithASecret() throws TokenTroubleException {
    Minted minted = exchange.forClient(client);
    assertThat(minted.accessToken().<String>expose(String::new)).isEqualTo("at-1");
    assertThat(minted.life()).isEqualTo(Duration.ofHours(1));
    assertThat(provider.requests().getFirst())
        .containsEntry("grant_type", "client_credentials")
        .containsEntry("client_id", "postern")
        .containsEntry("client_secret", "the-client-secret")
        .containsEntry("scope", "mail offline_access");
  }

  @Test
  void signsForAMailboxInTheNameOfAServiceAccount() throws Exception {
    RSAKey key = new RSAKeyGenerator(2048).generate();
    OAuthFlow.ServiceAccount signer =
        new OAuthFlow.ServiceAccount(
            "postern@project.iam.gserviceaccount.com", key.toPrivateKey(), Optional.of("k1"));
    Minted _ =
        exchange.forMailbox(
            OAuthClients.of(signer, OAuthClients.known(provider.tokenEndpoint())),
            signer,
            "alice@example.com");
    Map<String, String> form = provider.requests().getFirst();
    assertThat(form)
        .containsEntry("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
        .doesNotContainKey("client_secret");
    SignedJWT assertion = SignedJWT.parse(form.get("assertion"));
    assertThat(assertion.getHeader().getKeyID()).isEqualTo("k1");
    assertThat(assertion.getHeader().getAlgorithm().getName()).isEqualTo("RS256");
    assertThat(assertion.getJWTClaimsSet().getIssuer())
        .isEqualTo("postern@project.iam.gserviceaccount.com");
    assertThat(assertion.getJWTClaimsSet().getSubject()).isEqualTo("alice@example.com");
    assertThat(assertion.getJWTClaimsSet().getAudience())
        .containsExactly(provider.tokenEndpoint().toString());
    assertThat(assertion.getJWTClaimsSet().getClaim("scope")).isEqualTo("mail offline_access");
    assertThat(
            Duration.between(
                assertion.getJWTClaimsSet().getIssueTime().toInstant(),
                assertion.getJWTClaimsSet().getExpirationTime().toInstant()))
        .isLessThan(Duration.ofHours(1));
  }

  @Test
  void mailboxIsThatOfTheIdToken() throws TokenTroubleException {
    String idToken =
        ScriptedIdToken.of(clock.instant(), "{\"preferred_username\":\"alice@example.com\"}");
    provider.script(_ ->
        Answer.json(
            200,
            "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"at\","
                + "\"refresh_token\":\"rt\",\"id_token\":\""
                + idToken
                + "\"}"));
    Minted minted = refreshed();
    assertThat(minted.subject()).contains("alice@example.com");
    assertThat(minted.refreshToken().orElseThrow().<String>expose(String::new)).isEqualTo("rt");
  }

  private Minted refreshed() throws TokenTroubleException {
    try (Secret old = Secret.ofText("old");
        Refreshing refreshing = exchange.refreshing(client, old, Duration.ofSeconds(2))) {
      return switch (refreshing.within(Duration.ofSeconds(2))) {
        case Refreshed.Whole(Minted minted) -> minted;
        case Refreshed.InPart part -> throw new TokenTroubleException(part.trouble());
      };
    }
  }

  @ParameterizedTest
  @CsvSource({
    "invalid_grant,AADSTS700082: The refresh token has expired,CONSENT_ENDED,invalid_grant AADSTS700082",
    "invalid_grant,Token has been expired or revoked.,CONSENT_ENDED,invalid_grant",
    "interaction_required,AADSTS50076: multi-factor,CONSENT_ENDED,interaction_required AADSTS50076",
    "invalid_client,AADSTS7000222: keys are expired,CLIENT_REFUSED,invalid_client AADSTS7000222",
    "unauthorized_client,AADSTS700016: not found in tenant,CLIENT_REFUSED,unauthorized_client AADSTS700016",
    "invalid_request,AADSTS90002: Tenant not found,CLIENT_REFUSED,invalid_request AADSTS90002",
    "temporarily_unavailable,AADSTS90033: transient,PROVIDER_BUSY,temporarily_unavailable AADSTS90033",
    "unauthorized_client,not for this user,GRANT_REFUSED,unauthorized_client",
    "invalid_scope,words,GRANT_REFUSED,invalid_scope",
    "Do <b>this</b>,words,GRANT_REFUSED,no_error_code"
  })
  void errorsAreSortedByTheirCodes(String code, String words, Kind kind, String detail) {
    TokenTrouble trouble = trouble(Answer.error(code, words));
    assertThat(trouble.kind()).isEqualTo(kind);
    assertThat(trouble.detail()).isEqualTo(detail);
  }

  @Test
  void pageOfACaptivePortalIsNoAnswer() {
    TokenTrouble trouble =
        trouble(
            new Answer(200, "text/html; charset=utf-8", "<html>Please log in</html>", Map.of()));
    assertThat(trouble.kind()).isEqualTo(Kind.NOT_AN_ANSWER);
    assertThat(trouble.detail()).contains("127.0.0.1", "200", "no JSON").doesNotContain("Please");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "{\"access_token\":5}",
        "{\"token_type\":\"Bearer\"}",
        "{\"token_type\":\"Bearer\",\"access_token\":\"a b\"}",
        "{\"token_type\":\"Bearer\",\"access_token\":\"a\\r\\nb\"}",
        "{\"token_type\":\"mac\",\"access_token\":\"secret-of-another-kind\"}",
        "{\"access_token\":\"secret-without-its-type\"}"
      })
  void malformedAnswersAreNone(String body) {
    TokenTrouble trouble = trouble(Answer.json(200, body));
    assertThat(trouble.kind()).isEqualTo(Kind.NOT_AN_ANSWER);
    assertThat(trouble.detail()).doesNotContain("secret");
  }

  @Test
  void deeplyNestedAnswersAreNone() {
    assertThat(trouble(Answer.json(200, "[".repeat(50_000))).kind()).isEqualTo(Kind.NOT_AN_ANSWER);
  }

  @Test
  void tokensOfSixteenKibibytesAreTaken() throws TokenTroubleException {
    String token = "t".repeat(AccessToken.LONGEST);
    provider.script(_ -> Answer.tokens(token, ""));
    assertThat(exchange.forClient(client).accessToken().length()).isEqualTo(16 * 1024);
  }

  @Test
  void longerTokensThanMailServersTakeAreSaidToBe() {
    TokenTrouble trouble = trouble(Answer.tokens("t".repeat(AccessToken.LONGEST + 1), ""));
    assertThat(trouble.kind()).isEqualTo(Kind.TOKEN_TOO_LONG);
    assertThat(trouble.detail()).contains("access", "16385", "16384").doesNotContain("tt");
    TokenTrouble ofRefresh = trouble(Answer.tokens("t", "r".repeat(32 * 1024 + 1)));
    assertThat(ofRefresh.kind()).isEqualTo(Kind.TOKEN_TOO_LONG);
    assertThat(ofRefresh.detail()).contains("refresh").doesNotContain("rr");
  }

  @Test
  void answersWithoutEndAreCutOff() {
    assertThat(trouble(Answer.tokens("t".repeat(ProviderHttp.LONGEST_ANSWER), "")).kind())
        .isEqualTo(Kind.NOT_AN_ANSWER);
  }

  @Test
  void secretsDoNotFollowARedirection() {
    TokenTrouble trouble =
        trouble(
            new Answer(
                307,
                "application/json",
                "{}",
                Map.of("Location", provider.at("/elsewhere").toString())));
    assertThat(trouble.kind()).isEqualTo(Kind.REDIRECTED);
    assertThat(provider.requests()).hasSize(1);
  }

  @Test
  void busyProviderSaysWhenToComeBack() {
    TokenTrouble trouble = trouble(new Answer(503, "text/html", "x", Map.of("Retry-After", "7")));
    assertThat(trouble.kind()).isEqualTo(Kind.PROVIDER_BUSY);
    assertThat(trouble.retryAfter()).contains(Duration.ofSeconds(7));
    assertThat(
            trouble(new Answer(429, "text/html", "x", Map.of("Retry-After", "999999")))
                .retryAfter())
        .contains(Duration.ofMinutes(5));
    assertThat(
            trouble(new Answer(429, "text/html", "x", Map.of("Retry-After", "soon"))).retryAfter())
        .isEmpty();
  }

  /** RFC 6585 §6: it is never the provider who says so. */
  @Test
  void aNetworkThatWantsALoginIsNoBusyProvider() {
    TokenTrouble trouble = trouble(new Answer(511, "text/html", "x", Map.of("Retry-After", "7")));
    assertThat(trouble.kind()).isEqualTo(Kind.NOT_AN_ANSWER);
    assertThat(trouble.detail()).contains("127.0.0.1", "511", "login");
    assertThat(trouble.retryAfter()).isEmpty();
  }

  @Test
  void silentProviderIsGivenUpOn() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      TokenTrouble trouble = trouble(OAuthClients.site(at("http", silent.getLocalPort())));
      assertThat(trouble.kind()).isEqualTo(Kind.TIMEOUT);
    }
  }

  @Test
  @Timeout(20)
  void providerThatStallsInTheMiddleIsGivenUpOn() throws IOException {
    try (ServerSocket stalling = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(() -> {
            try (Socket socket = stalling.accept()) {
              socket
                  .getOutputStream()
                  .write(
                      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
                          .getBytes(StandardCharsets.US_ASCII));
              int _ = socket.getInputStream().readAllBytes().length;
            } catch (IOException _) {
              // The client has gone.
            }
          });
      TokenTrouble trouble = trouble(OAuthClients.site(at("http", stalling.getLocalPort())));
      assertThat(trouble.kind()).isEqualTo(Kind.TIMEOUT);
    }
  }

  @Test
  void providerThatIsNotThereIsNamed() throws IOException {
    int port;
    try (ServerSocket gone = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      port = gone.getLocalPort();
    }
    TokenTrouble trouble = trouble(OAuthClients.site(at("http", port)));
    assertThat(trouble.kind()).isEqualTo(Kind.CONNECT);
    assertThat(trouble.detail()).contains("127.0.0.1");
    assertThat(
            trouble(OAuthClients.site(URI.create("https://no-such-host.invalid/token"))).detail())
        .contains("no-such-host.invalid");
  }

  private static URI at(String scheme, int port) {
    return URI.create(scheme + "://127.0.0.1:" + port + "/token");
  }

  @Test
  void clockThatIsWrongIsSaidWhereItMatters() throws Exception {
    RSAKey key = new RSAKeyGenerator(2048).generate();
    OAuthFlow.ServiceAccount signer =
        new OAuthFlow.ServiceAccount("a@b", key.toPrivateKey(), Optional.empty());
    provider.script(_ -> Answer.error("invalid_grant", "Invalid JWT"));
    assertThatExceptionOfType(TokenTroubleException.class)
        .isThrownBy(() ->
            exchange.forMailbox(
                OAuthClients.of(signer, OAuthClients.known(provider.tokenEndpoint())),
                signer,
                "alice@example.com"))
        .withMessageContaining("s behind the provider's");
    assertThat(trouble(client).detail()).isEqualTo("invalid_grant");
  }

  @Test
  void placesComeFromTheDiscoveryDocument() throws TokenTroubleException {
    URI issuer = provider.at("/realm");
    OAuthClient discovering =
        OAuthClients.of(new OAuthFlow.ClientCredentials(), new Provider.Discovered(issuer));
    provider.script(form ->
        "/realm/.well-known/openid-configuration".equals(form.get("path"))
            ? document(issuer.toString(), provider.tokenEndpoint().toString())
            : Answer.tokens("at", ""));
    assertThat(exchange.forClient(discovering).accessToken().length()).isEqualTo(2);
    assertThat(exchange.forClient(discovering).accessToken().length()).isEqualTo(2);
    assertThat(provider.requests())
        .extracting(form -> form.get("path"))
        .containsExactly("/realm/.well-known/openid-configuration", "/token", "/token");
  }

  private static Answer document(String issuer, String token) {
    return Answer.json(
        200,
        "{\"issuer\":\"%s\",\"token_endpoint\":\"%s\",\"jwks_uri\":\"%s\"}"
            .formatted(issuer, token, issuer + "/jwks"));
  }

  @Test
  void anOldDocumentServesForADayWhereTheNextCannotBeHad() throws TokenTroubleException {
    URI issuer = provider.at("/realm");
    OAuthClient discovering =
        OAuthClients.of(new OAuthFlow.ClientCredentials(), new Provider.Discovered(issuer));
    AtomicBoolean isThere = new AtomicBoolean(true);
    provider.script(form ->
        "/token".equals(form.get("path"))
            ? Answer.tokens("at", "")
            : isThere.get()
                ? document(issuer.toString(), provider.tokenEndpoint().toString())
                : Answer.json(404, "{\"error\":\"gone\"}"));
    exchange.forClient(discovering).accessToken().close();
    isThere.set(false);
    clock.advance(Duration.ofHours(1));
    try (LogLines log = new LogLines()) {
      for (int i = 0; i < 5; i++) {
        exchange.forClient(discovering).accessToken().close();
      }
      assertThat(log.lines())
          .filteredOn(line -> line.contains("discovery document cannot be had"))
          .as("told once a minute")
          .hasSize(1);
    }
    assertThat(provider.requests())
        .filteredOn(form -> !"/token".equals(form.get("path")))
        .as("asked again once")
        .hasSize(2);
    clock.advance(Duration.ofHours(23));
    exchange.forClient(discovering).accessToken().close();
    clock.advance(Duration.ofMinutes(2));
    assertThat(trouble(discovering).kind()).isNotNull();
    isThere.set(true);
    exchange.forClient(discovering).accessToken().close();
  }

  @Test
  void discoveryDocumentOfAnotherIssuerOrWithoutTlsIsNotFollowed() {
    URI issuer = provider.at("/realm");
    OAuthClient discovering =
        OAuthClients.of(new OAuthFlow.ClientCredentials(), new Provider.Discovered(issuer));
    for (Answer answer :
        List.of(
            document("https://other.example", provider.tokenEndpoint().toString()),
            document(issuer.toString(), "http://192.0.2.1/token"),
            Answer.json(200, "{}"))) {
      provider.script(_ -> answer);
      assertThat(trouble(discovering).kind()).isEqualTo(Kind.NOT_AN_ANSWER);
    }
    assertThat(provider.requests())
        .allSatisfy(form -> assertThat(form).doesNotContainKey("client_secret"));
  }

  @ParameterizedTest
  @CsvSource({
    "https://id.example, https://token.example/token, true",
    "https://id.example, http://127.0.0.1:9200/token, false",
    "HTTPS://id.example, http://localhost/token, false",
    "http://127.0.0.1:8080, http://127.0.0.1:8080/token, true",
    "http://127.0.0.1:8080, https://token.example/token, true",
    "http://127.0.0.1:8080, http://192.0.2.1/token, false",
  })
  void aProviderElsewhereNamesNoServiceOfThisMachine(URI issuer, URI place, boolean isFit) {
    assertThat(Discovery.isFit(issuer, place)).isEqualTo(isFit);
  }
}
