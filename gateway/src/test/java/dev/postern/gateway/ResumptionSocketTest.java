package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.tickets.TicketKey;
import dev.postern.store.tickets.TicketKeys;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** TLS sessions that clients take up again. */
@ExtendWith(LeakCheck.class)
class ResumptionSocketTest {
  @TempDir Path folder;
  private ScriptedUpstream upstream;
  private SSLContext client = GatewayFixture.CA.clientContext();

  @BeforeEach
  void open() throws IOException {
    upstream = ScriptedUpstream.echoing();
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
  }

  private static List<TicketKey> keys(long... periods) {
    return LongStream.of(periods).mapToObj(ResumptionSocketTest::key).toList();
  }

  private static TicketKey key(long period) {
    byte[] material = new byte[TicketKey.BYTES];
    Arrays.fill(material, (byte) period);
    return new TicketKey(period, Secret.owning(material));
  }

  private GatewayConfig config() {
    return GatewayFixture.config(
        folder, Tls.IMPLICIT, "localhost", upstream.port(), Security.CLEAR, GatewayFixture.LIMITS);
  }

  /** Whether the gateway took up an earlier session with the client. */
  private boolean isResumed(GatewayFixture fixture, String version) throws IOException {
    return isResumed(fixture, fixture.gateway.listeners().getFirst().address(), version);
  }

  /** The client takes all servers for one. */
  private boolean isResumed(GatewayFixture fixture, InetSocketAddress address, String version)
      throws IOException {
    double before = resumed(fixture, version);
    Socket transport =
        new Socket(address.getAddress(), address.getPort()) {
          @Override
          public int getPort() {
            return 993; // that of all of them, for the client's cache
          }
        };
    try (SSLSocket socket =
        (SSLSocket) client.getSocketFactory().createSocket(transport, "localhost", 993, true)) {
      socket.setSoTimeout(10_000);
      socket.setEnabledProtocols(new String[] {version});
      InputStream in = socket.getInputStream();
      assertThat(new String(in.readNBytes(3), StandardCharsets.US_ASCII)).isEqualTo("220");
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
    }
    return resumed(fixture, version) > before;
  }

  private static double resumed(GatewayFixture fixture, String version) {
    return Optional.ofNullable(
            fixture
                .metrics
                .find("postern.tls.handshakes")
                .tags("version", version, "resumed", "true")
                .counter())
        .map(counter -> counter.count())
        .orElse(0.0);
  }

  @Test
  void aClientComesBackWithATicket() throws Exception {
    List<TicketKey> keys = keys(7, 8);
    try (GatewayFixture fixture = new GatewayFixture(config(), () -> keys)) {
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse();
      assertThat(isResumed(fixture, "TLSv1.3")).isTrue();
      assertThat(isResumed(fixture, "TLSv1.3")).isTrue();
    }
  }

  @Test
  void thereAreNoTicketsBeforeTls13() throws Exception {
    List<TicketKey> keys = keys(7);
    try (GatewayFixture fixture = new GatewayFixture(config(), () -> keys)) {
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse(); // the keys are in place
      client = GatewayFixture.CA.clientContext();
      assertThat(isResumed(fixture, "TLSv1.2")).isFalse();
      assertThat(isResumed(fixture, "TLSv1.2")).isFalse();
    }
  }

  @Test
  void withoutKeysThereAreNone() throws Exception {
    AtomicReference<List<TicketKey>> keys = new AtomicReference<>(List.of());
    try (GatewayFixture fixture = new GatewayFixture(config(), keys::get)) {
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse();
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse();
      keys.set(keys(7));
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse();
      assertThat(isResumed(fixture, "TLSv1.3")).isTrue();
      keys.set(List.of());
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse();
    }
  }

  @Test
  void anotherNodeWithTheSameKeysTakesThem() throws Exception {
    GatewayConfig config = config();
    try (GatewayFixture one = new GatewayFixture(config, keysOf(7));
        GatewayFixture other = new GatewayFixture(config, keysOf(7));
        GatewayFixture stranger = new GatewayFixture(config, keysOf(9))) {
      assertThat(isResumed(one, "TLSv1.3")).isFalse();
      assertThat(isResumed(other, "TLSv1.3")).isTrue();
      assertThat(isResumed(stranger, "TLSv1.3")).isFalse();
    }
  }

  private static TicketKeys keysOf(long period) {
    List<TicketKey> keys = keys(period);
    return () -> keys;
  }

  @Test
  void theFirstKeySealsAndTheOthersOpen() throws Exception {
    AtomicReference<List<TicketKey>> keys = new AtomicReference<>(keys(7, 8));
    try (GatewayFixture fixture = new GatewayFixture(config(), keys::get)) {
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse();
      keys.set(keys(8, 7, 9));
      assertThat(isResumed(fixture, "TLSv1.3")).isTrue();

      client = GatewayFixture.CA.clientContext();
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse();
      keys.set(keys(9, 8, 10));
      assertThat(isResumed(fixture, "TLSv1.3")).isTrue();

      client = GatewayFixture.CA.clientContext();
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse();
      keys.set(keys(11, 10, 12));
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse();
    }
  }

  @Test
  void aReloadKeepsThem() throws Exception {
    List<TicketKey> keys = keys(7);
    GatewayConfig config = config();
    try (GatewayFixture fixture = new GatewayFixture(config, () -> keys)) {
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse();
      fixture.gateway.reload(config);
      assertThat(isResumed(fixture, "TLSv1.3")).isTrue();
    }
  }

  @Test
  void aSessionWithAnotherCertificateIsAnother() throws Exception {
    CertificateFiles own =
        GatewayFixture.CA.issue("localhost").write(Files.createDirectory(folder.resolve("own")));
    List<TicketKey> keys = keys(7);
    GatewayConfig usual = config();
    Listener first = usual.listeners().getFirst();
    Listener apart =
        new Listener(
            Scope.SUBMISSION,
            "127.0.0.1",
            0,
            Tls.IMPLICIT,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.of(own),
            first.lane());
    GatewayConfig config = AlteredConfig.of(usual).listeners(first, apart, first).config();
    try (GatewayFixture fixture = new GatewayFixture(config, () -> keys)) {
      assertThat(isResumed(fixture, "TLSv1.3")).isFalse();
      InetSocketAddress other = fixture.gateway.listeners().get(1).address();
      InetSocketAddress same = fixture.gateway.listeners().get(2).address();
      assertThat(isResumed(fixture, same, "TLSv1.3")).isTrue();
      assertThat(isResumed(fixture, other, "TLSv1.3")).isFalse();
    }
  }
}
