package dev.postern.deploy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.testing.SigningKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One secret at two upstreams. */
class SharedSecretsTest {
  private static final String MASTER =
      "method: master-user, user: svc, password: \"${file:secrets/master}\"";

  @TempDir Path directory;
  private ConfigFolder folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new ConfigFolder(directory);
    folder.secret("secrets/other", "another horse\n");
    for (String name : List.of("key", "other-key")) {
      folder.secret(
          "secrets/" + name,
          "-----BEGIN PRIVATE KEY-----\n"
              + Base64.getMimeEncoder()
                  .encodeToString(SigningKeys.ec("secp256r1").getPrivate().getEncoded())
              + "\n-----END PRIVATE KEY-----\n");
    }
  }

  private List<String> problems(String firstHost, String first, String secondHost, String second)
      throws IOException {
    return folder.problems(
        """
        server: { name: gate.example.com }
        listeners: [ { protocol: imap, bind: "127.0.0.1:1143", tls: none } ]
        routes: [ { match: "*", upstream: one } ]
        store:
          database: "sqlite:postern.db"
          pepper: "${file:secrets/pepper}"
          sealing-key: "${file:secrets/sealing-key}"
        upstreams:
          one: { imap: "imaps://%s", login: { %s } }
          two: { imap: "imaps://%s", login: { %s } }
        """
            .formatted(firstHost, first, secondHost, second));
  }

  private List<String> problems(String first, String second) throws IOException {
    return problems("a.example", first, "b.example", second);
  }

  @Test
  void masterPasswordOfTwoIsRefusedAndNotShown() throws IOException {
    assertThat(problems(MASTER, "method: master-user, user: x, password: correct horse"))
        .singleElement()
        .asString()
        .isEqualTo(
            "10: upstreams.two.login.password: is that of upstreams.one.login.password too, so"
                + " whoever runs one of the two servers can log in at the other; give each its"
                + " own, or, if both may have it: shared-with: [ one ]");
  }

  @Test
  void eitherMayAllowIt() throws IOException {
    assertThat(problems(MASTER, MASTER + ", shared-with: [ one ]")).isEmpty();
    assertThat(problems(MASTER + ", shared-with: [ two ]", MASTER)).isEmpty();
    assertThat(problems(MASTER, MASTER + ", shared-with: [ two ]")).hasSize(1);
    assertThat(problems(MASTER, MASTER + ", shared-with: [ three ]"))
        .anySatisfy(
            problem -> assertThat(problem).contains("shared-with: there is no upstream \"three\""));
  }

  @Test
  void passwordsOfTheirOwnAreWhatIsWanted() throws IOException {
    assertThat(
            problems(MASTER, "method: master-user, user: svc, password: \"${file:secrets/other}\""))
        .isEmpty();
  }

  @Test
  void missingPasswordsAreNotTheSame() throws IOException {
    assertThat(problems("method: master-user, user: svc", "method: master-user, user: svc"))
        .hasSize(2)
        .allSatisfy(problem -> assertThat(problem).contains("password: is missing"));
  }

  /** Each row: host, key and more at one and at the other, and whether that is refused. */
  @ParameterizedTest
  @CsvSource({
    "a.example, key, '',                a.example, key,       '',                 true",
    "a.example, key, '',                A.EXAMPLE, key,       ', key-id: other',  true",
    "a.example, key, ', audience: m',   b.example, key,       ', audience: m',    true",
    "a.example, key, '',                b.example, key,       ', audience: a.example', true",
    "a.example, key, '',                b.example, key,       '',                 false",
    "a.example, key, ', audience: m',   b.example, key,       ', audience: n',    false",
    "a.example, key, ', audience: m',   b.example, other-key, ', audience: m',    false",
    "a.example, key, ', audience: m',   b.example, key, ', audience: m, shared-with: [ one ]', false",
  })
  void oneKeySignsForOneAudience(
      String firstHost,
      String firstKey,
      String first,
      String secondHost,
      String secondKey,
      String second,
      boolean isRefused)
      throws IOException {
    List<String> problems =
        problems(
            firstHost,
            "method: signed-token, key: secrets/" + firstKey + first,
            secondHost,
            "method: signed-token, key: secrets/" + secondKey + second);
    if (isRefused) {
      assertThat(problems)
          .singleElement()
          .asString()
          .contains("upstreams.two.login.key: is that of upstreams.one.login.key too");
    } else {
      assertThat(problems).isEmpty();
    }
  }

  private static final String OAUTH =
      "method: oauth2, flow: client-credentials, client-id: x, scopes: [ mail ],"
          + " client-secret: \"${file:secrets/other}\", issuer: \"https://%s\"";

  @ParameterizedTest
  @ValueSource(strings = {"master-user", "fixed, shared-mailbox: true"})
  void whatOneIsShownAsPasswordNoProviderIsShown(String method) throws IOException {
    String oauth = OAUTH.formatted("id.example");
    String password = "method: " + method + ", user: x, password: \"${file:secrets/other}\"";
    assertThat(problems(oauth, password))
        .singleElement()
        .asString()
        .contains("upstreams.two.login.password: is that of upstreams.one.login.client-secret too");
    assertThat(problems(password, oauth))
        .singleElement()
        .asString()
        .contains("upstreams.two.login.client-secret: is that of upstreams.one.login.password too");
    assertThat(problems(password, oauth + ", shared-with: [ one ]")).isEmpty();
  }

  @Test
  void clientSecretIsForOneProvider() throws IOException {
    assertThat(problems(OAUTH.formatted("id.example"), OAUTH.formatted("elsewhere.example/r")))
        .singleElement()
        .asString()
        .contains(
            "upstreams.two.login.client-secret: is that of upstreams.one.login.client-secret too");
    assertThat(problems(OAUTH.formatted("id.example/1"), OAUTH.formatted("id.example/2")))
        .isEmpty();
    assertThat(
            problems(
                OAUTH.formatted("id.example"),
                OAUTH.formatted("elsewhere.example") + ", shared-with: [ one ]"))
        .isEmpty();
  }
}
