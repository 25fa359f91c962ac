package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.store.auth.Scope;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clients that fill the largest IMAP command there is, literal by literal, and never end it. */
@ExtendWith(LeakCheck.class)
class LiteralsSocketTest {
  private static final int CLIENTS = 450;
  private static final int LITERALS = 58;

  /** What each may keep, and what there is for all beyond that. */
  private static final int OWN = 16 * 1024;

  private static final int ALL = 16 * 1024 * 1024;

  /** All of them come from one address. */
  private static final Caps MANY =
      new Caps(20, 100, 50, OptionalInt.of(4_000), 2_000, 2_000, OptionalInt.of(2_000), List.of());

  @TempDir Path folder;

  @Test
  void allTogetherHoldNoMoreThanThereIsToBorrow() throws Exception {
    byte[] said =
        ("a ID (" + ("{1024+}\r\n" + "x".repeat(1024) + " ").repeat(LITERALS))
            .getBytes(StandardCharsets.US_ASCII);
    GatewayConfig config =
        GatewayFixture.config(
            folder, Tls.NONE, "127.0.0.1", 1, Security.CLEAR, GatewayFixture.LIMITS);
    List<SocketChannel> clients = new ArrayList<>();
    try (GatewayFixture fixture =
        new GatewayFixture(
            AlteredConfig.of(config)
                .caps(MANY)
                .listeners(new Listener(Scope.IMAP, "127.0.0.1", 0, Tls.NONE, Optional.empty()))
                .config())) {
      for (int i = 0; i < CLIENTS; i++) {
        SocketChannel client = SocketChannel.open(fixture.gateway.listeners().getFirst().address());
        clients.add(client);
        client.write(ByteBuffer.wrap(said));
      }
      int stay = ALL / (LITERALS * 1024 - OWN);
      await().until(() -> ended(fixture) >= CLIENTS - stay);
      assertThat(ended(fixture)).as("others may stay").isLessThan(CLIENTS / 2.0);
    } finally {
      for (SocketChannel client : clients) {
        client.close();
      }
    }
  }

  private static double ended(GatewayFixture fixture) {
    return fixture.counted("postern.session.ends", "reason", "flood");
  }
}
