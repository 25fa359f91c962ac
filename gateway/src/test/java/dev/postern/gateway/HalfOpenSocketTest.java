package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.HalfOpenClients;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that come in numbers, say next to nothing and stay. */
@ExtendWith(LeakCheck.class)
class HalfOpenSocketTest {
  /** The profile {@code nightly} makes it 10,000. */
  private static final int CONNECTIONS = Integer.getInteger("postern.half-open", 2_000);

  private static final int BOMBS = 1_000;
  private static final int BYTES_EACH = 12;
  private static final int KILOBYTE = 1024;

  /** Of all there is, with the leak detector's notes, which are most of it. */
  private static final int HEAP_EACH = 128 * KILOBYTE;

  private static final int BUFFERS_EACH = 32 * KILOBYTE;

  /** Longer than the test takes. */
  private static final Limits PATIENT =
      new Limits(
          Duration.ofMillis(50),
          Duration.ofMinutes(5),
          Duration.ofMinutes(5),
          5,
          GatewayFixture.LIMITS.relayIdle(),
          new Timeouts(
              Duration.ofMinutes(5),
              Duration.ofSeconds(2),
              Duration.ofSeconds(20),
              Duration.ofSeconds(5),
              Duration.ofSeconds(2)),
          16);

  /** All of them come from one address. */
  private static final Caps MANY =
      new Caps(
          20,
          100,
          50,
          OptionalInt.of(8 * CONNECTIONS),
          2 * CONNECTIONS,
          2 * CONNECTIONS,
          OptionalInt.of(4 * CONNECTIONS),
          List.of());

  /** The beginning of a TLS record, and of a line that takes its time. */
  private static final byte[] TLS = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3, 0};

  private static final byte[] LINE = "EHLO slowly.".getBytes(StandardCharsets.US_ASCII);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"STARTTLS", "IMPLICIT"})
  void othersLogInBesideThousandsThatDoNot(Tls tls) throws Exception {
    byte[] said = tls == Tls.IMPLICIT ? TLS : LINE;
    String word = tls.name().toLowerCase(Locale.ROOT);
    assertThat(said).hasSize(BYTES_EACH);
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              ScriptedUpstream.smtpLogin(wire);
              wire.rest();
            });
        GatewayFixture fixture =
            new GatewayFixture(
                GatewayFixture.with(
                    MANY,
                    GatewayFixture.config(
                        folder, tls, "localhost", upstream.port(), Security.CLEAR, PATIENT)))) {
      logIn(fixture, tls);
      InetSocketAddress address = fixture.gateway.listeners().getFirst().address();
      try (HalfOpenClients halfOpen = new HalfOpenClients(address, CONNECTIONS, said)) {
        long halfway = 0;
        for (int i = 0; i < BYTES_EACH; i++) {
          halfOpen.sayMore();
          logIn(fixture, tls);
          halfway = i == BYTES_EACH / 2 ? buffers() : halfway;
        }
        int logins = BYTES_EACH + 1;
        await()
            .until(
                () -> fixture.counted("postern.connections", "tls", word) == CONNECTIONS + logins);
        assertThat(heap() / CONNECTIONS).as("bytes of heap").isLessThan(HEAP_EACH);
        assertThat(buffers() / CONNECTIONS).as("bytes of buffers").isLessThan(BUFFERS_EACH);
        assertThat((buffers() - halfway) / CONNECTIONS)
            .as("growth by what they say")
            .isLessThan(4 * KILOBYTE);
      }
    }
  }

  /** The longest line that may come, and nearly the longest first record of a handshake. */
  @ParameterizedTest
  @EnumSource(names = {"NONE", "IMPLICIT"})
  void othersLogInBesideAThousandThatFillTheLargestInput(Tls tls) throws Exception {
    byte[] bomb = new byte[12_000];
    Arrays.fill(bomb, (byte) 'A');
    byte[] head =
        tls == Tls.IMPLICIT
            ? new byte[] {0x16, 3, 1, 0x3f, (byte) 0xff, 1, 0, 0x3f, (byte) 0xfb, 3, 3}
            : "AUTH PLAIN ".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(head, 0, bomb, 0, head.length);
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              ScriptedUpstream.smtpLogin(wire);
              wire.rest();
            });
        GatewayFixture fixture =
            new GatewayFixture(
                GatewayFixture.with(
                    MANY,
                    GatewayFixture.config(
                        folder, tls, "localhost", upstream.port(), Security.CLEAR, PATIENT)))) {
      logIn(fixture, tls);
      InetSocketAddress address = fixture.gateway.listeners().getFirst().address();
      List<SocketChannel> bombs = new ArrayList<>();
      try {
        for (int i = 0; i < BOMBS; i++) {
          SocketChannel client = SocketChannel.open(address);
          bombs.add(client);
          client.write(ByteBuffer.wrap(bomb));
        }
        for (int i = 0; i < 20; i++) {
          logIn(fixture, tls);
          assertThat(buffers() / BOMBS).as("bytes of buffers").isLessThan(BUFFERS_EACH);
        }
        assertThat(heap() / BOMBS).as("bytes of heap").isLessThan(HEAP_EACH);
        assertThat(bombs).allMatch(SocketChannel::isConnected);
      } finally {
        for (SocketChannel client : bombs) {
          client.close();
        }
      }
    }
  }

  private static void logIn(GatewayFixture fixture, Tls tls) throws IOException {
    try (Wire other = fixture.client()) {
      if (tls == Tls.STARTTLS) {
        other.send("STARTTLS\r\n");
        other.lineStarting("220 ");
        other.startTls(GatewayFixture.CA.clientContext());
      }
      other.send(GatewayFixture.RIGHT);
      assertThat(other.line()).startsWith("235 ");
    }
  }

  /** What is left on the heap after a collection. */
  private static long heap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long buffers() {
    var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
    return metric.usedDirectMemory() + metric.usedHeapMemory();
  }
}
