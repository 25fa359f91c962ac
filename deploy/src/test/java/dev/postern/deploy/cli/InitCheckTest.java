package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

final class InitCheckTest {
  private final Path folder;

  InitCheckTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @ParameterizedTest
  @ValueSource(strings = {"dovecot", "generic"})
  void whatInitWritesPassesTheCheck(String kind) {
    CommandRun init = CommandRun.good(folder, "init", "--upstream", kind, "site", "--json");
    Path configuration = folder.resolve("site/postern.yaml");

    assertThat(init.json().path("configuration").asString()).isEqualTo(configuration.toString());
    CommandRun check = CommandRun.good(folder, "check", "--config", configuration.toString());
    assertThat(check.out()).contains("good (6 listeners, 1 upstream)");
    assertThat(check.err()).isEmpty();
    assertThat(CommandRun.good(folder.resolve("site"), "user", "list", "--json").out()).isEmpty();
  }

  @Test
  void secretsAreReadableByTheirOwnerAlone() throws IOException {
    CommandRun.good(folder, "init");

    for (String name :
        List.of("secrets/pepper", "secrets/sealing-key", "secrets/master", "tls/privkey.pem")) {
      assertThat(permissions(name)).as(name).isEqualTo("rw-------");
    }
    assertThat(permissions("secrets")).isEqualTo("rwx------");
    assertThat(Files.readString(folder.resolve("secrets/pepper")))
        .isNotEqualTo(Files.readString(folder.resolve("secrets/sealing-key")));
  }

  @Test
  void twoSitesNeverShareAKey() throws IOException {
    CommandRun.good(folder, "init", "one");
    CommandRun.good(folder, "init", "two");

    for (String name : List.of("secrets/pepper", "secrets/sealing-key", "secrets/master")) {
      assertThat(Files.readString(folder.resolve("one").resolve(name)))
          .isNotEqualTo(Files.readString(folder.resolve("two").resolve(name)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postern.yaml", "secrets/pepper", "tls/privkey.pem", "postern.db"})
  void overwritesNothing(String existing) throws IOException {
    Path file = folder.resolve(existing);
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, "mine");

    CommandRun run = CommandRun.of(folder, "init", "--json");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.error().path("error").asString()).isEqualTo("conflict");
    assertThat(run.error().path("detail").asString()).contains(file.toString());
    assertThat(Files.readString(file)).isEqualTo("mine");
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(Files::isRegularFile)).containsExactly(file);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"office365", "google", "generic", "dovecot"})
  void whatItWritesCanBeRead(String kind) throws IOException {
    CommandRun.good(folder, "init", "--upstream", kind);
    String written = Files.readString(folder.resolve("postern.yaml"));
    assertThat(written).contains("EDIT");
    CommandRun check = CommandRun.of(folder, "check");
    assertThat(check.exitCode()).as(check.err()).isZero();
  }

  @Test
  void whereNginxCannotLogInIsNotedIfAnyProgramMayAsk() throws IOException {
    CommandRun.good(folder, "init", "--upstream", "dovecot");
    Path file = folder.resolve("postern.yaml");
    assertThat(CommandRun.good(folder, "check").err()).doesNotContain("/auth/nginx");

    Files.writeString(
        file, Files.readString(file) + "auth-service: { bind: \"127.0.0.1:9143\" }\n");

    assertThat(CommandRun.good(folder, "check").err())
        .contains("warning: /auth/nginx turns away everybody who goes to upstream mailstore: ");
  }

  @ParameterizedTest
  @CsvSource({"office365, 'tenant,client-id'", "google, 'client-id,client-secret'", "generic, ''"})
  void whatIsStillToBeFilledInIsNoted(String kind, String keys) throws IOException {
    CommandRun.good(folder, "init", "--upstream", kind);

    assertThat(CommandRun.good(folder, "check").err().lines())
        .extracting(line -> line.replaceFirst("^warning: upstreams.mailstore.login.", ""))
        .extracting(line -> line.replaceFirst(" is still what init wrote; .*$", ""))
        .containsExactly(keys.isEmpty() ? new String[0] : keys.split(",", -1));

    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            .replace("example.onmicrosoft.com", "example.org")
            .replace("0-example.apps", "123-abc.apps")
            .replace("00000000-0000", "12345678-0000"));
    Path secret = folder.resolve("secrets/client-secret");
    if (Files.exists(secret)) {
      Files.writeString(secret, "GOCSPX-of-ours\n");
    }
    assertThat(CommandRun.good(folder, "check").err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "dovecot, 'check,user add,app-password,serve'",
    "generic, 'check,user add,user upstream-password,app-password,serve'",
    "office365, 'check,user add,app-password,serve'",
    "google, 'check,user add,app-password,serve,oauth connect'"
  })
  void whatComesNextIsSaidInItsOrder(String kind, String steps) {
    String next = CommandRun.good(folder, "init", "--upstream", kind).out();

    assertThat(next)
        .containsSubsequence(
            Stream.of(steps.split(",", -1)).map("postern "::concat).toArray(String[]::new))
        .contains("  1. edit the lines marked EDIT")
        .contains("  " + (steps.split(",", -1).length + 1) + ". ")
        .doesNotContain("  " + (steps.split(",", -1).length + 2) + ". ");
  }

  @Test
  void kindsOfMailServersAreListedToWhoNamesNone() {
    assertThat(CommandRun.of(folder, "init", "--upstream", "outlook").err())
        .contains("write one of dovecot, generic, office365, google");
  }

  @Test
  void certificateForMicrosoftIsRsaAndItsKeyIsOurs() throws Exception {
    CommandRun.good(folder, "init", "--upstream", "office365");
    Path key = folder.resolve("secrets/client-key");
    assertThat(Files.getPosixFilePermissions(key))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    try (InputStream in = Files.newInputStream(folder.resolve("tls/client.pem"))) {
      X509Certificate certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      assertThat(certificate.getPublicKey().getAlgorithm()).isEqualTo("RSA");
    }
  }

  @Test
  void refusesASecretThatEverybodyMayRead() throws IOException {
    CommandRun.good(folder, "init");
    Path pepper = folder.resolve("secrets/pepper");
    Files.setPosixFilePermissions(pepper, PosixFilePermissions.fromString("rw-r--r--"));

    for (String command : List.of("check", "serve")) {
      CommandRun run = CommandRun.of(folder, command);
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err())
          .contains("store.pepper: " + pepper + " is readable by everybody; chmod o-r " + pepper);
    }
  }

  @Test
  void refusesACertificateWithoutItsKey() throws IOException {
    CommandRun.good(folder, "init", "one");
    CommandRun.good(folder, "init", "two");
    Files.copy(
        folder.resolve("one/tls/fullchain.pem"),
        folder.resolve("two/tls/fullchain.pem"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);

    for (String command : List.of("check", "serve")) {
      CommandRun run = CommandRun.of(folder.resolve("two"), command, "--json");

      assertThat(run.exitCode()).isEqualTo(1);
      JsonNode error = run.error();
      assertThat(error.path("detail").asString()).contains("is not the key of");
      assertThat(error.path("key").asString()).isEqualTo("tls.private-key");
      assertThat(Files.readAllLines(folder.resolve("two/postern.yaml")))
          .element(error.path("line").asInt() - 1)
          .asString()
          .contains("private-key:");
    }
    CommandRun.good(folder.resolve("two"), "user", "add", "alice@example.com");
  }

  @ParameterizedTest
  @CsvSource({
    "hello, holds no private key",
    "-----BEGIN PRIVATE KEY-----|!!!!|-----END PRIVATE KEY-----, is not a PKCS#8 key for EC",
    "-----BEGIN PRIVATE KEY-----|MAAw|-----END PRIVATE KEY-----, is not a PKCS#8 key for EC",
    "-----BEGIN EC PRIVATE KEY-----|MAAw|-----END EC PRIVATE KEY-----, is of the kind EC PRIVATE KEY",
    "-----BEGIN PRIVATE KEY-----|MIIB, holds no private key"
  })
  void tellsOfACertificateBesideWhateverElseIsWrong(String key, String wrong) throws IOException {
    CommandRun.good(folder, "init");
    Files.writeString(folder.resolve("tls/privkey.pem"), key.replace('|', '\n') + "\n");
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(configuration, Files.readString(configuration) + "unknown: true\n");

    CommandRun run = CommandRun.of(folder, "check");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("tls.private-key: ")
        .contains("privkey.pem " + wrong)
        .contains("openssl pkcs8 -topk8 -nocrypt")
        .contains("unknown: is an unknown key");
  }

  @Test
  void tellsOfACertificateThatHasExpired() {
    CommandRun.good(folder, "init");
    assertThat(CommandRun.of(folder, "check").err()).doesNotContain("tls.certificate");

    CommandRun run = CommandRun.after(Duration.ofDays(10_000), folder, "check");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .containsPattern("postern.yaml:[0-9]+: tls.certificate: .*fullchain.pem has expired");
    assertThat(run.out()).doesNotContain(": good");
  }

  @Test
  void refusesTheKeyOfOthersForOldDevices() throws IOException {
    CommandRun.good(folder, "init");
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            .replace(
                "listeners:",
                """
                listeners:
                  - { protocol: submission, bind: "127.0.0.1:2587", tls: starttls, legacy-tls: true,
                      name: old.example, certificate: tls/fullchain.pem, private-key: tls/privkey.pem }\
                """));

    CommandRun run = CommandRun.of(folder, "check");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("tls/privkey.pem").contains("legacy");
  }

  @Test
  void refusesFilesThatHoldNoCertificate() throws IOException {
    CommandRun.good(folder, "init");
    Files.writeString(folder.resolve("tls/fullchain.pem"), "hello\n");

    CommandRun run = CommandRun.of(folder, "check");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("fullchain.pem holds no certificate");
  }

  @Test
  void connectsToEverythingWhenAsked() throws IOException {
    CommandRun.good(folder, "init", "--upstream", "generic");
    Path configuration = folder.resolve("postern.yaml");
    // Port 1 on loopback: nobody listens there.
    Files.writeString(
        configuration,
        Files.readString(configuration)
            .replace("imaps://imap.example.com:993", "imap://127.0.0.1:1")
            .replace("submission+starttls://smtp.example.com:587", "submission://127.0.0.1:1"));

    CommandRun run = CommandRun.of(folder, "check", "--connect", "--json");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.jsonLines())
        .extracting(line -> line.path("part").asString("") + " " + line.path("isUp").asBoolean())
        .contains(
            "database true",
            "upstream mailstore imap false",
            "upstream mailstore submission false");
  }

  @Test
  void commandsRefuseADatabaseThatIsNotThere() throws IOException {
    CommandRun.good(folder, "init");
    Files.delete(folder.resolve("postern.db"));

    CommandRun run = CommandRun.of(folder, "user", "list", "--json");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.error().path("error").asString()).isEqualTo("store");
    assertThat(folder.resolve("postern.db")).doesNotExist();
  }

  private String permissions(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name)));
  }
}
