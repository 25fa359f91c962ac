package dev.postern.store.oauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.nimbusds.jwt.SignedJWT;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.TestClock;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import no.nav.security.mock.oauth2.OAuth2Config;
import no.nav.security.mock.oauth2.http.MockWebServerWrapper;
import no.nav.security.mock.oauth2.http.Ssl;
import no.nav.security.mock.oauth2.token.OAuth2TokenProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against an OAuth 2.0 server that somebody else wrote. */
class MockProviderTest {
  private final MockOAuth2Server server = new MockOAuth2Server();
  private final ProviderHttp http = new ProviderHttp(Duration.ofSeconds(10));
  private final TokenExchange exchange = new TokenExchange(http, TestClock.standing());

  @BeforeEach
  void start() {
    server.start();
  }

  @AfterEach
  void stop() {
    http.close();
    server.shutdown();
  }

  @Test
  void discoversAndAsksForAllMailboxes() throws Exception {
    URI issuer = server.issuerUrl("realm").uri();
    OAuthClient client =
        OAuthClients.of(new OAuthFlow.ClientCredentials(), new Provider.Discovered(issuer));
    Minted minted = exchange.forClient(client);
    SignedJWT token = SignedJWT.parse(minted.accessToken().expose(String::new));
    assertThat(token.getJWTClaimsSet().getIssuer()).isEqualTo(issuer.toString());
    assertThat(token.getJWTClaimsSet().getSubject()).isEqualTo("postern");
    assertThat(minted.refreshToken()).isEmpty();
    assertThat(minted.life()).isPositive();
  }

  @Test
  void certificateOfNobodyIsNotBelieved() {
    MockOAuth2Server secured =
        new MockOAuth2Server(
            new OAuth2Config(
                true,
                null,
                null,
                false,
                new OAuth2TokenProvider(),
                Set.of(),
                new MockWebServerWrapper(new Ssl())));
    secured.start();
    try {
      OAuthClient client = OAuthClients.site(secured.tokenEndpointUrl("realm").uri());
      assertThatExceptionOfType(TokenTroubleException.class)
          .isThrownBy(() -> exchange.forClient(client))
          .satisfies(e -> assertThat(e.trouble().kind()).isEqualTo(Kind.TLS))
          .withMessageContaining("TLS handshake with localhost failed");
    } finally {
      secured.shutdown();
    }
  }
}
