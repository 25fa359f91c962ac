package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.PemFiles;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestCertificates;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import dev.postern.store.testing.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Starting and stopping as a whole. */
@ExtendWith(LeakCheck.class)
class GatewayStartTest {
  @TempDir Path folder;

  @Test
  void aTakenPortIsAnErrorThatLeavesNothingStarted() throws Exception {
    Set<Thread> before = gatewayThreads();
    int free = FreePorts.one();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      GatewayConfig config =
          with(listener(free, Tls.NONE), listener(taken.getLocalPort(), Tls.NONE));

      assertThatThrownBy(() -> new GatewayFixture(config))
          .isInstanceOf(GatewayException.class)
          .hasMessageContaining("submission on 127.0.0.1:" + taken.getLocalPort())
          .hasMessageNotContaining("\n")
          .extracting(e -> ((GatewayException) e).remedy())
          .asString()
          .contains(":" + taken.getLocalPort());
    }
    new ServerSocket(free, 1, InetAddress.ofLiteral("127.0.0.1")).close();
    await().untilAsserted(() -> assertThat(gatewayThreads()).isEqualTo(before));
  }

  @Test
  void aPortIsNotSharedWithAnotherGateway() throws Exception {
    try (GatewayFixture first = new GatewayFixture(with(listener(0, Tls.NONE)))) {
      int port = first.gateway.listeners().getFirst().address().getPort();

      assertThatThrownBy(() -> new GatewayFixture(with(listener(port, Tls.NONE))))
          .isInstanceOf(GatewayException.class);
    }
  }

  @Test
  void aPortIsFreeAgainAfterTheGatewayIsClosed() throws Exception {
    int port;
    try (GatewayFixture first = new GatewayFixture(with(listener(0, Tls.NONE)))) {
      port = first.gateway.listeners().getFirst().address().getPort();
      first.client().close();
    }
    try (GatewayFixture second = new GatewayFixture(with(listener(port, Tls.NONE)));
        Wire client = second.client()) {
      assertThat(client.shown()).contains("220 gate.test");
    }
  }

  @Test
  void anUnreadableCertificateIsNamed() {
    Path missing = folder.resolve("missing.pem");
    GatewayConfig config = with(listener(0, Tls.IMPLICIT));

    assertThatThrownBy(() ->
            new GatewayFixture(
                certificate(
                    config,
                    new CertificateFiles(
                        missing, config.certificate().orElseThrow().privateKey()))))
        .isInstanceOf(GatewayException.class)
        .hasMessage("cannot read the certificate " + missing + ": no such file");
  }

  @Test
  void aKeyThatIsNoKeyIsNamed() throws IOException {
    Path nonsense = Files.writeString(folder.resolve("nonsense.pem"), "no key");
    GatewayConfig config = with(listener(0, Tls.IMPLICIT));

    assertThatThrownBy(() ->
            new GatewayFixture(
                certificate(
                    config,
                    new CertificateFiles(
                        config.certificate().orElseThrow().certificate(), nonsense))))
        .isInstanceOf(GatewayException.class)
        .hasMessageContaining(nonsense.toString())
        .hasMessageNotContaining("\n");
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("other"));
    CertificateFiles other = new TestCertificates().issue("other").write(elsewhere);
    GatewayConfig config = with(listener(0, Tls.IMPLICIT));

    assertThatThrownBy(() ->
            new GatewayFixture(
                certificate(
                    config,
                    new CertificateFiles(
                        config.certificate().orElseThrow().certificate(), other.privateKey()))))
        .isInstanceOf(GatewayException.class);
  }

  @Test
  void aKeyOfAKindThatMailClientsDoNotKnowIsNamed() throws GeneralSecurityException {
    CertificateFiles files =
        GatewayFixture.CA
            .issue(KeyPairGenerator.getInstance("Ed25519").generateKeyPair(), "localhost")
            .write(folder);
    assertThatThrownBy(() -> PemFiles.identity(files))
        .isInstanceOf(GatewayException.class)
        .hasMessage("the certificate " + files.certificate() + " is for a key of the kind EdDSA");
  }

  @Test
  void anUnreadableCaFileIsNamed() {
    Path missing = folder.resolve("missing-ca.pem");
    GatewayConfig config = with(listener(0, Tls.NONE));
    Upstream real = config.upstreams().values().iterator().next();
    GatewayConfig broken =
        AlteredConfig.of(config)
            .upstreams(
                Map.of(
                    "real",
                    new Upstream("real", real.endpoints(), Optional.of(missing), real.login())))
            .config();

    assertThatThrownBy(() -> new GatewayFixture(broken))
        .isInstanceOf(GatewayException.class)
        .hasMessage("cannot read the CA file of upstream real " + missing + ": no such file");
  }

  @Test
  void aTlsListenerNeedsACertificate() {
    GatewayConfig config = with(listener(0, Tls.STARTTLS));
    GatewayConfig bare = AlteredConfig.of(config).certificate(Optional.empty()).config();

    assertThatThrownBy(() -> new GatewayFixture(bare))
        .isInstanceOf(GatewayException.class)
        .hasMessageContaining("needs a certificate");
  }

  @Test
  void closingSaysGoodbyeBeforeLoginAndCutsSessions() throws Exception {
    try (ScriptedUpstream upstream =
        new ScriptedUpstream(wire -> {
          ScriptedUpstream.smtpLogin(wire);
          wire.rest();
        })) {
      GatewayFixture fixture =
          new GatewayFixture(
              folder, Tls.NONE, upstream.port(), Security.CLEAR, GatewayFixture.LIMITS);
      try (Wire waiting = fixture.client();
          Wire relayed = fixture.loggedIn()) {
        Thread closing = Thread.ofVirtual().start(fixture::close);

        assertThat(waiting.rest()).startsWith("421 ");
        assertThat(relayed.rest()).isEmpty();
        closing.join();
      }
    }
  }

  @Test
  void everySeriesIsThereBeforeTheFirstEvent() {
    try (GatewayFixture fixture = new GatewayFixture(with(listener(0, Tls.NONE)))) {
      assertThat(fixture.counted("postern.login.attempts", "mechanism", "plain")).isZero();
      assertThat(fixture.metrics.get("postern.login").timer().count()).isZero();
      assertThat(fixture.metrics.get("postern.upstream.login").timer().count()).isZero();
      assertThat(fixture.metrics.get("postern.sessions").gauge().value()).isZero();
      assertThat(fixture.metrics.get("postern.certificate.expiry").gauge().value()).isPositive();
      assertThat(fixture.metrics.getMeters())
          .extracting(meter -> meter.getId().getName())
          .contains(
              "postern.connections",
              "postern.relay.bytes",
              "postern.upstream.failures",
              "postern.tls.handshakes",
              "postern.login.refusals",
              "netty.allocator.memory.used",
              "netty.eventexecutor.tasks.pending");
    }
  }

  private GatewayConfig with(Listener... listeners) {
    GatewayConfig config =
        GatewayFixture.config(
            folder, Tls.NONE, "localhost", 1, Security.CLEAR, GatewayFixture.LIMITS);
    return AlteredConfig.of(config).listeners(listeners).config();
  }

  private static GatewayConfig certificate(GatewayConfig config, CertificateFiles files) {
    return AlteredConfig.of(config).certificate(Optional.of(files)).config();
  }

  private static Listener listener(int port, Tls tls) {
    return new Listener(Scope.SUBMISSION, "127.0.0.1", port, tls, Optional.empty());
  }

  private static Set<Thread> gatewayThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("gateway-"))
        .collect(Collectors.toSet());
  }
}
