package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.InheritedSockets;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Transport;
import dev.postern.gateway.net.Wire;
import dev.postern.store.session.SessionFilter;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * However connections end, and at whatever moment, the system has no socket of them any more: one
 * that is closed for us and open for the peer is one that nobody counts.
 */
@ExtendWith(LeakCheck.class)
@EnabledOnOs(OS.LINUX)
class LeftSocketsSocketTest {
  private static final int CONNECTIONS = 400;

  /** Bytes. */
  private static final int MUCH = 64 * 1024;

  /** Column 1, 2, 3 and 9 of the system's table. */
  private static final int LOCAL = 1;

  private static final int REMOTE = 2;
  private static final int STATE = 3;
  private static final int INODE = 9;
  private static final String LISTENING = "0A";
  private static final String NOBODYS = "0";

  private static final String NONSENSE =
      "\u0016\u0003\u0001 no hello, and no command\r\n".repeat(12);

  @TempDir Path folder;

  private enum Ending {
    CLOSE,
    RESET,

    /** And waits until the gateway ends its side. */
    HALF,

    /** Says something that makes the gateway or the server go, and waits. */
    GOODBYE,
    GARBAGE,

    /** Speaks in clear also where TLS is expected. */
    STRANGER;

    /**
     * @param isToBeCut whether clear text alone makes the gateway go
     */
    void of(Wire client, boolean isToBeCut) throws IOException {
      switch (this) {
        case CLOSE -> client.close();
        case RESET -> client.reset();
        case HALF -> {
          client.shutdownOutput();
          var _ = client.rest();
        }
        case GOODBYE -> {
          client.send("QUIT\r\n");
          var _ = client.rest();
        }
        case GARBAGE -> {
          client.sendBelowTls(NONSENSE);
          client.shutdownTransportOutput();
          client.socket().getInputStream().readAllBytes();
        }
        case STRANGER -> {
          client.send("EHLO chaos\r\n");
          if (!isToBeCut) {
            client.shutdownOutput();
          }
          client.socket().getInputStream().readAllBytes();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void noneIsLeft(Transport transport, Tls tls) throws Exception {
    Random random = new Random(6);
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              ScriptedUpstream.smtpLogin(wire);
              String line = wire.line();
              if (line.equals("RESET")) {
                wire.reset();
              } else if (line.equals("QUIT")) {
                wire.send("221 bye\r\n");
              } else {
                var _ = wire.rest();
              }
            });
        GatewayFixture fixture =
            new GatewayFixture(
                AlteredConfig.of(
                        GatewayFixture.config(
                            folder,
                            tls,
                            "localhost",
                            upstream.port(),
                            Security.CLEAR,
                            GatewayFixture.LIMITS))
                    .budget(
                        new CredentialBudget(
                            OptionalInt.empty(), OptionalLong.empty(), OptionalLong.empty()))
                    .config(),
                transport,
                InheritedSockets.none())) {
      int port = fixture.gateway.listeners().getFirst().address().getPort();
      for (int i = 0; i < CONNECTIONS; i++) {
        Ending ending = Ending.values()[random.nextInt(Ending.values().length)];
        try (Wire client = ending == Ending.STRANGER ? stranger(fixture) : fixture.connect()) {
          switch (ending == Ending.STRANGER ? 0 : random.nextInt(4)) {
            case 0 -> {} // before the banner is read
            case 1 -> client.lineStarting("220 ");
            case 2 -> {
              client.lineStarting("220 ");
              client.send("EHLO chaos\r\n" + GatewayFixture.RIGHT); // while it logs in
            }
            default -> {
              client.lineStarting("220 ");
              client.send(GatewayFixture.RIGHT);
              client.lineStarting("235 ");
            }
          }
          ending.of(client, tls == Tls.IMPLICIT);
        } catch (SocketTimeoutException e) {
          throw new AssertionError("the gateway leaves the " + i + "th, " + ending, e);
        } catch (IOException ignored) {
          // the gateway was quicker
        }
      }
      await().untilAsserted(() -> assertThat(sockets(port, upstream.port())).isEmpty());
    }
  }

  /** A send that waits for a client which reads nothing does not keep what is to be closed. */
  @ParameterizedTest
  @MethodSource("everyWay")
  void noneIsLeftOfWhoeverReadsNothing(Transport transport, Tls tls) throws Exception {
    AtomicInteger said = new AtomicInteger();
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              ScriptedUpstream.smtpLogin(wire);
              while (true) {
                wire.send(new byte[MUCH]);
                said.incrementAndGet();
              }
            });
        GatewayFixture fixture =
            new GatewayFixture(
                GatewayFixture.config(
                    folder,
                    tls,
                    "localhost",
                    upstream.port(),
                    Security.CLEAR,
                    GatewayFixture.LIMITS),
                transport,
                InheritedSockets.none());
        Wire _ = fixture.loggedIn()) {
      int port = fixture.gateway.listeners().getFirst().address().getPort();
      await()
          .during(Duration.ofMillis(300))
          .until(said::get, new StillTheSame()); // all queues on the way are full

      fixture.sessions.kick(SessionFilter.ALL);

      await().untilAsserted(() -> assertThat(sockets(port, upstream.port())).isEmpty());
    }
  }

  /** Whether a number is above none and what it was before. */
  private static final class StillTheSame implements Predicate<Integer> {
    private int before;

    @Override
    public boolean test(Integer now) {
      boolean isSame = now > 0 && now == before;
      before = now;
      return isSame;
    }
  }

  private static Wire stranger(GatewayFixture fixture) throws IOException {
    return Wire.connect(fixture.gateway.listeners().getFirst().address());
  }

  static Stream<Arguments> everyWay() {
    return Transport.available().stream()
        .flatMap(transport ->
            Stream.of(Tls.NONE, Tls.IMPLICIT).map(tls -> Arguments.of(transport, tls)));
  }

  /** The gateway's at its own port and towards the server, as the system lists them. */
  private static List<String> sockets(int port, int upstream) throws IOException {
    try (Stream<String> v4 = Files.lines(Path.of("/proc/self/net/tcp"));
        Stream<String> v6 = Files.lines(Path.of("/proc/self/net/tcp6"))) {
      return Stream.concat(v4, v6)
          .filter(line -> {
            String[] columns = line.trim().split("\\s+", -1);
            return (columns[LOCAL].endsWith(hexadecimal(port))
                    || columns[REMOTE].endsWith(hexadecimal(upstream)))
                && !columns[STATE].equals(LISTENING)
                && !columns[INODE].equals(NOBODYS);
          })
          .toList();
    }
  }

  private static String hexadecimal(int port) {
    return String.format(Locale.ROOT, ":%04X", port);
  }
}
