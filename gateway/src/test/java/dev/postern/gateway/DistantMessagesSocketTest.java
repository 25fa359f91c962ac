package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.Distance;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Messages of one byte to many megabytes, there and back over a long way on either side, are what
 * they were. {@code -Dpostern.messages=1000} takes minutes.
 */
@ExtendWith(LeakCheck.class)
class DistantMessagesSocketTest {
  private static final int MESSAGES = Integer.getInteger("postern.messages", 40);
  private static final int LARGEST = MESSAGES < 1000 ? 2_000_000 : 50_000_000;
  private static final Duration ROUND_TRIP = Duration.ofMillis(MESSAGES < 1000 ? 20 : 300);
  private static final int SESSIONS = 20;
  private static final int PIECE = 64 * 1024;

  @TempDir Path folder;

  /** A message that both ends know by its number. */
  private record Message(int number) {
    /** Spread evenly over the orders of magnitude. */
    int size() {
      double order = (double) number / (MESSAGES - 1);
      return Math.max(1, (int) Math.round(Math.pow(LARGEST, order)));
    }

    void send(Wire wire, String direction) throws IOException {
      SplittableRandom content = content(direction);
      for (int left = size(); left > 0; left -= PIECE) {
        byte[] piece = new byte[Math.min(PIECE, left)];
        content.nextBytes(piece);
        wire.send(piece);
      }
    }

    /** Its SHA-256 as it arrives. */
    String receive(Wire wire) throws IOException {
      MessageDigest digest = sha256();
      for (int left = size(); left > 0; left -= PIECE) {
        digest.update(wire.bytes(Math.min(PIECE, left)));
      }
      return HexFormat.of().formatHex(digest.digest());
    }

    /** Its SHA-256 as it was. */
    String digest(String direction) {
      MessageDigest digest = sha256();
      SplittableRandom content = content(direction);
      for (int left = size(); left > 0; left -= PIECE) {
        byte[] piece = new byte[Math.min(PIECE, left)];
        content.nextBytes(piece);
        digest.update(piece);
      }
      return HexFormat.of().formatHex(digest.digest());
    }

    private SplittableRandom content(String direction) {
      return new SplittableRandom(31L * number + direction.hashCode());
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"NONE", "IMPLICIT"})
  void everyMessageIsWhatItWas(Tls tls) throws Exception {
    Limits usual = GatewayFixture.LIMITS;
    Limits patient =
        new Limits(
            usual.failureDelay(),
            usual.beforeLoginDeadline(),
            usual.beforeLoginIdle(),
            usual.beforeLoginErrors(),
            Map.of(),
            usual.timeouts(),
            SESSIONS);
    try (ScriptedUpstream upstream = new ScriptedUpstream(DistantMessagesSocketTest::serve);
        Distance behind =
            new Distance(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), upstream.port()),
                ROUND_TRIP);
        GatewayFixture fixture =
            new GatewayFixture(folder, tls, behind.address().getPort(), Security.CLEAR, patient);
        Distance before =
            new Distance(fixture.gateway.listeners().getFirst().address(), ROUND_TRIP);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Integer>> all = new ArrayList<>();
      for (int session = 0; session < SESSIONS; session++) {
        int first = session;
        all.add(() -> exchange(before, tls, first));
      }
      int exact = 0;
      for (Future<Integer> done : clients.invokeAll(all)) {
        exact += done.get();
      }
      assertThat(exact).isEqualTo(MESSAGES);
    }
  }

  /** How many messages were the same at both ends; each goes up, and then another comes down. */
  private static int exchange(Distance way, Tls tls, int first) throws IOException {
    int exact = 0;
    try (Wire client =
        tls == Tls.IMPLICIT
            ? Wire.connect(way.address(), GatewayFixture.CA.clientContext())
            : Wire.connect(way.address())) {
      client.lineStarting("220 ");
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("235 ");
      for (int number = first; number < MESSAGES; number += SESSIONS) {
        Message message = new Message(number);
        client.send("MESSAGE " + number + "\r\n");
        message.send(client, "up");
        String arrivedThere = client.line();
        String arrivedHere = message.receive(client);
        if (arrivedThere.equals(message.digest("up"))
            && arrivedHere.equals(message.digest("down"))) {
          exact++;
        }
      }
      client.send("END\r\n");
      return exact;
    }
  }

  private static void serve(Wire wire) throws IOException {
    ScriptedUpstream.smtpLogin(wire);
    for (String line = wire.line(); line.startsWith("MESSAGE "); line = wire.line()) {
      Message message = new Message(Integer.parseInt(line.substring(8)));
      wire.send(message.receive(wire) + "\r\n");
      message.send(wire, "down");
    }
  }
}
