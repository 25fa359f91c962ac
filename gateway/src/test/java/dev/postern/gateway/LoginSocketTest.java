package dev.postern.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Protection;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients do and suffer before they are logged in. */
@ExtendWith(LeakCheck.class)
class LoginSocketTest {
  private static final int MEGABYTE = 1024 * 1024;

  @TempDir Path folder;
  private ScriptedUpstream upstream;
  private TestLog log;

  @BeforeEach
  void open() throws IOException {
    log = new TestLog();
    upstream =
        new ScriptedUpstream(wire -> {
          ScriptedUpstream.smtpLogin(wire);
          wire.rest();
        });
  }

  @AfterEach
  void neverLogsAStackTrace() throws IOException {
    upstream.close();
    log.close();
    assertThat(log.withStackTrace()).isEmpty();
  }

  @Test
  void logsInAfterStartTls() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.STARTTLS);
        Wire client = fixture.client()) {
      client.send("STARTTLS\r\n");
      client.lineStarting("220 ");
      client.startTls(GatewayFixture.CA.clientContext());
      client.send(GatewayFixture.RIGHT);

      assertThat(client.line()).startsWith("235 ");
      assertThat(fixture.protections).containsExactly(Protection.TLS_1_3);
      assertThat(
              fixture.counted("postern.tls.handshakes", "version", "TLSv1.3", "resumed", "false"))
          .isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.2, TLS_1_2", "TLSv1.3, TLS_1_3"})
  void theVerifierLearnsWhichTlsThereIs(String newest, Protection protection) throws Exception {
    try (GatewayFixture fixture = fixture(Tls.IMPLICIT);
        Wire client =
            Wire.connect(
                fixture.gateway.listeners().getFirst().address(),
                GatewayFixture.CA.clientContext(newest))) {
      client.lineStarting("220 ");
      client.send(GatewayFixture.RIGHT);

      assertThat(client.line()).startsWith("235 ");
      assertThat(fixture.protections).containsExactly(protection);
    }
  }

  @ParameterizedTest
  @CsvSource({"IMPLICIT, h2", "IMPLICIT, http/1.1", "IMPLICIT, imap", "STARTTLS, h2"})
  void aClientThatOffersOtherProtocolsByAlpnIsTurnedAway(Tls tls, String offered) throws Exception {
    try (GatewayFixture fixture = fixture(tls)) {
      assertThatThrownBy(() -> replyBehindTls(fixture, tls, offered))
          .isInstanceOf(SSLHandshakeException.class)
          .hasMessageContaining("no_application_protocol");
      await().untilAsserted(() -> assertThat(log.lines()).anyMatch(l -> l.contains("tls-failed")));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"IMPLICIT", "STARTTLS"})
  void aClientThatOffersOursByAlpnAmongOthersIsServed(Tls tls) throws Exception {
    try (GatewayFixture fixture = fixture(tls)) {
      assertThat(replyBehindTls(fixture, tls, "h2", "smtp")).startsWith("250 ");
    }
  }

  /** The answer to NOOP. */
  private static String replyBehindTls(GatewayFixture fixture, Tls tls, String... offered)
      throws IOException {
    try (Socket raw = new Socket()) {
      raw.connect(fixture.gateway.listeners().getFirst().address());
      raw.setSoTimeout(10_000);
      if (tls == Tls.STARTTLS) {
        BufferedReader clear = reader(raw);
        assertThat(clear.readLine()).startsWith("220 ");
        raw.getOutputStream().write("STARTTLS\r\n".getBytes(US_ASCII));
        assertThat(clear.readLine()).startsWith("220 ");
      }
      SSLSocket client =
          (SSLSocket)
              GatewayFixture.CA
                  .clientContext()
                  .getSocketFactory()
                  .createSocket(raw, "localhost", raw.getPort(), false);
      SSLParameters parameters = client.getSSLParameters();
      parameters.setApplicationProtocols(offered);
      client.setSSLParameters(parameters);
      client.startHandshake();
      BufferedReader in = reader(client);
      if (tls == Tls.IMPLICIT) {
        assertThat(in.readLine()).startsWith("220 ");
      }
      client.getOutputStream().write("NOOP\r\n".getBytes(US_ASCII));
      return in.readLine();
    }
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
  }

  @Test
  void theVerifierLearnsThatThereIsNone() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.NONE);
        Wire _ = fixture.loggedIn()) {
      assertThat(fixture.protections).containsExactly(Protection.CLEAR);
    }
  }

  @Test
  void bytesSentBehindStartTlsAreNeverCommands() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.STARTTLS);
        Wire client = fixture.client()) {
      client.send("STARTTLS\r\nEHLO injected\r\n" + GatewayFixture.RIGHT);

      assertThat(client.line()).startsWith("220 ");
      assertThat(client.rest()).doesNotContain("250").doesNotContain("235");
      assertThat(fixture.counted("postern.login.attempts", "outcome", "accepted")).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 5, 10, 20})
  void norAreBytesThatArriveDuringTheSwitch(int gapMillis) throws Exception {
    try (GatewayFixture fixture = fixture(Tls.STARTTLS);
        Wire client = fixture.client()) {
      client.send("STARTTLS\r\n");
      // The gap is what is tested: it decides where in the switch the bytes arrive.
      TimeUnit.MILLISECONDS.sleep(gapMillis);
      client.send("EHLO injected\r\n");

      assertThat(client.line()).startsWith("220 ");
      assertThat(client.rest()).doesNotContain("250");
    }
  }

  @Test
  void plaintextOnATlsPortIsHungUpOn() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.IMPLICIT);
        Wire client = Wire.connect(fixture.gateway.listeners().getFirst().address())) {
      client.send("EHLO me\r\n");

      assertThat(client.rest()).doesNotContain("250");
      await().untilAsserted(() -> assertThat(log.lines()).anyMatch(l -> l.contains("tls-failed")));
    }
  }

  /** What costs a client little and us a handshake is to be had once a connection. */
  @Test
  void aHandshakeBegunAnewIsTheEnd() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.IMPLICIT)) {
      InetSocketAddress address = fixture.gateway.listeners().getFirst().address();
      try (SSLSocket client =
          (SSLSocket)
              GatewayFixture.CA
                  .clientContext("TLSv1.2")
                  .getSocketFactory()
                  .createSocket(address.getAddress(), address.getPort())) {
        client.setSoTimeout(10_000);
        assertThat(client.getInputStream().readNBytes(3)).isEqualTo("220".getBytes(US_ASCII));
        assertThatThrownBy(
                () -> {
                  client.startHandshake();
                  byte[] _ = client.getInputStream().readAllBytes();
                })
            .isInstanceOf(IOException.class)
            .hasMessageContaining("no_renegotiation");
      }
    }
  }

  @Test
  void aHandshakeThatIsNeverBegunIsNotWaitedForForever() throws Exception {
    Limits limits =
        GatewayFixture.beforeLogin(
            Duration.ofMillis(50), Duration.ofMillis(300), Duration.ofSeconds(10));
    try (GatewayFixture fixture =
            new GatewayFixture(folder, Tls.IMPLICIT, upstream.port(), Security.CLEAR, limits);
        Wire client = Wire.connect(fixture.gateway.listeners().getFirst().address())) {
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void aClientThatGoesAwayInTheHandshakeIsNotWaitedFor() throws Exception {
    Limits limits =
        GatewayFixture.beforeLogin(
            Duration.ofMillis(1), Duration.ofSeconds(60), Duration.ofSeconds(60));
    try (GatewayFixture fixture =
            new GatewayFixture(folder, Tls.IMPLICIT, upstream.port(), Security.CLEAR, limits);
        Wire client = Wire.connect(fixture.gateway.listeners().getFirst().address())) {
      client.send("\u0016\u0003\u0001\u0002"); // the beginning of a TLS record
      client.shutdownOutput();

      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void refusalsLeaveAFixedTimeAfterTheCredentialsCame() throws Exception {
    Duration delay = Duration.ofMillis(400);
    Limits limits =
        GatewayFixture.beforeLogin(delay, Duration.ofSeconds(20), Duration.ofSeconds(10));
    try (GatewayFixture fixture =
            new GatewayFixture(folder, Tls.NONE, upstream.port(), Security.CLEAR, limits);
        Wire client = fixture.client()) {
      long sent = System.nanoTime();
      client.send(GatewayFixture.WRONG + "NOOP\r\n");

      assertThat(client.line()).startsWith("535 5.7.8 ");
      assertThat(Duration.ofNanos(System.nanoTime() - sent)).isGreaterThanOrEqualTo(delay);
      assertThat(client.line()).startsWith("250 ");
      assertThat(fixture.counted("postern.login.refusals", "reason", "wrong-secret")).isEqualTo(1);
    }
  }

  @Test
  void actingForSomebodyElseIsRefusedInTimeAndCounted() throws Exception {
    Duration delay = Duration.ofMillis(400);
    Limits limits =
        GatewayFixture.beforeLogin(delay, Duration.ofSeconds(20), Duration.ofSeconds(10));
    try (GatewayFixture fixture =
            new GatewayFixture(folder, Tls.NONE, upstream.port(), Security.CLEAR, limits);
        Wire client = fixture.client()) {
      long sent = System.nanoTime();
      client.send("AUTH PLAIN Ym9iAGFsaWNlAHNlY3JldA==\r\n"); // bob NUL alice NUL secret

      assertThat(client.line()).startsWith("535 5.7.8 ");
      assertThat(Duration.ofNanos(System.nanoTime() - sent)).isGreaterThanOrEqualTo(delay);
      assertThat(fixture.counted("postern.login.refusals", "reason", "delegation")).isEqualTo(1);
      assertThat(fixture.asked).hasValue(0);
      assertThat(fixture.signIns)
          .singleElement()
          .satisfies(noted -> {
            assertThat(noted.outcome()).isEqualTo("rejected");
            assertThat(noted.reason()).isEqualTo("delegation");
            assertThat(noted.mechanism()).isEqualTo("plain");
            assertThat(noted.loginName()).isEmpty();
          });
    }
  }

  @Test
  void aVerdictThatTakesItsTimeIsNotDelayedFurther() throws Exception {
    Limits limits =
        GatewayFixture.beforeLogin(
            Duration.ofMillis(1), Duration.ofSeconds(20), Duration.ofSeconds(10));
    try (GatewayFixture fixture =
            new GatewayFixture(folder, Tls.NONE, upstream.port(), Security.CLEAR, limits);
        Wire client = fixture.client()) {
      fixture.gate = new CompletableFuture<>();
      client.send(GatewayFixture.WRONG);
      await().until(() -> fixture.asked.get() == 1);
      fixture.gate.complete(null);

      assertThat(client.line()).startsWith("535 5.7.8 ");
    }
  }

  @Test
  void namesAreLoggedOnlyOnceTheyAreSomebodys() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.NONE)) {
      try (Wire client = fixture.client()) {
        client.send("AUTH PLAIN AG15LXBhc3N3b3JkAG15LXBhc3N3b3Jk\r\n"); // my-password twice
        assertThat(client.line()).startsWith("535 ");
        client.send(GatewayFixture.RIGHT);
        assertThat(client.line()).startsWith("235 ");
      }
      await()
          .untilAsserted(
              () -> assertThat(log.lines()).anyMatch(l -> l.startsWith("session ended")));
    }
    assertThat(log.lines())
        .anyMatch(line -> line.startsWith("login refused session=") && line.contains("protocol="))
        .anyMatch(line -> line.startsWith("session ended") && line.contains(" user=alice "))
        .noneMatch(line -> line.contains("my-password"))
        .noneMatch(line -> line.contains("master") || line.contains("right"));
  }

  @Test
  void whatHappenedIsCounted() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.IMPLICIT)) {
      try (Wire client = fixture.client()) {
        client.send(GatewayFixture.WRONG);
        client.lineStarting("535 ");
        client.send(GatewayFixture.RIGHT);
        client.lineStarting("235 ");
        client.send("12345");
        await()
            .untilAsserted(() ->
                assertThat(fixture.counted("postern.relay.bytes", "direction", "up")).isEqualTo(5));
        assertThat(fixture.metrics.get("postern.sessions").gauge().value()).isEqualTo(1);
      }
      await()
          .untilAsserted(
              () -> assertThat(fixture.metrics.get("postern.sessions").gauge().value()).isZero());
      for (String outcome : new String[] {"accepted", "rejected"}) {
        assertThat(
                fixture.counted("postern.login.attempts", "mechanism", "plain", "outcome", outcome))
            .isEqualTo(1);
      }
      assertThat(fixture.counted("postern.connections", "tls", "implicit")).isEqualTo(1);
      assertThat(fixture.metrics.get("postern.login").timer().count()).isEqualTo(2);
      assertThat(fixture.metrics.get("postern.upstream.login").timer().count())
          .isGreaterThanOrEqualTo(1);
    }
  }

  @Test
  void aBusyClientIsStillOutAtTheDeadline() throws Exception {
    Limits limits =
        GatewayFixture.beforeLogin(
            Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofSeconds(10));
    try (GatewayFixture fixture =
            new GatewayFixture(folder, Tls.NONE, upstream.port(), Security.CLEAR, limits);
        Wire client = fixture.client()) {
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  client.send("NOOP\r\n");
                  client.lineStarting("250 ");
                }
              })
          .isInstanceOf(IOException.class);
      assertThat(client.shown()).contains("421 ");
    }
  }

  @Test
  void aSilentClientIsOutWhenIdle() throws Exception {
    Limits limits =
        GatewayFixture.beforeLogin(
            Duration.ofMillis(50), Duration.ofSeconds(20), Duration.ofMillis(300));
    try (GatewayFixture fixture =
            new GatewayFixture(folder, Tls.NONE, upstream.port(), Security.CLEAR, limits);
        Wire client = fixture.client()) {
      assertThat(client.rest()).startsWith("421 ");
      await().untilAsserted(() -> assertThat(log.lines()).anyMatch(l -> l.contains("end=idle")));
    }
  }

  @Test
  void waitingForUsIsNotIdling() throws Exception {
    Limits limits =
        GatewayFixture.beforeLogin(
            Duration.ofMillis(900), Duration.ofSeconds(20), Duration.ofMillis(300));
    try (GatewayFixture fixture =
            new GatewayFixture(folder, Tls.NONE, upstream.port(), Security.CLEAR, limits);
        Wire client = fixture.client()) {
      client.send(GatewayFixture.WRONG);

      assertThat(client.line()).startsWith("535 5.7.8 ");
    }
  }

  @Test
  void aFloodBehindALoginStaysInTheKernel() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.IMPLICIT);
        Wire client = fixture.client()) {
      fixture.gate = new CompletableFuture<>();
      client.send(GatewayFixture.RIGHT);
      await().until(() -> fixture.asked.get() == 1);
      long before = buffers();
      Thread flood =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  client.send(new byte[64 * MEGABYTE]);
                } catch (IOException e) {
                  // cut in the end
                }
              });
      await()
          .during(Duration.ofMillis(500))
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(() -> assertThat(buffers() - before).isLessThan(MEGABYTE));
      client.hangUpTransport();
      flood.join();
      fixture.gate.complete(null);
    }
  }

  @Test
  void fiveMegabytesWithoutALineEndAreNotKept() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.NONE);
        Wire client = fixture.client()) {
      long before = buffers();
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 5 * 16; i++) {
                  client.send("x".repeat(64 * 1024));
                }
                throw new SocketException(client.rest());
              })
          .isInstanceOf(SocketException.class);

      assertThat(buffers() - before).isLessThan(MEGABYTE);
    }
  }

  @Test
  void aClientThatNeverReadsItsRepliesIsNotBufferedFor() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.NONE);
        Wire client = fixture.client()) {
      long before = buffers();
      Thread chatter =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  client.send("NOOP\r\n".repeat(4 * MEGABYTE));
                } catch (IOException e) {
                  // cut in the end
                }
              });
      await()
          .during(Duration.ofMillis(700))
          .atMost(Duration.ofSeconds(8))
          .untilAsserted(() -> assertThat(buffers() - before).isLessThan(MEGABYTE));
      client.hangUpTransport();
      chatter.join();
    }
  }

  @Test
  void aClientThatEndsItsStreamBehindItsCommandsGetsTheReplies() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.NONE);
        Wire client = fixture.client()) {
      client.send("NOOP\r\n" + GatewayFixture.WRONG + "NOOP\r\n");
      client.shutdownOutput();

      assertThat(client.rest()).matches("(?s)250 .*\r\n535 .*\r\n250 .*\r\n");
    }
  }

  @Test
  void theFarewellArrivesThoughInputIsStillComing() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.NONE);
        Wire client = fixture.client()) {
      client.send("QUIT\r\n" + "x".repeat(200_000));

      assertThat(client.rest()).startsWith("221 ");
    }
  }

  @Test
  void aResetAtAnyMomentIsNothingToLogAtLength() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.STARTTLS)) {
      for (String sent :
          new String[] {"", "EH", "NOOP\r\n", "STARTTLS\r\n", "STARTTLS\r\n\u0016"}) {
        Wire client = fixture.client();
        client.send(sent);
        client.reset();
      }
      await()
          .untilAsserted(() ->
              assertThat(log.lines())
                  .filteredOn(line -> line.startsWith("session ended"))
                  .hasSize(5));
    }
  }

  private GatewayFixture fixture(Tls tls) {
    return new GatewayFixture(folder, tls, upstream.port(), Security.CLEAR, GatewayFixture.LIMITS);
  }

  private static long buffers() {
    var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
    return metric.usedDirectMemory() + metric.usedHeapMemory();
  }
}
