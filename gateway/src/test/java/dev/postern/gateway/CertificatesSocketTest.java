package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestCertificates.Issued;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several certificates at one listener. */
@ExtendWith(LeakCheck.class)
class CertificatesSocketTest {
  @TempDir Path folder;
  private ScriptedUpstream upstream;

  /** What they are called here, by what a client sees. */
  private final Map<Certificate, String> known = new LinkedHashMap<>();

  @BeforeEach
  void open() throws IOException {
    upstream = ScriptedUpstream.echoing();
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
  }

  private CertificateFiles file(String name, Issued issued) throws IOException {
    known.put(issued.certificate(), name);
    return issued.write(Files.createDirectory(folder.resolve(name)));
  }

  private GatewayConfig config() throws IOException {
    GatewayConfig usual =
        GatewayFixture.config(
            folder,
            Tls.IMPLICIT,
            "localhost",
            upstream.port(),
            Security.CLEAR,
            GatewayFixture.LIMITS);
    return AlteredConfig.of(usual)
        .certificate(
            Optional.of(file("rsa", GatewayFixture.CA.issueRsa("gate.test", "mail.gate.test"))))
        .moreCertificates(
            List.of(
                file("other", GatewayFixture.CA.issue("other.test")),
                file("half", GatewayFixture.CA.issue("mail.gate.test")),
                file("ec", GatewayFixture.CA.issue("gate.test", "mail.gate.test")),
                file("wild", GatewayFixture.CA.issueRsa("*.wild.test"))))
        .config();
  }

  @ParameterizedTest
  @CsvSource({
    "'', TLSv1.3, any, ec",
    "'', TLSv1.3, rsa, rsa",
    "'', TLSv1.2, any, ec",
    "'', TLSv1.2, rsa, rsa",
    "gate.test, TLSv1.3, any, ec",
    "GATE.test, TLSv1.3, any, ec",
    "mail.gate.test, TLSv1.3, any, half",
    "other.test, TLSv1.3, any, other",
    "other.test, TLSv1.2, any, other",
    "unknown.test, TLSv1.3, any, ec",
    "unknown.test, TLSv1.2, rsa, rsa",
    "a.wild.test, TLSv1.3, any, wild",
    "a.b.wild.test, TLSv1.3, any, ec"
  })
  void aClientSeesTheOneThatItAsksForAndCanCheck(
      String name, String version, String kind, String expected) throws Exception {
    try (GatewayFixture fixture = new GatewayFixture(config())) {
      assertThat(known.get(shown(fixture, name, version, kind))).isEqualTo(expected);
    }
  }

  /** What a client is shown that believes everything. */
  private Certificate shown(GatewayFixture fixture, String name, String version, String kind)
      throws Exception {
    InetSocketAddress address = fixture.gateway.listeners().getFirst().address();
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    Socket transport = new Socket(address.getAddress(), address.getPort());
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(transport, null, 0, true)) {
      socket.setUseClientMode(true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {version});
      parameters.setServerNames(name.isEmpty() ? List.of() : List.of(new SNIHostName(name)));
      if (kind.equals("rsa")) {
        parameters.setSignatureSchemes(
            new String[] {"rsa_pss_rsae_sha256", "rsa_pkcs1_sha256", "ecdsa_secp384r1_sha384"});
      }
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }
}
