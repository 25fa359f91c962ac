package dev.postern.store.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.ProviderCheck.Finding;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import java.net.URI;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProviderCheckTest {
  private final ScriptedProvider provider = new ScriptedProvider();
  private final ProviderCheck check = new ProviderCheck(Clock.systemUTC());

  @AfterEach
  void close() {
    check.close();
    provider.close();
  }

  private Finding ask(OAuthClient client) {
    return check.ask(client, Optional.empty());
  }

  private static String trouble(Finding finding) {
    return finding instanceof Finding.Bad(TokenTrouble trouble)
        ? trouble.kind().word() + ": " + trouble.detail()
        : finding.toString();
  }

  @Test
  void siteHasATokenForTheAsking() {
    assertThat(ask(OAuthClients.site(provider.tokenEndpoint()))).isEqualTo(new Finding.Token());
    assertThat(provider.requests()).hasSize(1);
    assertThat(provider.requests().getFirst()).containsEntry("grant_type", "client_credentials");
  }

  @Test
  void wrongSecretIsFound() {
    provider.script(_ -> Answer.error("invalid_client", "AADSTS7000215: Invalid client secret"));
    assertThat(trouble(ask(OAuthClients.site(provider.tokenEndpoint()))))
        .isEqualTo("client-refused: invalid_client AADSTS7000215");
  }

  @Test
  void endpointThatIsNotThereIsFound() {
    provider.close();
    assertThat(trouble(ask(OAuthClients.consent(provider.tokenEndpoint()))))
        .startsWith("connect: ");
  }

  /** The endpoint is right if it speaks OAuth at all: nobody has given a token to show. */
  @ParameterizedTest
  @ValueSource(
      strings = {"invalid_grant", "invalid_request", "unsupported_grant_type", "login_required"})
  void consentIsGoodWhenTheProviderKnowsErrorsOfOAuth(String code) {
    provider.script(_ -> Answer.error(code, "AADSTS9002313: malformed"));
    assertThat(ask(OAuthClients.consent(provider.tokenEndpoint())))
        .isEqualTo(new Finding.Answers());
  }

  @ParameterizedTest
  @CsvSource({
    "invalid_client, AADSTS7000222, client-refused: invalid_client AADSTS7000222",
    "unauthorized_client, AADSTS700016, client-refused: unauthorized_client AADSTS700016",
    "invalid_request, AADSTS90002, client-refused: invalid_request AADSTS90002",
    "invalid_scope, AADSTS70011, grant-refused: invalid_scope AADSTS70011",
    "temporarily_unavailable, -, provider-busy: temporarily_unavailable"
  })
  void consentIsBadWhereTheRegistrationIsRefused(String code, String number, String trouble) {
    provider.script(_ -> Answer.error(code, number + ": no"));
    assertThat(trouble(ask(OAuthClients.consent(provider.tokenEndpoint())))).isEqualTo(trouble);
  }

  /** A message may quote what we sent; the name of its kind does not. */
  @Test
  void faultOfOursIsAFindingWithoutItsMessage() {
    Secret gone = Secret.ofText("s3cr3t");
    gone.close();
    OAuthClient site = OAuthClients.site(provider.tokenEndpoint());
    OAuthClient faulty =
        new OAuthClient(
            site.upstream(),
            site.clientId(),
            new ClientCredential.SharedSecret(gone, Optional.empty()),
            site.flow(),
            site.provider(),
            site.scopes(),
            site.consentParameters(),
            site.trust());
    assertThat(trouble(ask(faulty))).isEqualTo("store: a fault of ours: IllegalStateException");
  }

  @Test
  void pageOfAProxyIsNoProvider() {
    provider.script(_ -> new Answer(200, "text/html", "<h1>welcome</h1>", Map.of()));
    assertThat(trouble(ask(OAuthClients.consent(provider.tokenEndpoint()))))
        .startsWith("not-an-answer: ");
  }

  @Test
  void serviceAccountHasATokenForAMailboxAloneButItsEndpointAnswers() throws Exception {
    OAuthClient client = serviceAccount(provider.tokenEndpoint());
    assertThat(check.ask(client, Optional.of("alice@example.com"))).isEqualTo(new Finding.Token());
    provider.script(_ -> Answer.error("unauthorized_client", "not for you"));
    assertThat(ask(client)).isEqualTo(new Finding.Answers());
    assertThat(trouble(check.ask(client, Optional.of("alice@example.com"))))
        .isEqualTo("grant-refused: unauthorized_client");
    assertThat(provider.requests())
        .allSatisfy(form ->
            assertThat(form)
                .containsEntry("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"));
  }

  private static OAuthClient serviceAccount(URI token) throws NoSuchAlgorithmException {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
    keys.initialize(2048);
    return OAuthClients.of(
        new OAuthFlow.ServiceAccount(
            "gate@example.iam", keys.generateKeyPair().getPrivate(), Optional.of("k1")),
        OAuthClients.known(token));
  }
}
