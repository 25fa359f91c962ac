package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.oauth.AuthorizationCodes;
import dev.postern.store.oauth.Consents;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.ProviderCheck;
import dev.postern.store.oauth.TokenTrouble;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.testing.OAuthClients;
import java.net.URI;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What to do depends on how a token comes to be. */
final class OAuthAdviceTest {
  private static final URI TOKEN = URI.create("https://id.example/token");

  private static String remedy(OAuthClient client, Kind kind, String detail) {
    return OAuthAdvice.remedy(client, new TokenTrouble(kind, detail), Instant.EPOCH);
  }

  @ParameterizedTest
  @CsvSource({
    "GRANT_REFUSED, unauthorized_client",
    "CLIENT_REFUSED, invalid_client",
    "CONSENT_ENDED, invalid_grant",
    "CONSENT_ENDED, unauthorized_client"
  })
  void serviceAccountHasNeitherASecretNorAPersonWhoConsents(Kind kind, String code)
      throws NoSuchAlgorithmException {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
    keys.initialize(2048);
    OAuthClient client =
        OAuthClients.of(
            new OAuthFlow.ServiceAccount(
                "gate@example.iam", keys.generateKeyPair().getPrivate(), Optional.empty()),
            OAuthClients.known(TOKEN));

    assertThat(remedy(client, kind, code))
        .contains("domain-wide delegation", "login.service-account", "mail offline_access")
        .doesNotContain("secret", "login.client-id", "oauth connect");
  }

  @Test
  void clientCredentialsKnowNoConsentOfUsers() {
    assertThat(remedy(OAuthClients.site(TOKEN), Kind.CONSENT_ENDED, "invalid_grant"))
        .isEqualTo("grant the permissions to the registration, with an administrator's consent");
  }

  @Test
  void faultOfOursIsToBeReported() {
    assertThat(
            remedy(OAuthClients.site(TOKEN), Kind.STORE, ProviderCheck.FAULT + ": SomeException"))
        .isEqualTo("please report it");
  }

  @Test
  void consentIsHadFromTheUser() {
    assertThat(remedy(OAuthClients.consent(TOKEN), Kind.CONSENT_ENDED, "invalid_grant"))
        .isEqualTo("postern oauth connect USER");
  }

  @Test
  void endpointThatIsNotKnownIsNamed() {
    OAuthClient client = OAuthClients.consent(TOKEN);
    assertThat(remedy(client, Kind.CLIENT_REFUSED, Consents.NO_CODES))
        .contains("login.device-endpoint");
    assertThat(remedy(client, Kind.CLIENT_REFUSED, AuthorizationCodes.NO_PAGE))
        .contains("login.authorization-endpoint");
  }
}
