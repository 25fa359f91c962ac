package dev.postern.deploy.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.starter.DevelopmentCertificate;
import dev.postern.store.testing.SigningKeys;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** When a change of a file counts; what becomes of it is tried on a running server. */
class ReloadingTest {
  private static final ConfigLoader LOADER = new ConfigLoader(Map.of());

  private final Path folder;
  private final List<String> inForce = new ArrayList<>();
  private String login = "{ method: stored-password }";

  ReloadingTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    key("pepper", 1);
    key("sealing-key", 2);
  }

  @Test
  void aChangeBetweenReadingAndStartingCounts() throws Exception {
    Configuration first = written("first.example.com");
    WatchedFiles asRead = WatchedFiles.of(first);
    name("second.example.com");

    try (Reloading reloading = reloading(first, asRead, _ -> {})) {
      look(reloading);
    }

    assertThat(inForce).containsExactly("second.example.com");
  }

  @Test
  void aChangeWhileAnotherOneIsPutInForceCounts() throws Exception {
    Configuration first = written("first.example.com");
    Consumer<Configuration> slow =
        next -> {
          if (next.gateway().serverName().startsWith("second")) {
            name("third.example.com");
          }
        };

    try (Reloading reloading = reloading(first, WatchedFiles.of(first), slow)) {
      name("second.example.com");
      look(reloading);
      look(reloading);
      look(reloading);
    }

    assertThat(inForce).containsExactly("second.example.com", "third.example.com");
  }

  @Test
  void anotherKeyThatSignsTokensCounts() throws Exception {
    signingKey();
    login = "{ method: signed-token, key: signer.pem }";
    Configuration first = written("first.example.com");

    try (Reloading reloading = reloading(first, WatchedFiles.of(first), _ -> {})) {
      signingKey();
      look(reloading);
    }

    assertThat(inForce).containsExactly("first.example.com");
  }

  /** Twice: what has changed has to rest. */
  @Test
  void aRenewedClientCertificateCounts() throws Exception {
    for (String name : List.of("client.pem", "client.key")) {
      Configuration first = writtenWithClientCertificate();

      try (Reloading reloading = reloading(first, WatchedFiles.of(first), _ -> {})) {
        Files.writeString(folder.resolve(name), "\n", StandardOpenOption.APPEND);
        look(reloading);
      }

      assertThat(inForce).as(name).hasSize(1);
      inForce.clear();
    }
  }

  @Test
  void aRenewedCertificateOfTheAdminListenerCounts() throws Exception {
    for (String name : List.of("admin.pem", "admin.key", "ca.pem")) {
      Configuration first = writtenWithAdminCertificate();

      try (Reloading reloading = reloading(first, WatchedFiles.of(first), _ -> {})) {
        Files.writeString(folder.resolve(name), "\n", StandardOpenOption.APPEND);
        look(reloading);
      }

      assertThat(inForce).as(name).hasSize(1);
      inForce.clear();
    }
  }

  /**
   * Where others are, and whether they speak TLS, is for the next start; with which keys is not.
   */
  @Test
  void admissionToTheAdminListenerChangesAndItsAddressDoesNot() throws Exception {
    Configuration first = writtenWithAdminCertificate();
    Path file = first.file();
    String yaml = Files.readString(file);

    try (Reloading reloading = reloading(first, WatchedFiles.of(first), _ -> {})) {
      for (String refused :
          List.of(
              yaml.replace("127.0.0.1:8081", "127.0.0.1:8082"),
              yaml.replaceFirst("(?m)^admin:.*$", "admin: { bind: \"127.0.0.1:8081\" }"),
              yaml.replaceFirst(
                  "(?m)^metrics:.*$", "metrics: { bind: \"0.0.0.0:9587\", allow-cleartext: true }"),
              yaml.replaceFirst("(?m)^metrics:.*\n", ""),
              yaml + "auth-service: { bind: \"127.0.0.1:9143\" }\n")) {
        Files.writeString(file, refused);
        look(reloading);
        assertThat(inForce).as(refused).isEmpty();
      }
      Files.writeString(file, yaml.replace(", client-ca: ca.pem", ", minimum: TLSv1.3"));
      look(reloading);
    }

    assertThat(inForce).hasSize(1);
  }

  /** What of the sessions is said is so: those end whose password is no longer taken. */
  @Test
  void saysWhichSessionsDoNotGoOn() throws Exception {
    Configuration first = written("first.example.com");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(Reloading.class);
    logger.setLevel(Level.INFO);
    log.start();
    logger.addAppender(log);
    try (Reloading reloading = reloading(first, WatchedFiles.of(first), _ -> {})) {
      name("second.example.com");
      look(reloading);
      Files.writeString(
          folder.resolve("postern.yaml"),
          "pass-through: [ { group: pilot, mode: enforce } ]\n",
          StandardOpenOption.APPEND);
      look(reloading);
    } finally {
      logger.detachAppender(log);
      logger.setLevel(null);
    }
    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .satisfiesExactly(
            line -> assertThat(line).endsWith("in force; sessions go on as they are"),
            line ->
                assertThat(line)
                    .endsWith(
                        "in force; sessions go on as they are, but for those with an own password"
                            + " that pass-through no longer takes: they end"));
  }

  private Configuration writtenWithAdminCertificate() throws Exception {
    DevelopmentCertificate own =
        DevelopmentCertificate.make(
            "gate.example.com", Instant.now(), Duration.ofDays(1), new SecureRandom());
    Files.writeString(folder.resolve("admin.pem"), own.chain());
    Files.writeString(folder.resolve("ca.pem"), own.authority());
    Path key = Files.writeString(folder.resolve("admin.key"), own.privateKey());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    String tls = "tls: { certificate: admin.pem, private-key: admin.key";
    Path file = name("first.example.com");
    Files.writeString(
        file,
        "admin: { bind: \"127.0.0.1:8081\", "
            + tls
            + ", client-ca: ca.pem } }\nmetrics: { bind: \"0.0.0.0:9587\", "
            + tls
            + " } }\n",
        StandardOpenOption.APPEND);
    return LOADER.loadToServe(file);
  }

  private Configuration writtenWithClientCertificate() throws Exception {
    DevelopmentCertificate own =
        DevelopmentCertificate.make(
            "gate.example.com", Instant.now(), Duration.ofDays(1), new SecureRandom());
    Files.writeString(folder.resolve("client.pem"), own.chain());
    Path key = Files.writeString(folder.resolve("client.key"), own.privateKey());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    Path file = name("first.example.com");
    Files.writeString(
        file,
        Files.readString(file)
            .replace(
                "imap: \"imap://127.0.0.1:3143\"",
                "imap: \"imaps://127.0.0.1:3143\"\n    client-certificate: client.pem\n"
                    + "    client-key: client.key"));
    return LOADER.loadToServe(file);
  }

  private static void look(Reloading reloading) {
    reloading.look();
    reloading.look();
  }

  private Reloading reloading(
      Configuration running, WatchedFiles asRead, Consumer<Configuration> use) {
    return new Reloading(
        running,
        asRead,
        LOADER,
        next -> {
          inForce.add(next.gateway().serverName());
          use.accept(next);
        },
        new SimpleMeterRegistry());
  }

  private Configuration written(String serverName) throws Exception {
    return LOADER.loadToServe(name(serverName));
  }

  private Path name(String serverName) {
    try {
      return Files.writeString(
          folder.resolve("postern.yaml"),
          """
          server: { name: %s }
          listeners:
            - { protocol: imap, bind: "127.0.0.1:1143", tls: none }
          upstreams:
            local:
              imap: "imap://127.0.0.1:3143"
              login: %s
          routes:
            - { match: "*", upstream: local }
          store:
            database: "sqlite:postern.db"
            pepper: "${file:pepper}"
            sealing-key: "${file:sealing-key}"
          """
              .formatted(serverName, login));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void signingKey() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("signer.pem"),
            "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder()
                    .encodeToString(SigningKeys.ec("secp256r1").getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private void key(String name, int seed) throws IOException {
    byte[] bytes = new byte[32];
    bytes[0] = (byte) seed;
    Path file =
        Files.writeString(
            folder.resolve(name), "k1 " + Base64.getEncoder().encodeToString(bytes) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
