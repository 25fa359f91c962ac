package dev.postern.deploy.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.postern.deploy.starter.DevelopmentCertificate;
import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.store.auth.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Upstreams that have one account for all, or take our word; and what we show to any. */
class UpstreamReaderTest {
  private static final String BASE =
      """
      server: { name: mail.example.com }
      listeners: [ { protocol: submission, bind: "127.0.0.1:1587", tls: none } ]
      store:
        database: "sqlite:postern.db"
        pepper: "${file:secrets/pepper}"
        sealing-key: "${file:secrets/sealing-key}"
      upstreams:
        relay:
      """;

  @TempDir Path directory;
  private ConfigFolder folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new ConfigFolder(directory);
    folder.secret("secrets/relay", "s3cr3t\n");
    DevelopmentCertificate own = certificate(Instant.now());
    Files.writeString(directory.resolve("client.pem"), own.chain());
    folder.secret("client.key", own.privateKey());
    folder.secret("other.key", certificate(Instant.now()).privateKey());
  }

  private static DevelopmentCertificate certificate(Instant from) {
    return DevelopmentCertificate.make(
        "gate.example.com", from, Duration.ofDays(1), new SecureRandom());
  }

  private static String yaml(String... lines) {
    return BASE + "    " + String.join("\n    ", lines) + "\n";
  }

  private Upstream read(String... lines) throws Exception {
    return requireNonNull(folder.load(yaml(lines)).gateway().upstreams().get("relay"));
  }

  private List<String> problemsToServe(String... lines) throws IOException {
    Path file = Files.writeString(directory.resolve("postern.yaml"), yaml(lines));
    ConfigException bad =
        requireNonNull(
            catchThrowableOfType(
                ConfigException.class, () -> new ConfigLoader(Map.of()).loadToServe(file)));
    return bad.problems().stream().map(ConfigProblem::toString).toList();
  }

  @Test
  void oneAccountSendsForAll() throws Exception {
    Upstream relay =
        read(
            "submission: \"submissions://mx.example.com\"",
            "login: { method: fixed, user: relay@example.com,"
                + " password: \"${file:secrets/relay}\" }");

    assertThat(relay.login())
        .isInstanceOfSatisfying(
            LoginMethod.Fixed.class,
            fixed -> {
              assertThat(fixed.user()).isEqualTo("relay@example.com");
              assertThat(fixed.password().matches(Secret.ofText("s3cr3t"))).isTrue();
            });
  }

  @Test
  void oneMailboxForAllHasToBeMeant() throws Exception {
    String url = "pop3: \"pop3s://mx.example.com\"";
    String login = "login: { method: fixed, user: relay, password: \"${file:secrets/relay}\"";

    assertThat(
            folder.problems(
                yaml("submission: \"submissions://mx.example.com\"", url, login + " }")))
        .containsExactly(
            "11: upstreams.relay.login.method: everybody who comes to this upstream would read one"
                + " mailbox, since it has pop3; leave submission alone, or write"
                + " shared-mailbox: true here if that is meant");
    assertThat(
            read(
                    "submission: \"submissions://mx.example.com\"",
                    url,
                    login + ", shared-mailbox: true }")
                .login())
        .isInstanceOf(LoginMethod.Fixed.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "submission://localhost:10025",
        "submission://127.0.0.1:10025",
        "submission://[::1]:10025",
        "submissions://localhost"
      })
  void ourWordIsGivenOnLoopback(String url) throws Exception {
    assertThat(read("submission: \"" + url + "\"", "login: { method: trusted }").login())
        .isEqualTo(new LoginMethod.Trusted());
  }

  @Test
  void ourWordIsGivenElsewhereWithACertificate() throws Exception {
    Upstream relay =
        read(
            "submission: \"submission+starttls://mx.example.com\"",
            "client-certificate: client.pem",
            "client-key: client.key",
            "login: { method: trusted }");

    assertThat(relay.login()).isEqualTo(new LoginMethod.Trusted());
    assertThat(relay.clientCertificate())
        .contains(
            new CertificateFiles(directory.resolve("client.pem"), directory.resolve("client.key")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
submission: "submissions://mx.example.com" | login: { method: trusted } | 10: upstreams.relay.login.method: mx.example.com could tell us from others by our address alone; add client-certificate and client-key to this upstream, or reach it on loopback
submission: "submissions://localhost.example.com" | login: { method: trusted } | 10: upstreams.relay.login.method: localhost.example.com could tell us from others by our address alone; add client-certificate and client-key to this upstream, or reach it on loopback
submission: "submission://192.0.2.1" | allow-cleartext: true#    login: { method: trusted } | 11: upstreams.relay.login.method: 192.0.2.1 could not tell us from others: the way there is in clear; write submissions:// or submission+starttls://, with client-certificate and client-key
submission: "submission://localhost" | login: { method: trusted, user: x } | 10: upstreams.relay.login.user: is an unknown key; known here: method
submission: "submission://localhost" | imap: "imap://localhost"#    login: { method: trusted } | 11: upstreams.relay.login.method: by imap no server takes our word for who logs in; write imap into another upstream, with master-user or signed-token
submission: "submission://localhost" | pop3: "pop3://localhost"#    login: { method: trusted } | 11: upstreams.relay.login.method: by pop3 no server takes our word for who logs in; write pop3 into another upstream, with master-user or signed-token
submission: "submission://localhost" | client-certificate: client.pem#    client-key: client.key#    login: { method: trusted } | 10: upstreams.relay.client-certificate: no URL of this upstream has TLS; write one with TLS, such as submissions://, or leave the key out
submission: "submissions://mx.example.com" | client-certificate: none.pem#    client-key: client.key#    login: { method: stored-password } | 10: upstreams.relay.client-certificate: FOLDER/none.pem does not exist; create it, or correct the path
""")
  void saysWhereOurWordIsNotTaken(String url, String rest, String expected) throws IOException {
    assertThat(folder.problems(yaml(url, rest.replace("#", "\n"))))
        .containsExactly(expected.replace("FOLDER", directory.toAbsolutePath().toString()));
  }

  @Test
  void aClientKeyThatEverybodyMayReadIsRefused() throws IOException {
    folder.permissions("client.key", "rw-r--r--");

    assertThat(
            folder.problems(
                yaml(
                    "submission: \"submissions://mx.example.com\"",
                    "client-certificate: client.pem",
                    "client-key: client.key",
                    "login: { method: stored-password }")))
        .singleElement()
        .asString()
        .startsWith("11: upstreams.relay.client-key: ")
        .contains("is readable by everybody; chmod o-r ");
  }

  @Test
  void aClientKeyOfAnotherCertificateIsRefused() throws IOException {
    assertThat(
            problemsToServe(
                "submission: \"submissions://mx.example.com\"",
                "client-certificate: client.pem",
                "client-key: other.key",
                "login: { method: stored-password }"))
        .singleElement()
        .asString()
        .contains(":11: upstreams.relay.client-key: the private key ")
        .contains(" is not the key of the first certificate in ");
  }

  @Test
  void howLongAClientCertificateIsGoodForIsKnown() throws Exception {
    DevelopmentCertificate old = certificate(Instant.now().minus(Duration.ofDays(3)));
    Files.writeString(directory.resolve("client.pem"), old.chain());
    folder.secret("client.key", old.privateKey());
    Path file =
        Files.writeString(
            directory.resolve("postern.yaml"),
            yaml(
                "submission: \"submissions://mx.example.com\"",
                "client-certificate: client.pem",
                "client-key: client.key",
                "login: { method: stored-password }"));

    assertThat(new ConfigLoader(Map.of()).loadToServe(file).certificates())
        .singleElement()
        .satisfies(term ->
            assertThat(term.problem(Instant.now()))
                .get()
                .asString()
                .contains(":10: upstreams.relay.client-certificate: ")
                .contains("has expired at "));
  }
}
