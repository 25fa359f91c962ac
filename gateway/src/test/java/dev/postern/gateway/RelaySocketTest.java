package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.ScriptedUpstream.Script;
import dev.postern.gateway.net.Transport;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What happens after the splice, with and without TLS on either side. */
@ExtendWith(LeakCheck.class)
class RelaySocketTest {
  private static final int MEGABYTE = 1024 * 1024;

  @TempDir Path folder;

  static Stream<Arguments> links() {
    return Stream.of(
        Arguments.of(Tls.NONE, Security.CLEAR),
        Arguments.of(Tls.IMPLICIT, Security.CLEAR),
        Arguments.of(Tls.NONE, Security.IMPLICIT_TLS),
        Arguments.of(Tls.IMPLICIT, Security.IMPLICIT_TLS));
  }

  @ParameterizedTest
  @MethodSource("links")
  void bytesBehindTheLoginReachTheUpstreamAndItsOwnFollowOurReply(Tls front, Security back)
      throws Exception {
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  wire.line(); // EHLO
                  wire.send("250-upstream.test\r\n250 AUTH PLAIN\r\n");
                  wire.line(); // AUTH
                  wire.send("235 in\r\n250 alert\r\n");
                  wire.send("echo " + wire.line() + "\r\n");
                  wire.send("echo " + wire.line() + "\r\n");
                });
        GatewayFixture fixture = fixture(front, upstream, back);
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT + "MAIL one\r\nRCPT ");
      client.send("two\r\n");

      assertThat(client.lineStarting("235 ")).doesNotContain("in");
      assertThat(client.line()).isEqualTo("250 alert");
      assertThat(client.line()).isEqualTo("echo MAIL one");
      assertThat(client.line()).isEqualTo("echo RCPT two");
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void aClientThatEndsItsStreamStillGetsTheAnswer(Tls front, Security back) throws Exception {
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  String all = wire.rest();
                  wire.send("got " + all.length() + "\r\n");
                });
        GatewayFixture fixture = fixture(front, upstream, back);
        Wire client = fixture.loggedIn()) {
      client.send("x".repeat(100_000));
      if (front == Tls.NONE) {
        client.shutdownOutput();
      } else {
        client.shutdownTransportOutput(); // a close_notify would end both directions
      }

      assertThat(client.line()).isEqualTo("got 100000");
      assertThat(client.rest()).isEmpty();
      await().untilAsserted(() -> assertThat(live(fixture)).isZero());
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void anUpstreamThatClosesIsHeardToTheLastByte(Tls front, Security back) throws Exception {
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  wire.line();
                  wire.send("y".repeat(3 * MEGABYTE));
                });
        GatewayFixture fixture = fixture(front, upstream, back);
        Wire client = fixture.loggedIn()) {
      client.send("NOOP\r\n");

      assertThat(client.rest()).hasSize(3 * MEGABYTE);
      client.hangUp();
      await().untilAsserted(() -> assertThat(live(fixture)).isZero());
    }
  }

  /** The client's socket stays for what it has on its way, which is dropped. */
  @ParameterizedTest
  @MethodSource("links")
  void anUpstreamThatEndsItsStreamIsLeft(Tls front, Security back) throws Exception {
    CompletableFuture<String> heard = new CompletableFuture<>();
    Limits limits = limits(Duration.ofSeconds(20), Duration.ofSeconds(20));
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  wire.send("221 " + wire.line() + "\r\n");
                  wire.shutdownTransportOutput();
                  heard.complete(wire.rest());
                });
        GatewayFixture fixture = new GatewayFixture(folder, front, upstream.port(), back, limits);
        Wire client = fixture.loggedIn()) {
      client.send("QUIT\r\n");
      assertThat(client.rest()).isEqualTo("221 QUIT\r\n");

      assertThat(heard.get(10, TimeUnit.SECONDS)).isEmpty();
      assertThat(live(fixture)).isEqualTo(1);
      client.send("late\r\n");
      client.hangUp();
      await().untilAsserted(() -> assertThat(live(fixture)).isZero());
      assertThat(fixture.counted("postern.relay.bytes", "direction", "up")).isEqualTo(6);
      assertThat(fixture.counted("postern.session.ends", "reason", "upstream-closed")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void anUpstreamThatEndsItsStreamBeforeASlowClientIsLeftWhenThatHasHeardItAll(
      Tls front, Security back) throws Exception {
    int size = 12 * MEGABYTE;
    Limits limits = limits(Duration.ofSeconds(20), Duration.ofSeconds(20));
    CompletableFuture<String> heard = new CompletableFuture<>();
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  wire.line();
                  wire.send(new byte[size]);
                  wire.shutdownTransportOutput();
                  heard.complete(wire.rest());
                });
        GatewayFixture fixture = new GatewayFixture(folder, front, upstream.port(), back, limits);
        Wire client = fixture.loggedIn()) {
      client.send("FETCH\r\n");
      awaitStall(fixture);
      assertThat(heard).isNotDone();

      assertThat(client.rest()).hasSize(size);
      assertThat(heard.get(10, TimeUnit.SECONDS)).isEmpty();
    }
  }

  static Stream<Arguments> bothOrNone() {
    return Stream.of(
        Arguments.of(Tls.NONE, Security.CLEAR), Arguments.of(Tls.IMPLICIT, Security.IMPLICIT_TLS));
  }

  @ParameterizedTest
  @MethodSource("bothOrNone")
  void fortyMegabytesArriveUnchangedThroughASlowUpstreamInBoundedMemory(Tls front, Security back)
      throws Exception {
    int size = 40 * MEGABYTE;
    CountDownLatch mayRead = new CountDownLatch(1);
    CompletableFuture<byte[]> digest = new CompletableFuture<>();
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  wire.socket().setReceiveBufferSize(64 * 1024);
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  mayRead.await();
                  MessageDigest sha = MessageDigest.getInstance("SHA-256");
                  sha.update(wire.bytes(size));
                  digest.complete(sha.digest());
                });
        GatewayFixture fixture = fixture(front, upstream, back);
        Wire client = fixture.loggedIn()) {
      byte[] message = new byte[size];
      new Random(7).nextBytes(message);
      long before = buffers();
      Thread sender = Thread.ofVirtual().start(() -> sendAll(client, message));

      awaitStall(fixture);
      long stalled = buffers() - before;
      mayRead.countDown();

      assertThat(digest.get(60, TimeUnit.SECONDS))
          .isEqualTo(MessageDigest.getInstance("SHA-256").digest(message));
      assertThat(stalled).isLessThan(8L * MEGABYTE);
      assertThat(fixture.counted("postern.relay.bytes", "direction", "up")).isEqualTo(size);
      sender.join();
    }
  }

  /** RFC 4978: from some byte on both sides compress, each as one stream. */
  @ParameterizedTest
  @MethodSource("links")
  void compressionPassesThrough(Tls front, Security back) throws Exception {
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  wire.line();
                  wire.send("b OK DEFLATE active\r\n");
                  for (String command = inflated(wire); !command.isEmpty(); ) {
                    wire.send(deflated(command.toUpperCase(Locale.ROOT)));
                    command = inflated(wire);
                  }
                });
        GatewayFixture fixture = fixture(front, upstream, back);
        Wire client = fixture.loggedIn()) {
      client.send("b COMPRESS DEFLATE\r\n");
      assertThat(client.line()).isEqualTo("b OK DEFLATE active");
      for (String command : List.of("c noop", "d select inbox", "e fetch 1:* all ".repeat(500))) {
        client.send(deflated(command));

        assertThat(inflated(client)).isEqualTo(command.toUpperCase(Locale.ROOT));
      }
      client.send(deflated(""));
    }
  }

  private static byte[] deflated(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.US_ASCII));
    }
    return ByteBuffer.allocate(Integer.BYTES + bytes.size())
        .putInt(bytes.size())
        .put(bytes.toByteArray())
        .array();
  }

  private static String inflated(Wire wire) throws IOException {
    int length = ByteBuffer.wrap(wire.bytes(Integer.BYTES)).getInt();
    try (InflaterInputStream in =
        new InflaterInputStream(new ByteArrayInputStream(wire.bytes(length)))) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  @ParameterizedTest
  @MethodSource("bothOrNone")
  void aClientThatDoesNotReadIsNotBufferedFor(Tls front, Security back) throws Exception {
    int size = 40 * MEGABYTE;
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  wire.line();
                  wire.send(new byte[size]);
                });
        GatewayFixture fixture = fixture(front, upstream, back);
        Wire client = fixture.loggedIn()) {
      long before = buffers();
      client.send("FETCH\r\n");

      awaitStall(fixture);
      assertThat(buffers() - before).isLessThan(8L * MEGABYTE);
      assertThat(client.bytes(size)).hasSize(size);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.postern.gateway.net.Transport#available")
  void everyTransportCarriesASessionToItsEnd(Transport transport) throws Exception {
    try (ScriptedUpstream upstream =
            upstream(
                Security.IMPLICIT_TLS,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  wire.send("got " + wire.rest().length() + "\r\n");
                });
        GatewayFixture fixture =
            new GatewayFixture(
                GatewayFixture.config(
                    folder,
                    Tls.IMPLICIT,
                    "localhost",
                    upstream.port(),
                    Security.IMPLICIT_TLS,
                    GatewayFixture.LIMITS),
                transport);
        Wire client = fixture.loggedIn()) {
      client.send("z".repeat(MEGABYTE));
      client.shutdownTransportOutput();

      assertThat(client.line()).isEqualTo("got " + MEGABYTE);
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void nothingBehindACloseNotifyIsForwarded() throws Exception {
    CompletableFuture<String> heard = new CompletableFuture<>();
    try (ScriptedUpstream upstream =
            upstream(
                Security.CLEAR,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  heard.complete(wire.rest());
                });
        GatewayFixture fixture = fixture(Tls.IMPLICIT, upstream, Security.CLEAR);
        Wire client = Wire.connect(fixture.gateway.listeners().getFirst().address())) {
      client.startTlsAlone(GatewayFixture.CA.clientContext());
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("235 ");
      client.send("inside\r\n");
      client.shutdownOutput(); // a close_notify
      client.sendBelowTls("outside\r\n");

      assertThat(heard.get(10, TimeUnit.SECONDS)).isEqualTo("inside\r\n");
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void aResetOnOneSideEndsTheOther(Tls front, Security back) throws Exception {
    CompletableFuture<String> upstreamHeard = new CompletableFuture<>();
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  wire.send("250 " + wire.line() + "\r\n");
                  upstreamHeard.complete(wire.rest());
                });
        GatewayFixture fixture = fixture(front, upstream, back);
        Wire client = fixture.loggedIn()) {
      client.send("NOOP\r\n");
      client.line();
      client.reset();

      assertThat(upstreamHeard.get(10, TimeUnit.SECONDS)).isEmpty();
      await().untilAsserted(() -> assertThat(live(fixture)).isZero());
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void anUpstreamThatResetsEndsTheSession(Tls front, Security back) throws Exception {
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  wire.send("250 " + wire.line() + "\r\n");
                  wire.line();
                  wire.reset();
                });
        GatewayFixture fixture = fixture(front, upstream, back);
        Wire client = fixture.loggedIn()) {
      client.send("NOOP\r\n");
      assertThat(client.line()).isEqualTo("250 NOOP");
      client.send("now\r\n");

      assertThat(client.rest()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void aSessionSilentForTooLongIsClosedWithoutAWord(Tls front, Security back) throws Exception {
    Limits limits = limits(Duration.ofMillis(300), Duration.ofSeconds(20));
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  wire.rest();
                });
        GatewayFixture fixture = new GatewayFixture(folder, front, upstream.port(), back, limits);
        Wire client = fixture.loggedIn()) {
      assertThat(client.rest()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void aHalfClosedSessionEndsAfterAQuietTime(Tls front, Security back) throws Exception {
    Limits limits = limits(Duration.ofSeconds(20), Duration.ofMillis(300));
    CountDownLatch isOver = new CountDownLatch(1);
    try (ScriptedUpstream upstream =
            upstream(
                back,
                wire -> {
                  ScriptedUpstream.smtpLoginAfterGreeting(wire);
                  wire.rest();
                  isOver.await(); // never closes
                });
        GatewayFixture fixture = new GatewayFixture(folder, front, upstream.port(), back, limits);
        Wire client = fixture.loggedIn()) {
      client.shutdownTransportOutput();

      assertThat(client.rest()).isEmpty();
      await().untilAsserted(() -> assertThat(live(fixture)).isZero());
      isOver.countDown();
    }
  }

  private ScriptedUpstream upstream(Security security, Script script) throws IOException {
    return new ScriptedUpstream(wire -> {
      if (security == Security.IMPLICIT_TLS) {
        wire.acceptTls(GatewayFixture.CA.issue("localhost").serverContext());
      }
      wire.send("220 upstream.test\r\n");
      script.run(wire);
    });
  }

  private GatewayFixture fixture(Tls front, ScriptedUpstream upstream, Security back) {
    return new GatewayFixture(folder, front, upstream.port(), back, GatewayFixture.LIMITS);
  }

  private static Limits limits(Duration idle, Duration halfClosed) {
    Timeouts usual = GatewayFixture.LIMITS.timeouts();
    return new Limits(
        GatewayFixture.LIMITS.failureDelay(),
        GatewayFixture.LIMITS.beforeLoginDeadline(),
        GatewayFixture.LIMITS.beforeLoginIdle(),
        5,
        Map.of(Scope.SUBMISSION, idle),
        new Timeouts(
            usual.handshake(),
            usual.upstreamConnect(),
            usual.upstreamLogin(),
            halfClosed,
            usual.stop()),
        16);
  }

  private static double live(GatewayFixture fixture) {
    return fixture.metrics.get("postern.sessions").gauge().value();
  }

  /** Waits until nothing has been relayed for a while, though something was before. */
  private static void awaitStall(GatewayFixture fixture) {
    double[] last = {0};
    await()
        .pollInterval(Duration.ofMillis(300))
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          double now =
              fixture.counted("postern.relay.bytes", "direction", "up")
                  + fixture.counted("postern.relay.bytes", "direction", "down");
          boolean isStalled = now > MEGABYTE / 4.0 && now == last[0];
          last[0] = now;
          return isStalled;
        });
  }

  private static long buffers() {
    var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
    return metric.usedDirectMemory() + metric.usedHeapMemory();
  }

  private static void sendAll(Wire client, byte[] message) {
    try {
      client.send(message);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
