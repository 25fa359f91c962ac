package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.node.Node;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The admin listener with TLS, as curl with OpenSSL finds it. */
@Tag("peers")
class AdminByCurlTest {
  @TempDir Path folder;

  @Test
  void onlyWhoShowsACertificateIsAnswered() throws Exception {
    PeerCertificates certificates = PeerCertificates.make(folder);
    key("pepper", 1);
    key("sealing-key", 2);
    Path file =
        Files.writeString(
            folder.resolve("postern.yaml"),
            """
            server: { name: localhost }
            listeners:
              - { protocol: imap, bind: "127.0.0.1:0", tls: none }
            upstreams:
              local: { imap: "imap://127.0.0.1:1", login: { method: stored-password } }
            routes:
              - { match: "*", upstream: local }
            store:
              database: "sqlite:postern.db"
              pepper: "${file:pepper}"
              sealing-key: "${file:sealing-key}"
            admin:
              bind: "127.0.0.1:0"
              tls: { certificate: server.pem, private-key: server.key, client-ca: client.pem }
            """);
    try (Node node = Node.start(new ConfigLoader(Map.of()).loadToServe(file), Clock.systemUTC())) {
      String address =
          "https://localhost:" + node.adminServer().adminAddress().getPort() + "/health/live";
      List<String> own =
          List.of(
              "--cert",
              certificates.clientCertificate().toString(),
              "--key",
              certificates.clientKey().toString());
      List<String> others =
          List.of(
              "--cert",
              certificates.oldCertificate().toString(),
              "--key",
              certificates.oldPrivateKey().toString());

      for (String version : List.of("--tlsv1.3", "--tls-max 1.2")) {
        assertThat(curl(address, certificates, version, own).succeeded().out())
            .startsWith("HTTP/1.1 200")
            .containsIgnoringCase("strict-transport-security: max-age=31536000");
        assertThat(curl(address, certificates, version, List.of()).exit()).isNotZero();
        assertThat(curl(address, certificates, version, others).exit()).isNotZero();
      }
      assertThat(curl(address, certificates, "--tls-max 1.1", own).exit()).isNotZero();
      assertThat(curl(address.replace("https", "http"), certificates, "--tlsv1.2", own).exit())
          .isNotZero();
    }
  }

  private static Program.Result curl(
      String address, PeerCertificates certificates, String version, List<String> own) {
    List<String> command =
        new ArrayList<>(List.of("curl", "--silent", "--include", "--max-time", "20", "--http2"));
    command.addAll(List.of(version.split(" ")));
    command.addAll(List.of("--cacert", certificates.ca().toString()));
    command.addAll(own);
    command.add(address);
    return Program.run(command.toArray(String[]::new));
  }

  private void key(String name, int seed) throws Exception {
    byte[] bytes = new byte[32];
    bytes[0] = (byte) seed;
    Path file =
        Files.writeString(
            folder.resolve(name), "k1 " + Base64.getEncoder().encodeToString(bytes) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
