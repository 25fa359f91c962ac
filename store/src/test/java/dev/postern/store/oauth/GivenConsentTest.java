package dev.postern.store.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import dev.postern.store.oauth.GivenConsent.Whose;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.ScriptedIdToken;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import dev.postern.store.testing.TestClock;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an answer says of whose the consent is, and of how much of it was given. */
class GivenConsentTest {
  private final ScriptedProvider provider = new ScriptedProvider();
  private final TestClock clock = TestClock.standing();
  private final ProviderHttp http = new ProviderHttp(Duration.ofSeconds(2));
  private final TokenExchange exchange = new TokenExchange(http, clock);

  @AfterEach
  void stop() {
    http.close();
    provider.close();
  }

  private OAuthClient client(String scopes) {
    return client(OAuthClients.known(provider.tokenEndpoint()), scopes);
  }

  private static OAuthClient client(Provider at, String scopes) {
    return new OAuthClient(
        OAuthClients.UPSTREAM,
        "postern",
        new ClientCredential.None(),
        new OAuthFlow.Consent(OAuthFlow.Way.AUTHORIZATION_CODE),
        at,
        List.of(scopes.split(" ", -1)),
        Map.of(),
        Optional.empty());
  }

  /**
   * What comes of an answer.
   *
   * @param more members of the answer's JSON
   */
  private GivenConsent given(OAuthClient client, String more) throws TokenTroubleException {
    URI issuer = provider.at("/realm");
    provider.script(form ->
        "/token".equals(form.get("path"))
            ? Answer.json(
                200,
                "{\"token_type\":\"Bearer\",\"access_token\":\"at\",\"refresh_token\":\"rt\"%s}"
                    .formatted(more))
            : Answer.json(
                200,
                "{\"issuer\":\"%s\",\"token_endpoint\":\"%s\",\"jwks_uri\":\"%s\"}"
                    .formatted(issuer, provider.tokenEndpoint(), issuer)));
    return exchange.given(client, new AuthorizationCodeGrant(new AuthorizationCode("c"), null));
  }

  private Whose whose(OAuthClient client, String idToken) throws TokenTroubleException {
    GivenConsent consent = given(client, ",\"id_token\":\"" + idToken + "\"");
    assertThat(consent.minted().subject()).isEqualTo(consent.whose().subject());
    return consent.whose();
  }

  private String claims(String audience, long secondsLeft) {
    return "{\"aud\":%s,\"exp\":%d,\"email\":\"alice@example.com\"}"
        .formatted(audience, clock.instant().plusSeconds(secondsLeft).getEpochSecond());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"postern\" | 3600",
        "[\"other\",\"postern\"] | 3600",
        "\"postern\" | 0",
        "\"postern\" | -300"
      })
  void anIdTokenOfOursThatLastsNamesTheMailbox(String audience, long left)
      throws TokenTroubleException {
    assertThat(whose(client("mail"), ScriptedIdToken.raw("RS256", claims(audience, left))))
        .isEqualTo(new Whose.Named("alice@example.com"));
  }

  /** OpenID Connect Core 1.0 §3.1.3.7: TLS stands in for the signature alone. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RS256 | \"other\" | 3600 | the ID token is for another client (aud)",
        "RS256 | [\"other\",\"posterns\"] | 3600 | the ID token is for another client (aud)",
        "RS256 | [] | 3600 | the ID token is for another client (aud)",
        "RS256 | \"postern\" | -301 | the ID token has ended (exp)",
        "none | \"postern\" | 3600 | the ID token has no signature (alg)"
      })
  void anIdTokenOfAnotherOrPastItsEndNamesNobody(
      String algorithm, String audience, long left, String why) throws TokenTroubleException {
    assertThat(whose(client("mail"), ScriptedIdToken.raw(algorithm, claims(audience, left))))
        .isEqualTo(new Whose.Nobody(why));
  }

  @Test
  void anIdTokenWithoutEndOrNameOrNoneNamesNobody() throws TokenTroubleException {
    assertThat(
            whose(
                client("mail"),
                ScriptedIdToken.raw("RS256", "{\"aud\":\"postern\",\"email\":\"a@example.com\"}")))
        .isEqualTo(new Whose.Nobody("the ID token has ended (exp)"));
    assertThat(
            whose(client("mail"), ScriptedIdToken.of(clock.instant(), "{\"email\":\"two words\"}")))
        .isEqualTo(new Whose.Nobody("the ID token has no name"));
    assertThat(given(client("mail"), "").whose())
        .isEqualTo(new Whose.Nobody("there is no ID token"));
  }

  @Test
  void theIssuerIsThatOfTheConfigurationWhereItNamesOne() throws TokenTroubleException {
    URI issuer = provider.at("/realm");
    OAuthClient discovering = client(new Provider.Discovered(issuer), "mail");
    String named = "{\"iss\":\"%s\",\"email\":\"alice@example.com\"}";
    assertThat(
            whose(discovering, ScriptedIdToken.of(clock.instant(), named.formatted(issuer)))
                .subject())
        .contains("alice@example.com");
    for (String claims :
        List.of(named.formatted("https://other.example"), "{\"email\":\"alice@example.com\"}")) {
      assertThat(whose(discovering, ScriptedIdToken.of(clock.instant(), claims)))
          .isEqualTo(new Whose.Nobody("the ID token is of another issuer (iss)"));
      assertThat(whose(client("mail"), ScriptedIdToken.of(clock.instant(), claims)).subject())
          .contains("alice@example.com");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "mail | - | ''",
        "mail openid email profile offline_access | mail | ''",
        "mail | openid mail | ''",
        "mail | Mail | mail",
        "mail send | send | mail",
        "mail | '' | mail",
        "https://mail.google.com/ openid email | openid https://www.googleapis.com/auth/userinfo.email"
            + " | https://mail.google.com/",
        "https://mail.google.com/ | https://www.google.com/m8/feeds/ | https://mail.google.com/",
        "https://mail.google.com/ | https://mail.google.com/ openid | ''",
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
            + " | IMAP.AccessAsUser.All | https://outlook.office.com/SMTP.Send",
        "IMAP.AccessAsUser.All | https://outlook.office.com/IMAP.AccessAsUser.All | ''",
        "https://outlook.office365.com/SMTP.Send | https://outlook.office.com/SMTP.Send | ''",
        "https://outlook.office365.com/.default | https://outlook.office365.com/SMTP.Send | ''"
      })
  void whatWasAskedForAndNotGrantedIsMissing(String asked, String granted, String missing)
      throws TokenTroubleException {
    assertThat(
            given(client(asked), granted == null ? "" : ",\"scope\":\"" + granted + "\"")
                .ungranted())
        .isEqualTo(missing.isEmpty() ? List.of() : List.of(missing.split(" ", -1)));
  }
}
