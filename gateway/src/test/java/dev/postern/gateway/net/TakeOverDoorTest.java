package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayException;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of a take-over, when the other one is not as it should be. */
@Timeout(30)
class TakeOverDoorTest {
  private static final int SOMEBODY_ELSE = OwnAccount.uid() + 1;

  @TempDir Path folder;
  private final EventLoopGroup loops = Transport.EPOLL.newEventLoops();
  private final Queue<String> told = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void anotherAccountGetsNothing() throws IOException {
    try (TakeOverDoor _ = door(SOMEBODY_ELSE, Duration.ofMinutes(1));
        SocketChannel client = SocketChannel.open(address())) {
      say(client, "sockets");
      assertThat(heard(client)).isEmpty();
    }
  }

  @Test
  void aPredecessorOfAnotherAccountIsNotTrusted() throws IOException {
    try (TakeOverDoor _ = door(OwnAccount.uid(), Duration.ofMinutes(1))) {
      assertThatThrownBy(() -> Predecessor.at(socket(), SOMEBODY_ELSE))
          .isInstanceOf(GatewayException.class)
          .hasMessageContaining("another account");
    }
  }

  @Test
  void aSuccessorThatHangsHasGivenUp() throws IOException {
    try (TakeOverDoor _ = door(OwnAccount.uid(), Duration.ofSeconds(3));
        Predecessor predecessor = Predecessor.at(socket()).orElseThrow()) {
      assertThat(predecessor.sockets().left()).isEmpty();
      predecessor.free();

      await().until(() -> told.contains("resume"));
      assertThat(told).containsExactly("free", "resume");
      assertThatThrownBy(predecessor::succeed)
          .isInstanceOf(GatewayException.class)
          .hasMessageContaining("no longer waits");
    }
  }

  /** It need not let go of the connection first, nor even read what it is told. */
  @Test
  void whoeverHasGivenUpIsToldWhenThisProcessGoesOnAlready() throws IOException {
    try (TakeOverDoor _ = door(OwnAccount.uid(), Duration.ofSeconds(1));
        SocketChannel client = SocketChannel.open(address())) {
      say(client, "sockets");
      assertThat(heard(client)).isEqualTo("0\n");
      say(client, "send");
      say(client, "free");
      assertThat(heard(client)).isEqualTo("free\n");

      assertThat(heard(client)).isEqualTo("no\n");
      assertThat(told).containsExactly("free", "resume");
    }
    assertThat(told).as("once").containsExactly("free", "resume");
  }

  @Test
  void theNextOneMayComeWhenOneHasGivenUp() throws IOException {
    try (TakeOverDoor _ = door(OwnAccount.uid(), Duration.ofSeconds(1));
        SocketChannel client = SocketChannel.open(address())) {
      say(client, "sockets");
      assertThat(heard(client)).isEqualTo("0\n");
      try (SocketChannel early = SocketChannel.open(address())) {
        say(early, "sockets");
        assertThat(heard(early)).as("one at a time").isEmpty();
      }
      assertThat(heard(client)).isEqualTo("no\n");
      try (SocketChannel next = SocketChannel.open(address())) {
        say(next, "sockets");
        assertThat(heard(next)).isEqualTo("0\n");
      }
    }
  }

  @Test
  void aSuccessorThatServesIsNotEndedByTime() throws IOException {
    try (TakeOverDoor _ = door(OwnAccount.uid(), Duration.ofSeconds(3));
        Predecessor predecessor = Predecessor.at(socket()).orElseThrow();
        TestLog log = new TestLog(TakeOverDoor.class.getName())) {
      var _ = predecessor.sockets();
      predecessor.free();
      predecessor.succeed();

      await().during(Duration.ofMillis(3500)).until(() -> log.lines().isEmpty());
      assertThat(told).containsExactly("free", "succeeded");
    }
  }

  /** Whatever becomes of it then, there is somebody who serves. */
  @Test
  void aPredecessorThatDiesWhenWeServeDoesNotEndUs() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address());
      CompletableFuture<String> last =
          CompletableFuture.supplyAsync(() -> dieWhenToldThatItServes(server));
      try (Predecessor predecessor = Predecessor.at(socket()).orElseThrow();
          TestLog log = new TestLog(Predecessor.class.getName())) {
        predecessor.free();
        predecessor.succeed();

        assertThat(last.join()).isEqualTo("serving\n");
        assertThat(log.lines()).singleElement().asString().contains("see whether it still runs");
      }
    }
  }

  private static String dieWhenToldThatItServes(ServerSocketChannel server) {
    try (SocketChannel client = server.accept()) {
      assertThat(heard(client)).isEqualTo("free\n");
      say(client, "free");
      return heard(client);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void say(SocketChannel client, String word) {
    try {
      int _ = client.write(ByteBuffer.wrap((word + "\n").getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException _) {
      // The other side has closed already.
    }
  }

  /** What comes next; empty if the other side has closed. */
  private static String heard(SocketChannel client) {
    ByteBuffer buffer = ByteBuffer.allocate(64);
    try {
      return client.read(buffer) < 0
          ? ""
          : new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
    } catch (IOException _) {
      return ""; // reset, since it had not read what we said
    }
  }

  private TakeOverDoor door(int uid, Duration patience) throws IOException {
    return TakeOverDoor.open(
        socket(),
        loops,
        new Listeners(Transport.EPOLL, loops, InheritedSockets.none()),
        new Told(patience),
        Runnable::run,
        uid);
  }

  private Path socket() {
    return folder.resolve("door.sock");
  }

  private UnixDomainSocketAddress address() {
    return UnixDomainSocketAddress.of(socket());
  }

  private final class Told implements TakeOverDoor.Succession {
    private final Duration patience;

    Told(Duration patience) {
      this.patience = patience;
    }

    @Override
    public Duration patience() {
      return patience;
    }

    @Override
    public void free() {
      told.add("free");
    }

    @Override
    public void resume() {
      told.add("resume");
    }

    @Override
    public void succeeded() {
      told.add("succeeded");
    }
  }
}
