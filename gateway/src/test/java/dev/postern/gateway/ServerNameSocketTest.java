package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client says that the server is called (SNI, RFC 6066 §3). */
class ServerNameSocketTest {
  @TempDir Path folder;

  /** So there is nothing to look up, and nothing that grows. */
  @Test
  void choosesNothing() throws Exception {
    try (GatewayFixture fixture =
        new GatewayFixture(folder, Tls.IMPLICIT, 1, Security.CLEAR, GatewayFixture.LIMITS)) {
      Set<Certificate> shown = new LinkedHashSet<>();
      for (String name : List.of("localhost", "elsewhere.example", "a".repeat(63) + ".example")) {
        shown.add(certificate(fixture, name));
      }
      assertThat(shown).hasSize(1);
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
