package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that come in numbers, say next to nothing and stay. */
@ExtendWith(LeakCheck.class)
class HalfOpenSocketTest {
  private static final int CONNECTIONS = 2_000;
  private static final int BYTES_EACH = 12;
  private static final long MEGABYTE = 1024 * 1024;

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

  /** The beginning of a TLS record, and of a line that takes its time. */
  private static final byte[] TLS = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3, 0};

  private static final byte[] LINE = "EHLO slowly.".getBytes(StandardCharsets.US_ASCII);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"STARTTLS", "IMPLICIT"})
  void othersLogInBesideThousandsThatDoNot(Tls tls) throws Exception {
    List<SocketChannel> halfOpen = new ArrayList<>();
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              ScriptedUpstream.smtpLogin(wire);
              wire.rest();
            });
        GatewayFixture fixture =
            new GatewayFixture(folder, tls, upstream.port(), Security.CLEAR, PATIENT)) {
      InetSocketAddress address = fixture.gateway.listeners().getFirst().address();
      for (int i = 0; i < CONNECTIONS; i++) {
        halfOpen.add(SocketChannel.open(address));
      }
      byte[] said = tls == Tls.IMPLICIT ? TLS : LINE;
      assertThat(said).hasSize(BYTES_EACH);
      long halfway = 0;
      for (int i = 0; i < BYTES_EACH; i++) {
        for (SocketChannel client : halfOpen) {
          client.write(ByteBuffer.wrap(said, i, 1));
        }
        logIn(fixture, tls);
        halfway = i == BYTES_EACH / 2 ? buffers() : halfway;
      }

      assertThat(buffers()).isLessThan(64 * MEGABYTE);
      assertThat(buffers() - halfway).as("growth by what they say").isLessThan(8 * MEGABYTE);
    } finally {
      for (SocketChannel client : halfOpen) {
        client.close();
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

  private static long buffers() {
    var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
    return metric.usedDirectMemory() + metric.usedHeapMemory();
  }
}
