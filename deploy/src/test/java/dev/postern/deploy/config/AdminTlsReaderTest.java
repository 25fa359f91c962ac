package dev.postern.deploy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.admin.HttpSecurity;
import dev.postern.deploy.starter.DevelopmentCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What HTTP listeners are to speak. */
class AdminTlsReaderTest {
  @TempDir Path directory;
  private ConfigFolder folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new ConfigFolder(directory);
    certificate(Duration.ofDays(90));
  }

  @Test
  void trueTakesWhatMailListenersHave() throws Exception {
    assertThat(admin("tls: true"))
        .isEqualTo(
            new HttpSecurity.Tls(
                folder.resolve("tls/fullchain.pem"),
                folder.resolve("tls/privkey.pem"),
                Optional.empty(),
                false));
    assertThat(admin("tls: false")).isEqualTo(new HttpSecurity.Clear(false));
  }

  @Test
  void aMappingSaysWhatIsDifferent() throws Exception {
    assertThat(admin("tls: { minimum: TLSv1.2, client-ca: admin/ca.pem }"))
        .isEqualTo(
            new HttpSecurity.Tls(
                folder.resolve("tls/fullchain.pem"),
                folder.resolve("tls/privkey.pem"),
                Optional.of(folder.resolve("admin/ca.pem")),
                true));
    assertThat(admin("tls: { certificate: admin/cert.pem, private-key: admin/key.pem }"))
        .isEqualTo(
            new HttpSecurity.Tls(
                folder.resolve("admin/cert.pem"),
                folder.resolve("admin/key.pem"),
                Optional.empty(),
                false));
  }

  @Test
  void withTlsEveryAddressWillDo() throws Exception {
    assertThat(folder.problems(yaml("bind: \"0.0.0.0:8443\", tls: true"))).isEmpty();
    assertThat(folder.problems(yaml("bind: \"0.0.0.0:8080\", allow-cleartext: true"))).isEmpty();
  }

  @Test
  void metricsHaveTheSameKeys() throws Exception {
    String yaml = yaml("tls: true");

    Configuration read =
        folder.load(yaml.replace("allow-cleartext: true", "tls: { client-ca: admin/ca.pem }"));

    assertThat(read.admin().metrics().orElseThrow().security().isTls()).isTrue();
    assertThat(folder.problems(yaml.replace(", allow-cleartext: true", "")))
        .singleElement()
        .asString()
        .startsWith("33: metrics.bind: without TLS");
    assertThat(folder.problems(yaml.replaceAll("(?m)^metrics:.*$", "metrics: { tls: true }")))
        .containsExactly(
            "33: metrics.tls: there is no metrics listener; write metrics.bind too, or leave tls"
                + " out");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
tls: maybe | 32: admin.tls: "maybe" does not say what TLS is spoken with; write true for the certificate of tls, or a mapping with certificate and private-key
tls: true, allow-cleartext: true | 32: admin.allow-cleartext: this listener speaks TLS; leave one of the two out
bind: "[::]:8080" | 32: admin.bind: without TLS, tokens would cross the network in clear text, and :: is not loopback; write 127.0.0.1:8080 or [::1]:8080, or tls: true, or behind a proxy with TLS allow-cleartext: true
tls: { certificate: admin/cert.pem } | 32: admin.tls.private-key: is missing; name the PEM file with the certificate's private key
tls: { private-key: admin/key.pem } | 32: admin.tls.certificate: is missing; name a PEM file with the certificate and its chain
tls: { client-ca: admin/nothing.pem } | 32: admin.tls.client-ca: FOLDER/admin/nothing.pem does not exist; create it, or correct the path
tls: { minimum: TLSv1.1 } | 32: admin.tls.minimum: "TLSv1.1" is unknown; did you mean "TLSv1.2"? Known here: TLSv1.2, TLSv1.3
tls: { ciphers: all } | 32: admin.tls.ciphers: is an unknown key; known here: certificate, private-key, client-ca, minimum
""")
  void saysWhatIsWrongWhereAndWhatWouldBeRight(String keys, String expected) throws IOException {
    assertThat(folder.problems(yaml(keys)))
        .containsExactly(expected.replace("FOLDER", directory.toAbsolutePath().toString()));
  }

  @Test
  void withoutACertificateOfMailListenersOneOfItsOwnIsNeeded() throws IOException {
    String clear =
        yaml("tls: true")
            .replaceAll("(?m)^  (certificate|private-key): .*\n", "")
            .replace("tls: implicit", "tls: none, allow-cleartext: true")
            .replace("tls: starttls", "tls: none, allow-cleartext: true");

    assertThat(folder.problems(clear))
        .containsExactly(
            "30: admin: there is no certificate to speak TLS with; write tls.certificate and"
                + " tls.private-key for all listeners, or tls: { certificate: FILE, private-key:"
                + " FILE } for this one");
  }

  @Test
  void filesAreLookedIntoAndTheirTermsKept() throws Exception {
    String own =
        "tls: { certificate: admin/cert.pem, private-key: admin/key.pem, client-ca: admin/ca.pem }";
    assertThat(toServe(own).certificates())
        .extracting(CertificateTerm::key)
        .contains("admin.tls.certificate", "admin.tls.client-ca");

    certificate(Duration.ofDays(3));
    assertThat(toServe(own).certificates())
        .flatExtracting(term -> term.warning(Instant.now()).stream().toList())
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder("admin.tls.certificate", "admin.tls.client-ca");

    Files.writeString(folder.resolve("admin/ca.pem"), "nothing\n");
    assertThat(problemsToServe(own))
        .singleElement()
        .asString()
        .contains("admin.tls.client-ca", "holds no certificate");
    folder.secret("admin/key.pem", "nothing\n");
    assertThat(problemsToServe(own))
        .anySatisfy(
            problem -> assertThat(problem).contains("admin.tls.private-key", "no private key"));
  }

  private HttpSecurity admin(String keys) throws Exception {
    return folder.load(yaml(keys)).admin().admin().security();
  }

  private static String yaml(String keys) {
    return ConfigFolder.FULL.replace(
        "admin: { bind: \"127.0.0.1:8081\" }", "admin: { " + keys + " }");
  }

  /** Without TLS for mail, whose files in this folder are none. */
  private Configuration toServe(String keys) throws Exception {
    String yaml =
        yaml(keys)
            .replaceAll("(?m)^  (certificate|private-key): .*\n", "")
            .replaceAll("(?m)^    trust: .*\n", "")
            .replace("tls: implicit", "tls: none, allow-cleartext: true")
            .replace("tls: starttls", "tls: none, allow-cleartext: true");
    Path file = Files.writeString(folder.resolve("postern.yaml"), yaml);
    return new ConfigLoader(Map.of()).loadToServe(file);
  }

  private List<String> problemsToServe(String keys) throws Exception {
    try {
      Configuration _ = toServe(keys);
      return List.of();
    } catch (ConfigException bad) {
      return bad.problems().stream().map(ConfigProblem::toString).toList();
    }
  }

  private void certificate(Duration term) throws IOException {
    DevelopmentCertificate made =
        DevelopmentCertificate.make("gate.example.com", Instant.now(), term, new SecureRandom());
    Files.createDirectories(folder.resolve("admin"));
    Files.writeString(folder.resolve("admin/cert.pem"), made.chain());
    Files.writeString(folder.resolve("admin/ca.pem"), made.authority());
    folder.secret("admin/key.pem", made.privateKey());
  }
}
