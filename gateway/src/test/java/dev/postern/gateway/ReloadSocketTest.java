package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestCertificates.Issued;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import dev.postern.store.testing.FreePorts;
import java.io.IOException;
import java.math.BigInteger;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Another configuration while clients are there. */
@ExtendWith(LeakCheck.class)
class ReloadSocketTest {
  @TempDir Path folder;
  private ScriptedUpstream upstream;

  @BeforeEach
  void open() throws IOException {
    upstream = ScriptedUpstream.echoing();
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
  }

  @Test
  void newConnectionsFindTheNewSettingsAndOldOnesKeepTheirs() throws Exception {
    try (GatewayFixture fixture = new GatewayFixture(config(Tls.NONE));
        Wire session = fixture.loggedIn();
        Wire waiting = fixture.client()) {
      InetSocketAddress before = fixture.gateway.listeners().getFirst().address();

      fixture.gateway.reload(named(config(Tls.NONE), "other.test"));

      assertThat(fixture.gateway.listeners().getFirst().address()).isEqualTo(before);
      try (Wire client = Wire.connect(before)) {
        assertThat(client.line()).startsWith("220 other.test");
      }
      waiting.send(GatewayFixture.RIGHT);
      assertThat(waiting.line()).startsWith("235 ");
      session.send("NOOP\r\n");
      assertThat(session.line()).isEqualTo("250 heard NOOP");
    }
  }

  @Test
  void otherLimitsHoldForThoseWhoComeAndWhoIsHereCounts() throws Exception {
    Caps one = new Caps(1, 1, 1, OptionalInt.empty(), 1, 1, OptionalInt.empty(), List.of());
    try (GatewayFixture fixture = new GatewayFixture(config(Tls.NONE));
        Wire session = fixture.loggedIn();
        Wire waiting = fixture.client()) {
      fixture.gateway.reload(limited(config(Tls.NONE), one, OptionalInt.of(100)));
      try (Wire third = fixture.connect()) {
        assertThat(third.rest()).startsWith("421 4.7.0 Too many connections from your network");
      }
      waiting.send(GatewayFixture.RIGHT);
      assertThat(waiting.line()).startsWith("454 4.7.0 Too many sign-ins at the same time");
      session.send("NOOP\r\n");
      assertThat(session.line()).isEqualTo("250 heard NOOP");

      fixture.gateway.reload(limited(config(Tls.NONE), Caps.DEFAULT, OptionalInt.of(2)));
      try (Wire third = fixture.client()) {
        third.send(GatewayFixture.RIGHT);
        assertThat(third.line()).startsWith("535 ");
      }
      await().until(() -> fixture.suspended.size() == 1);
    }
  }

  @Test
  void aRenewedCertificateIsServedToNewConnectionsWhileOldSessionsGoOn() throws Exception {
    try (GatewayFixture fixture = new GatewayFixture(config(Tls.IMPLICIT));
        Wire session = fixture.loggedIn()) {
      Issued renewed = GatewayFixture.CA.issue("localhost");
      renewed.write(folder);

      fixture.gateway.reload(sameFiles(config(Tls.IMPLICIT), renewed));

      assertThat(certificateSerial(fixture)).isEqualTo(renewed.certificate().getSerialNumber());
      session.send("NOOP\r\n");
      assertThat(session.line()).isEqualTo("250 heard NOOP");
    }
  }

  @Test
  void aCertificateThatCannotBeUsedChangesNothing() throws Exception {
    try (GatewayFixture fixture = new GatewayFixture(config(Tls.IMPLICIT))) {
      GatewayConfig next = named(config(Tls.IMPLICIT), "other.test");
      Files.writeString(next.certificate().orElseThrow().certificate(), "half a certifi");

      assertThatThrownBy(() -> fixture.gateway.reload(next)).isInstanceOf(GatewayException.class);

      try (Wire client = fixture.connect()) {
        assertThat(client.line()).startsWith("220 gate.test");
      }
    }
  }

  @Test
  void aPortThatCannotBeHadChangesNothing() throws Exception {
    try (GatewayFixture fixture = new GatewayFixture(config(Tls.NONE));
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      int free = FreePorts.one();
      GatewayConfig next =
          with(
              named(config(Tls.NONE), "other.test"),
              List.of(listener(0), listener(free), listener(taken.getLocalPort())));

      assertThatThrownBy(() -> fixture.gateway.reload(next))
          .isInstanceOf(GatewayException.class)
          .hasMessageContaining("" + taken.getLocalPort());

      assertThat(fixture.gateway.listeners()).hasSize(1);
      try (Wire client = fixture.connect()) {
        assertThat(client.line()).startsWith("220 gate.test");
      }
      new ServerSocket(free, 1, InetAddress.ofLiteral("127.0.0.1")).close();
    }
  }

  @Test
  void listenersComeAndGoWithoutTheirSessions() throws Exception {
    int port = FreePorts.one();
    GatewayConfig both = with(config(Tls.NONE), List.of(listener(0), listener(port)));
    InetSocketAddress second = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    try (GatewayFixture fixture = new GatewayFixture(config(Tls.NONE))) {
      fixture.gateway.reload(both);
      try (Wire session = Wire.connect(second)) {
        session.lineStarting("220 ");
        session.send(GatewayFixture.RIGHT);
        session.lineStarting("235 ");

        fixture.gateway.reload(config(Tls.NONE));

        assertThatThrownBy(() -> Wire.connect(second)).isInstanceOf(ConnectException.class);
        session.send("NOOP\r\n");
        assertThat(session.line()).isEqualTo("250 heard NOOP");
      }
    }
  }

  @Test
  void aStreamOfLoginsLosesNobody() throws Exception {
    Queue<String> troubles = new ConcurrentLinkedQueue<>();
    AtomicInteger done = new AtomicInteger();
    AtomicBoolean isOver = new AtomicBoolean();
    try (GatewayFixture fixture = new GatewayFixture(endless(config(Tls.IMPLICIT)))) {
      List<CompletableFuture<Void>> clients =
          IntStream.range(0, 4)
              .mapToObj(_ ->
                  CompletableFuture.runAsync(
                      () -> {
                        while (!isOver.get()) {
                          try (Wire client = fixture.loggedIn()) {
                            client.send("NOOP\r\n");
                            client.lineStarting("250 heard");
                            done.incrementAndGet();
                          } catch (IOException e) {
                            troubles.add(e.toString());
                          }
                        }
                      },
                      task -> Thread.ofVirtual().start(task)))
              .toList();
      for (int round = 1; round <= 10; round++) {
        int wanted = done.get() + 5;
        fixture.gateway.reload(endless(config(Tls.IMPLICIT)));
        await().until(() -> done.get() >= wanted || !troubles.isEmpty());
      }
      isOver.set(true);
      clients.forEach(CompletableFuture::join);
    }
    assertThat(troubles).isEmpty();
  }

  private static BigInteger certificateSerial(GatewayFixture fixture) throws IOException {
    InetSocketAddress address = fixture.gateway.listeners().getFirst().address();
    try (SSLSocket client =
        (SSLSocket)
            GatewayFixture.CA
                .clientContext()
                .getSocketFactory()
                .createSocket(address.getAddress(), address.getPort())) {
      client.startHandshake();
      return ((X509Certificate) client.getSession().getPeerCertificates()[0]).getSerialNumber();
    }
  }

  private GatewayConfig config(Tls tls) {
    return GatewayFixture.config(
        folder, tls, "127.0.0.1", upstream.port(), Security.CLEAR, GatewayFixture.LIMITS);
  }

  /** {@link #config} writes a new certificate each time: puts that one back. */
  private GatewayConfig sameFiles(GatewayConfig config, Issued certificate) {
    certificate.write(folder);
    return config;
  }

  /** More logins than one app password usually may. */
  private static GatewayConfig endless(GatewayConfig config) {
    return limited(config, config.caps(), OptionalInt.empty());
  }

  private static GatewayConfig limited(GatewayConfig config, Caps caps, OptionalInt logins) {
    return AlteredConfig.of(config)
        .caps(caps)
        .budget(new CredentialBudget(logins, OptionalLong.empty(), OptionalLong.empty()))
        .config();
  }

  private static GatewayConfig named(GatewayConfig config, String name) {
    return AlteredConfig.of(config).serverName(name).config();
  }

  private static GatewayConfig with(GatewayConfig config, List<Listener> listeners) {
    return AlteredConfig.of(config).listeners(listeners.toArray(Listener[]::new)).config();
  }

  private static Listener listener(int port) {
    return new Listener(Scope.SUBMISSION, "127.0.0.1", port, Tls.NONE, Optional.empty());
  }
}
