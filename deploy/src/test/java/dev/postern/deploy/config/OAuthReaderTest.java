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
import dev.postern.store.testing.SigningKeys;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.interfaces.RSAKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
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
    folder.secret("secrets/blank", " \n");
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
    writeServiceAccount(2048);
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

  private void writeServiceAccount(int bits) throws IOException {
    String pem =
        "-----BEGIN PRIVATE KEY-----\\n"
            + Base64.getEncoder().encodeToString(SigningKeys.rsa(bits).getPrivate().getEncoded())
            + "\\n-----END PRIVATE KEY-----\\n";
    folder.secret(
        "secrets/google.json",
        "{\"client_email\":\"postern@p.iam.gserviceaccount.com\",\"private_key_id\":\"k1\","
            + "\"private_key\":\""
            + pem
            + "\",\"token_uri\":\"https://oauth2.googleapis.com/token\"}");
  }

  @Test
  void aServiceAccountsKeyMustBeStrong() throws IOException {
    writeServiceAccount(1024);
    assertThat(
            problems(
                "preset: google",
                "login: { method: oauth2, flow: service-account,"
                    + " service-account: secrets/google.json }"))
        .singleElement()
        .asString()
        .startsWith(
            directory.resolve("postern.yaml")
                + ":10: upstreams.cloud.login.service-account: "
                + directory.resolve("secrets/google.json")
                + " has a private_key that is an RSA key of 1024 bits, and not of 2048 or more;"
                + " download a JSON key of the service account");
  }

  private List<String> problems(String... lines) {
    ConfigException refused = catchThrowableOfType(ConfigException.class, () -> read(lines));
    return requireNonNull(refused).problems().stream().map(ConfigProblem::toString).toList();
  }

  // ---- certificates

  private static String certificateOf(String... lines) {
    return "login: { method: oauth2, client-id: x, client-certificate: entra.crt,"
        + " client-key: entra.key, "
        + String.join(", ", lines)
        + " }";
  }

  private static final String[] ANYWHERE = {
    "flow: client-credentials", "issuer: \"https://id.example\"", "scopes: [ mail ]"
  };
  private static final String[] AT_MICROSOFT = {"flow: client-credentials", "tenant: t"};

  private void certificate(KeyPair pair, Instant from, Duration life) throws Exception {
    X500Name name = new X500Name("CN=Postern");
    Files.writeString(
        directory.resolve("entra.crt"),
        pem(
            "CERTIFICATE",
            new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.ONE,
                    Date.from(from),
                    Date.from(from.plus(life)),
                    name,
                    pair.getPublic())
                .build(
                    new JcaContentSignerBuilder(
                            pair.getPrivate() instanceof RSAKey
                                ? "SHA256withRSA"
                                : "SHA256withECDSA")
                        .build(pair.getPrivate()))
                .getEncoded()));
    folder.secret("entra.key", pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
  }

  private static String pem(String kind, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder().encodeToString(der), kind);
  }

  private void certificate(KeyPair pair) throws Exception {
    certificate(pair, Instant.now().minus(Duration.ofHours(1)), Duration.ofDays(90));
  }

  @Test
  void keysThatProvidersCanVerifyAreTaken() throws Exception {
    for (KeyPair pair : List.of(SigningKeys.rsa(2048), SigningKeys.ec("secp256r1"))) {
      certificate(pair);
      assertThat(
              oauth(read("imap: imaps://a.example", certificateOf(ANYWHERE))).client().credential())
          .isInstanceOf(ClientCredential.Certificate.class);
    }
    certificate(SigningKeys.rsa(2048));
    assertThat(oauth(read("preset: office365", certificateOf(AT_MICROSOFT))).client().credential())
        .isInstanceOf(ClientCredential.Certificate.class);
  }

  private void assertKeyRefused(String wrong, String... lines) {
    assertThat(problems(lines))
        .singleElement()
        .asString()
        .startsWith(
            directory.resolve("postern.yaml") + ":10: upstreams.cloud.login.client-key: " + wrong)
        .endsWith("; " + OAuthReader.ANOTHER_PAIR);
  }

  @Test
  void weakKeysAreRefused() throws Exception {
    certificate(SigningKeys.rsa(1024));
    assertKeyRefused(
        directory.resolve("entra.key") + " is an RSA key of 1024 bits, and not of 2048 or more",
        "imap: imaps://a.example",
        certificateOf(ANYWHERE));
  }

  /** Signed as if it were on P-256, nobody could verify it. */
  @Test
  void keysOnAnotherCurveAreRefused() throws Exception {
    certificate(SigningKeys.ec("secp384r1"));
    assertKeyRefused(
        directory.resolve("entra.key") + " is an EC key on P-384",
        "imap: imaps://a.example",
        certificateOf(ANYWHERE));
  }

  @Test
  void microsoftTakesNoKeyOnACurve() throws Exception {
    certificate(SigningKeys.ec("secp256r1"));
    assertKeyRefused(
        "is of the kind EC, and Microsoft takes RSA alone",
        "preset: office365",
        certificateOf(AT_MICROSOFT));
  }

  @Test
  void howLongTheCertificateIsGoodForIsOnlyWarnedOf() throws Exception {
    certificate(
        SigningKeys.ec("secp256r1"), Instant.parse("2024-01-01T00:00:00Z"), Duration.ofDays(31));
    Path file =
        Files.writeString(
            directory.resolve("postern.yaml"),
            BASE + "    imap: imaps://a.example\n    " + certificateOf(ANYWHERE) + "\n");
    Instant later = Instant.parse("2026-01-01T00:00:00Z");
    assertThat(new ConfigLoader(Map.of()).loadToServe(file).certificates())
        .singleElement()
        .satisfies(term -> {
          assertThat(term.problem(later)).isEmpty();
          assertThat(term.warning(later))
              .hasToString(
                  "Optional["
                      + file
                      + ":10: upstreams.cloud.login.client-certificate: "
                      + directory.resolve("entra.crt")
                      + " has expired at 2024-02-01T00:00:00Z; make another one and upload it to"
                      + " the provider]");
        });
  }

  /** What consents is a person, of whatever organisation. */
  @Test
  void peopleOfAllOrganisationsMayConsent() throws Exception {
    assertThat(
            oauth(
                    read(
                        "preset: office365",
                        "login: { method: oauth2, flow: device-code, tenant: organizations,"
                            + " client-id: x }"))
                .client()
                .provider())
        .asString()
        .contains("/organizations/");
  }

  /** Then it is not Microsoft who decides. */
  @Test
  void aPresetsProviderHasNoSayWhereItsPlacesAreNotUsed() throws Exception {
    certificate(SigningKeys.ec("secp256r1"));
    assertThat(
            oauth(
                    read(
                        "preset: office365",
                        certificateOf(
                            "flow: client-credentials",
                            "token-endpoint: \"https://id.example/t\"")))
                .client()
                .credential())
        .isInstanceOf(ClientCredential.Certificate.class);
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
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: t, client-id: x, client-secret: "" } | login.client-secret: is blank; write a value, or put one into the file that it names
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: t, client-id: x, client-secret: "${file:secrets/blank}" } | login.client-secret: is blank; write a value, or put one into the file that it names
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: Common, client-id: x, client-secret: y } | login.tenant: "Common" is no organisation, and Microsoft gives such tokens for one alone; write the organisation's tenant id or domain
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: organizations, client-id: x, client-secret: y } | login.tenant: "organizations" is no organisation
preset: office365#login: { method: oauth2, flow: client-credentials, tenant: Consumers, client-id: x, client-secret: y } | login.tenant: "Consumers" is no organisation
preset: office365#login: { method: oauth2, flow: service-account, tenant: t, service-account: secrets/master } | login.flow: Microsoft has no service accounts; write client-credentials, device-code or authorization-code
preset: outlook#login: { method: oauth2, flow: service-account, service-account: secrets/master } | login.flow: Microsoft has no service accounts; write device-code or authorization-code
preset: outlook#login: { method: oauth2, flow: client-credentials, client-id: x, client-secret: y } | login.flow: personal accounts are opened by consent alone; write device-code or authorization-code
imap: imaps://a.example#login: { method: oauth2, flow: client-credentials, issuer: "https://id.example:0", client-id: x, client-secret: y, scopes: [ mail ] } | login.issuer: "https://id.example:0" is no place for secrets; write https://…, or http:// on loopback, without user and fragment; a port is 1 to 65535
preset: google#login: { method: oauth2, flow: device-code, client-id: x, token-endpoint: "https://id.example:65536/t", device-endpoint: "https://id.example/d" } | login.token-endpoint: "https://id.example:65536/t" is no place for secrets
preset: google#login: { method: oauth2, flow: device-code, client-id: x, token-endpoint: "https://id.example/t", device-endpoint: "https://id.example:0/d" } | login.device-endpoint: "https://id.example:0/d" is no place for secrets
preset: google#login: { method: oauth2, flow: authorization-code, client-id: x, token-endpoint: "https://id.example/t", authorization-endpoint: "https://id.example:99999/a" } | login.authorization-endpoint: "https://id.example:99999/a" is no place for secrets
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
