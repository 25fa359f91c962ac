package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.TestCertificates.Issued;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client says that the server is called (SNI, RFC 6066 §3). */
class ServerNameSocketTest {
  @TempDir Path folder;

  /** So there is nothing to look up, and nothing that grows: not even another listener's. */
  @Test
  void choosesNothing() throws Exception {
    GatewayConfig config =
        GatewayFixture.config(
            folder, Tls.IMPLICIT, "localhost", 1, Security.CLEAR, GatewayFixture.LIMITS);
    Issued elsewhere = GatewayFixture.CA.issue("elsewhere.example");
    Listener first = config.listeners().getFirst();
    Listener second =
        new Listener(
            first.protocol(),
            first.host(),
            0,
            first.tls(),
            first.upstream(),
            first.trustedProxies(),
            Optional.of("elsewhere.example"),
            Optional.of(elsewhere.write(Files.createDirectory(folder.resolve("elsewhere")))),
            first.lane(),
            OptionalInt.empty());
    try (GatewayFixture fixture =
        new GatewayFixture(AlteredConfig.of(config).listeners(first, second).config())) {
      Set<Certificate> shown = new LinkedHashSet<>();
      for (String name : List.of("localhost", "elsewhere.example", "a".repeat(63) + ".example")) {
        shown.add(certificate(fixture, name));
      }
      assertThat(shown).hasSize(1).doesNotContain(elsewhere.certificate());
    }
  }

  private static Certificate certificate(GatewayFixture fixture, String name) throws Exception {
    var address = fixture.gateway.listeners().getFirst().address();
    try (SSLSocket socket =
        (SSLSocket)
            GatewayFixture.CA
                .clientContext()
                .getSocketFactory()
                .createSocket(
                    new Socket(address.getAddress(), address.getPort()),
                    name,
                    address.getPort(),
                    true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      parameters.setEndpointIdentificationAlgorithm("");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }
}
