package dev.postern.deploy.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.LoginMethod;
import dev.postern.store.testing.SigningKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Upstreams that believe tokens of our own. */
class SignedTokenReaderTest {
  private static final String BASE =
      """
      server: { name: gate.example.com }
      listeners: [ { protocol: imap, bind: "127.0.0.1:1143", tls: none } ]
      store:
        database: "sqlite:postern.db"
        pepper: "${file:secrets/pepper}"
        sealing-key: "${file:secrets/sealing-key}"
      upstreams:
        store:
      """;

  @TempDir Path directory;
  private ConfigFolder folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new ConfigFolder(directory);
    folder.secret("secrets/ec.pem", pem("", SigningKeys.ec("secp256r1")));
  }

  private static String pem(String kind, KeyPair pair) {
    return "-----BEGIN "
        + kind
        + "PRIVATE KEY-----\n"
        + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
        + "\n-----END "
        + kind
        + "PRIVATE KEY-----\n";
  }

  private static String yaml(String url, String login) {
    return BASE + "    " + url + "\n    login: { method: signed-token" + login + " }\n";
  }

  private LoginMethod.SignedToken read(String login) throws Exception {
    LoginMethod method =
        requireNonNull(
                folder
                    .load(yaml("imap: imaps://imap.example.com", login))
                    .gateway()
                    .upstreams()
                    .get("store"))
            .login();
    assertThat(method).isInstanceOf(LoginMethod.SignedToken.class);
    return (LoginMethod.SignedToken) method;
  }

  @Test
  void theServersNameIsTheIssuerAndTheThumbprintTheId() throws Exception {
    LoginMethod.SignedToken login = read(", key: secrets/ec.pem");
    assertThat(login.issuer()).isEqualTo("gate.example.com");
    assertThat(login.audience()).isEmpty();
    assertThat(login.key().algorithm()).isEqualTo("ES256");
    assertThat(login.key().id()).matches("[A-Za-z0-9_-]{43}");
    assertThat(login.files()).isEqualTo(List.of(folder.resolve("secrets/ec.pem")));
  }

  @Test
  void allOfItCanBeWritten() throws Exception {
    folder.secret("secrets/rsa.pem", pem("", SigningKeys.rsa(2048)));
    LoginMethod.SignedToken login =
        read(
            ", key: secrets/rsa.pem, key-id: k-2026, issuer: \"https://gate.example.com\","
                + " audience: mail");
    assertThat(login.issuer()).isEqualTo("https://gate.example.com");
    assertThat(login.audience()).isEqualTo(Optional.of("mail"));
    assertThat(login.key().algorithm()).isEqualTo("RS256");
    assertThat(login.key().id()).isEqualTo("k-2026");
  }

  /** Each row: what stands behind the method, and what is wrong with it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
'' | login.key: is missing; name the PEM file with the private key that signs
', key: secrets/gone.pem, shared-with: [ store ]' | login.key: FOLDER/secrets/gone.pem does not exist
', key: secrets/open.pem' | login.key: FOLDER/secrets/open.pem is readable by everybody
', key: secrets/short.pem' | login.key: FOLDER/secrets/short.pem is an RSA key of 1024 bits, and not of 2048 to 4096; make one: openssl genpkey
', key: secrets/curve.pem' | login.key: FOLDER/secrets/curve.pem is an EC key on P-384
', key: secrets/old.pem' | login.key: FOLDER/secrets/old.pem holds a key of the kind EC PRIVATE KEY; give an unencrypted PKCS#8 key
', key: secrets/master' | login.key: FOLDER/secrets/master holds no private key
', key: secrets/broken.pem' | login.key: FOLDER/secrets/broken.pem holds no key for EC or RSA
', key: secrets/ec.pem, key-id: "../k"' | login.key-id: "../k" is no id of a key
', key: secrets/ec.pem, issuer: "a b"' | login.issuer: "a b" is not one word
', key: secrets/ec.pem, audience: "a b"' | login.audience: "a b" is not one word
', key: secrets/ec.pem, password: x' | login.password: is an unknown key
""")
  void saysWhatIsWrong(String login, String wrong) throws IOException {
    folder.secret("secrets/open.pem", pem("", SigningKeys.ec("secp256r1")));
    folder.permissions("secrets/open.pem", "rw-r--r--");
    folder.secret("secrets/short.pem", pem("", SigningKeys.rsa(1024)));
    folder.secret("secrets/curve.pem", pem("", SigningKeys.ec("secp384r1")));
    folder.secret("secrets/old.pem", pem("EC ", SigningKeys.ec("secp256r1")));
    folder.secret(
        "secrets/broken.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assertThat(folder.problems(yaml("imap: imaps://imap.example.com", login)))
        .singleElement()
        .asString()
        .contains("upstreams.store." + wrong.replace("FOLDER", directory.toString()));
  }

  @Test
  void tokensDoNotCrossTheNetworkInClear() throws IOException {
    String clear = "allow-cleartext: true\n    imap: \"imap://imap.example.com\"";
    assertThat(folder.problems(yaml(clear, ", key: secrets/ec.pem")))
        .singleElement()
        .asString()
        .contains("upstreams.store.login.method: tokens would cross the network")
        .contains("allow-cleartext is not for tokens");
    assertThat(folder.problems(yaml("imap: \"imap://127.0.0.1:1143\"", ", key: secrets/ec.pem")))
        .isEmpty();
  }
}
