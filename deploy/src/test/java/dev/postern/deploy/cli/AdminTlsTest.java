package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.deploy.starter.DevelopmentCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The admin listener with TLS, from the configuration on. */
class AdminTlsTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final String REQUEST = "HEAD /health/live HTTP/1.1\r\nHost: localhost\r\n";

  @TempDir Path folder;

  @BeforeEach
  void init() throws IOException {
    CommandRun.good(folder, "init", "--upstream", "generic");
    certificate("first");
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            .replaceAll("\\[::]:[0-9]+", "127.0.0.1:0")
            .replace("imaps://imap.example.com:993", "imap://127.0.0.1:1")
            .replace("submission+starttls://smtp.example.com:587", "submission://127.0.0.1:1")
            .replaceFirst(
                "(?m)^admin:.*$",
                "admin: { bind: \"127.0.0.1:0\", tls: { certificate: admin.pem,"
                    + " private-key: admin.key } }"));
  }

  @Test
  void aRenewedCertificateIsShownWithinSecondsAndOpenConnectionsGoOn() throws Exception {
    try (RunningCommand serve = RunningCommand.start(folder, "serve", "--json")) {
      serve.awaitLine("event", "ready");
      var admin = serve.awaitLine("protocol", "admin");
      assertThat(admin.path("tls").asString()).isEqualTo("implicit");
      int port = admin.path("port").asInt();
      try (TlsClient before = TlsClient.connect(port, folder.resolve("first.ca"))) {
        assertThat(answer(before)).contains("HTTP/1.1 200");

        certificate("second");

        await()
            .atMost(LONGEST)
            .ignoreExceptions()
            .untilAsserted(() -> {
              try (TlsClient after = TlsClient.connect(port, folder.resolve("second.ca"))) {
                assertThat(answer(after)).contains("HTTP/1.1 200");
              }
            });
        assertThat(answer(before)).contains("HTTP/1.1 200");
      }
    }
  }

  private static String answer(TlsClient client) throws IOException {
    client.send(REQUEST);
    return client.readUntil("HTTP/1.1");
  }

  /** Both files at once, as far as that goes: a look between the two waits for the next. */
  private void certificate(String name) throws IOException {
    DevelopmentCertificate made =
        DevelopmentCertificate.make(
            "mail.example.com", Instant.now(), Duration.ofDays(1), new SecureRandom());
    Files.writeString(folder.resolve(name + ".ca"), made.authority());
    put("admin.pem", made.chain());
    put("admin.key", made.privateKey());
  }

  private void put(String name, String content) throws IOException {
    Path next = Files.writeString(folder.resolve(name + ".new"), content);
    Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-------"));
    Path _ = Files.move(next, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
  }
}
