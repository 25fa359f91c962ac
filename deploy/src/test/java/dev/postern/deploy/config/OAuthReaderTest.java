package dev.postern.deploy.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.LoginMethod.Quirks;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Provider;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Upstreams that want access tokens. */
class OAuthReaderTest {
  private static final String BASE =
      """
      server: { name: mail.example.com }
      listeners: [ { protocol: imap, bind: "127.0.0.1:1143", tls: none } ]
      store:
        database: "sqlite:postern.db"
        pepper: "${file:secrets/pepper}"
        sealing-key: "${file:secrets/sealing-key}"
      upstreams:
        cloud:
      """;

  @TempDir Path directory;
  private ConfigFolder folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new ConfigFolder(directory);
    folder.secret("secrets/client-secret", "s3cr3t\n");
  }

  private Upstream read(String... lines) throws Exception {
    String yaml = BASE + "    " + String.join("\n    ", lines) + "\n";
    return requireNonNull(folder.load(yaml).gateway().upstreams().get("cloud"));
  }

  private static LoginMethod.OAuth2 oauth(Upstream upstream) {
    assertThat(upstream.login()).isInstanceOf(LoginMethod.OAuth2.class);
    return (LoginMethod.OAuth2) upstream.login();
  }

  @Test
  void presetOfExchangeOnlineNeedsATenantAndACredential() throws Exception {
    Upstream upstream =
        read(
            "preset: office365",
            "login: { method: oauth2, flow: client-credentials, tenant: example.onmicrosoft.com,"
                + " client-id: 0a1b, client-secret: \"${file:secrets/client-secret}\","
                + " client-secret-expires: 2027-03-31 }");
    assertThat(upstream.endpoints())
        .containsEntry(
            Scope.IMAP, new Endpoint("outlook.office365.com", 993, Security.IMPLICIT_TLS))
        .containsEntry(Scope.SUBMISSION, new Endpoint("smtp.office365.com", 587, Security.STARTTLS))
        .containsEntry(
            Scope.POP3, new Endpoint("outlook.office365.com", 995, Security.IMPLICIT_TLS));
    assertThat(upstream.budgets().submission()).contains(3);
    LoginMethod.OAuth2 login = oauth(upstream);
    assertThat(login.quirks()).isEqualTo(new Quirks(true, true, true));
    assertThat(login.client().scopes()).containsExactly("https://outlook.office365.com/.default");
    assertThat(login.client().provider())
        .isEqualTo(
            new Provider.Known(
                URI.create(
                    "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token"),
                Optional.of(
                    URI.create(
                        "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/authorize")),
                Optional.of(
                    URI.create(
                        "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/devicecode"))));
    assertThat(login.client().credential().endsAt())
        .contains(Instant.parse("2027-03-31T00:00:00Z"));
    assertThat(login.client().credential())
        .isInstanceOfSatisfying(
            ClientCredential.SharedSecret.class,
            secret -> assertThat(secret.secret().<String>expose(String::new)).isEqualTo("s3cr3t"));
  }

  @Test
  void peopleConsentToTheProtocolsThatThereAre() throws Exception {
    LoginMethod.OAuth2 login =
        oauth(
            read(
                "preset: outlook",
                "login: { method: oauth2, flow: device-code, client-id: 0a1b }"));
    assertThat(login.client().flow()).isEqualTo(new OAuthFlow.Consent(OAuthFlow.Way.DEVICE_CODE));
    assertThat(login.client().credential()).isEqualTo(new ClientCredential.None());
    assertThat(login.client().scopes())
        .containsExactlyInAnyOrder(
            "https://outlook.office.com/IMAP.AccessAsUser.All",
            "https://outlook.office.com/SMTP.Send",
            "https://outlook.office.com/POP.AccessAsUser.All",
            "offline_access",
            "openid",
            "email",
            "profile");
  }

  @Test
  void googleIsAskedForOfflineAccess() throws Exception {
    LoginMethod.OAuth2 login =
        oauth(
            read(
                "preset: google",
                "login: { method: oauth2, flow: authorization-code, client-id: 1.apps,"
                    + " client-secret: \"${file:secrets/client-secret}\" }"));
    assertThat(login.client().consentParameters())
        .isEqualTo(Map.of("access_type", "offline", "prompt", "consent"));
    assertThat(login.client().scopes()).contains("https://mail.google.com/");
  }

  @Test
  void serviceAccountIsReadFromItsFile() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    String pem =
        "-----BEGIN PRIVATE KEY-----\\n"
            + Base64.getEncoder()
                .encodeToString(generator.generateKeyPair().getPrivate().getEncoded())
            + "\\n-----END PRIVATE KEY-----\\n";
    folder.secret(
        "secrets/google.json",
        "{\"client_email\":\"postern@p.iam.gserviceaccount.com\",\"private_key_id\":\"k1\","
            + "\"private_key\":\""
            + pem
            + "\",\"token_uri\":\"https://oauth2.googleapis.com/token\"}");
    LoginMethod.OAuth2 login =
        oauth(
            read(
                "preset: google",
                "login: { method: oauth2, flow: service-account,"
                    + " service-account: secrets/google.json }"));
    assertThat(login.client().flow())
        .isInstanceOfSatisfying(
            OAuthFlow.ServiceAccount.class,
            signer -> {
              assertThat(signer.account()).isEqualTo("postern@p.iam.gserviceaccount.com");
              assertThat(signer.keyId()).contains("k1");
            });
    assertThat(login.client().scopes()).containsExactly("https://mail.google.com/");
  }

  @Test
  void anyProviderWillDoByItsIssuer() throws Exception {
    Upstream upstream =
        read(
            "imap: imaps://imap.example.com",
            "login: { method: oauth2, flow: client-credentials, issuer: https://id.example.com/r,"
                + " client-id: postern, client-secret: \"${file:secrets/client-secret}\","
                + " scopes: [ mail, openid ], probe-mailbox: true, mechanism: oauthbearer }");
    LoginMethod.OAuth2 login = oauth(upstream);
    assertThat(login.client().provider())
        .isEqualTo(new Provider.Discovered(URI.create("https://id.example.com/r")));
    assertThat(login.client().scopes()).isEqualTo(List.of("mail", "openid"));
    assertThat(login.quirks()).isEqualTo(new Quirks(false, true, false));
  }

  @Test
  void anEndpointThatTheFlowNeedsNotMayBeLeftOut() throws Exception {
    LoginMethod.OAuth2 login =
        oauth(
            read(
                "preset: google",
                "login: { method: oauth2, flow: device-code, client-id: x,"
                    + " token-endpoint: https://id.example/t,"
                    + " device-endpoint: https://id.example/d }"));
    assertThat(login.client().provider())
        .isEqualTo(
            new Provider.Known(
                URI.create("https://id.example/t"),
                Optional.empty(),
                Optional.of(URI.create("https://id.example/d"))));
  }

  @Test
  void tokensOfAProviderGoElsewhereOnlyWhereThatHostIsListed() throws Exception {
    Upstream upstream =
        read(
            "preset: google",
            "imap: imaps://IMAP.Gmail.com",
            "pop3: pop3://127.0.0.1:1110",
            "submission: submissions://relay.example.com",
            "login: { method: oauth2, flow: device-code, client-id: x,"
                + " token-hosts: [ imap.gmail.com, Relay.example.com, 127.0.0.1 ] }");
    assertThat(upstream.endpoints())
        .containsEntry(
            Scope.SUBMISSION, new Endpoint("relay.example.com", 465, Security.IMPLICIT_TLS));
  }

  /** Each row: the lines of the upstream (with # between), and what is wrong with them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
preset: office365#login: { method: oauth2 } | login.flow: is missing
preset: office365#login: { method: oauth2, flow: magic } | login.flow: "magic" is unknown
preset: office365#login: { method: oauth2, flow: client-credentials, client-id: x, client-secret: y } | login.tenant: is missing
preset: google#login: { method: oauth2, flow: client-credentials, tenant: t, client-id: x, client-secret: y } | login.tenant: is for preset: office365 alone
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: "a/b", client-id: x, client-secret: y } | login.tenant: "a/b" is no tenant
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: t, client-id: x } | login.client-secret: is missing
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: t, client-secret: y } | login.client-id: is missing
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: t, client-id: x, client-secret: y, client-key: z } | login.client-secret: a certificate is given as well
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: t, client-id: x, client-secret: y, client-secret-expires: soon } | login.client-secret-expires: "soon" is no date
preset: office365#imap: imaps://imap.evil.example#login: { method: oauth2, flow: client-credentials, tenant: t, client-id: x, client-secret: y } | login: tokens of this provider are not for imap.evil.example
preset: google#submission: submissions://smtp.evil.example#login: { method: oauth2, flow: client-credentials, client-id: x, client-secret: y, token-hosts: [ imap.gmail.com, pop.gmail.com ] } | login: tokens of this provider are not for smtp.evil.example; correct the upstream's URLs, or list the host: token-hosts: [ smtp.evil.example ]
imap: imaps://a.example#login: { method: oauth2, flow: client-credentials, issuer: "https://id.example", client-id: x, client-secret: y, scopes: [ mail ], token-hosts: [ b.example ] } | login: tokens of this provider are not for a.example
imap: imap://a.example#allow-cleartext: true#login: { method: oauth2, flow: client-credentials, issuer: "https://id.example", client-id: x, client-secret: y, scopes: [ mail ] } | login.method: tokens would cross the network to a.example in clear text; use TLS in the upstream's imap URL: allow-cleartext is not for tokens
preset: hotmail#login: { method: stored-password } | preset: "hotmail" is unknown
imap: imaps://a.example#login: { method: oauth2, flow: client-credentials, client-id: x, client-secret: y, scopes: [ mail ] } | login.issuer: is missing
imap: imaps://a.example#login: { method: oauth2, flow: client-credentials, issuer: "http://id.example", client-id: x, client-secret: y, scopes: [ mail ] } | login.issuer: "http://id.example" is no place for secrets
imap: imaps://a.example#login: { method: oauth2, flow: client-credentials, issuer: "https://id.example", client-id: x, client-secret: y } | login.scopes: is missing
imap: imaps://a.example#login: { method: oauth2, flow: client-credentials, issuer: "https://id.example", client-id: x, client-secret: y, scopes: [ "a b" ] } | login.scopes: "a b" is no scope
imap: imaps://a.example#login: { method: oauth2, flow: service-account, scopes: [ mail ] } | login.service-account: is missing
imap: imaps://a.example#login: { method: oauth2, flow: service-account, service-account: secrets/master, scopes: [ mail ] } | login.service-account: FOLDER/secrets/master is not JSON
preset: google#login: { method: oauth2, flow: device-code, client-id: x, clientid: y } | login.clientid: is an unknown key
preset: google#login: { method: oauth2, flow: authorization-code, client-id: x, authorization-endpoint: "https://id.example/a" } | login.authorization-endpoint: is given without token-endpoint
preset: google#login: { method: oauth2, flow: device-code, client-id: x, device-endpoint: "https://id.example/d" } | login.device-endpoint: is given without token-endpoint; write that as well, or leave this out
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: t, client-id: x, client-secret: y, issuer: "https://id.example" } | login.tenant: stands for the preset's places, and others are written
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: t, client-id: x, client-secret: y, token-endpoint: "https://id.example/t" } | login.tenant: stands for the preset's places, and others are written
imap: imaps://a.example#login: { method: oauth2, flow: device-code, issuer: "https://id.example", client-id: x, scopes: [ mail ], device-endpoint: "https://id.example/d" } | login.issuer: its document names the endpoints already
imap: imaps://a.example#login: { method: oauth2, flow: device-code, issuer: "https://id.example", client-id: x, scopes: [ mail ], token-endpoint: "https://id.example/t" } | login.issuer: its document names the endpoints already
preset: google#login: { method: oauth2, flow: device-code, client-id: x, token-endpoint: "https://id.example/t" } | login.device-endpoint: is missing; write where the provider gives codes; with token-endpoint no preset's is used
imap: imaps://a.example#login: { method: oauth2, flow: authorization-code, client-id: x, scopes: [ mail ], token-endpoint: "https://id.example/t", device-endpoint: "https://id.example/d" } | login.authorization-endpoint: is missing
""")
  void saysWhatIsWrong(String lines, String wrong) {
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> read(lines.split("#", -1)));
    assertThat(refused.problems())
        .anySatisfy(problem ->
            assertThat(problem.toString())
                .contains("upstreams.cloud." + wrong.replace("FOLDER", directory.toString())));
  }
}
