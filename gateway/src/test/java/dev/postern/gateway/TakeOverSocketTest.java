package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.Gateway.Newcomers;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.InheritedSockets;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.Predecessor;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TakeOverDoor;
import dev.postern.gateway.net.Wire;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** One gateway takes the place of another one on the same sockets. */
@ExtendWith(LeakCheck.class)
class TakeOverSocketTest implements TakeOverDoor.Succession {
  /** A fast machine logs in more often within a minute than one app password may. */
  private static final CredentialBudget BOUNDLESS =
      new CredentialBudget(OptionalInt.empty(), OptionalLong.empty(), OptionalLong.empty());

  @TempDir Path folder;
  private final Queue<String> told = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<Void> succeeded = new CompletableFuture<>();
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
  void underAStreamOfLoginsNobodyIsRefusedOrReset() throws Exception {
    Queue<String> troubles = new ConcurrentLinkedQueue<>();
    AtomicInteger done = new AtomicInteger();
    AtomicBoolean isOver = new AtomicBoolean();
    try (GatewayFixture first = new GatewayFixture(config("first.test", 0));
        Wire session = first.loggedIn();
        TakeOverDoor _ = first.gateway.offerTakeOver(socket(), this, Runnable::run)) {
      InetSocketAddress address = first.gateway.listeners().getFirst().address();
      List<CompletableFuture<Void>> clients =
          IntStream.range(0, 4)
              .mapToObj(_ ->
                  CompletableFuture.runAsync(
                      () -> {
                        while (!isOver.get()) {
                          logIn(address, done, troubles);
                        }
                      },
                      task -> Thread.ofVirtual().start(task)))
              .toList();
      await().until(() -> done.get() > 5);

      try (Predecessor predecessor = Predecessor.at(socket()).orElseThrow();
          GatewayFixture _ = successor(predecessor, address.getPort())) {
        predecessor.free();
        predecessor.succeed();
        succeeded.join();
        CompletableFuture<Void> drained =
            CompletableFuture.runAsync(
                () ->
                    first.gateway.drain(
                        Newcomers.SERVED_ELSEWHERE, new CompletableFuture<>(), _ -> {}),
                task -> Thread.ofPlatform().start(task));
        int wanted = done.get() + 50;
        await().until(() -> done.get() >= wanted || !troubles.isEmpty());

        session.send("NOOP\r\n");
        assertThat(session.line()).isEqualTo("250 heard NOOP");
        try (Wire client = Wire.connect(address)) {
          assertThat(client.line()).startsWith("220 second.test");
        }
        session.hangUp();
        isOver.set(true);
        clients.forEach(CompletableFuture::join);
        drained.join();
      }
    }
    assertThat(told).containsExactly("free", "succeeded");
    assertThat(troubles).isEmpty();
  }

  private GatewayFixture successor(Predecessor predecessor, int port) {
    InheritedSockets sockets = predecessor.sockets();
    return new GatewayFixture(config("second.test", port), sockets.transport(), sockets);
  }

  @Test
  void aSuccessorThatGivesUpChangesNothing() throws Exception {
    try (GatewayFixture first = new GatewayFixture(config("first.test", 0));
        TakeOverDoor _ = first.gateway.offerTakeOver(socket(), this, Runnable::run)) {
      try (Predecessor predecessor = Predecessor.at(socket()).orElseThrow()) {
        predecessor.sockets().closeLeft();
        predecessor.free();
      }
      await().until(() -> told.contains("resume"));

      assertThat(told).containsExactly("free", "resume");
      try (Wire client = first.connect()) {
        assertThat(client.line()).startsWith("220 first.test");
      }
      try (Predecessor again = Predecessor.at(socket()).orElseThrow()) {
        InheritedSockets sockets = again.sockets();
        assertThat(sockets.left()).hasSize(1);
        sockets.closeLeft();
      }
    }
  }

  @Test
  void onlyOneMayTakeOverAtATime() throws Exception {
    try (GatewayFixture first = new GatewayFixture(config("first.test", 0));
        TakeOverDoor _ = first.gateway.offerTakeOver(socket(), this, Runnable::run);
        Predecessor one = Predecessor.at(socket()).orElseThrow();
        Predecessor other = Predecessor.at(socket()).orElseThrow()) {
      one.sockets().closeLeft();

      assertThatThrownBy(other::sockets).isInstanceOf(GatewayException.class);
    }
  }

  @Test
  void theDoorIsOursAloneAndGoesWithUs() throws Exception {
    try (GatewayFixture first = new GatewayFixture(config("first.test", 0))) {
      Files.writeString(socket(), "left behind by a killed process");
      try (TakeOverDoor _ = first.gateway.offerTakeOver(socket(), this, Runnable::run)) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
            .isEqualTo("rw-------");
        assertThatThrownBy(() -> first.gateway.offerTakeOver(socket(), this, Runnable::run))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("another process");
      }
      assertThat(socket()).doesNotExist();
      assertThat(Predecessor.at(socket())).isEmpty();
    }
  }

  private static void logIn(InetSocketAddress address, AtomicInteger done, Queue<String> troubles) {
    try (Wire client = Wire.connect(address)) {
      client.lineStarting("220 ");
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("235 ");
      done.incrementAndGet();
    } catch (IOException e) {
      troubles.add(e.toString());
    }
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
    succeeded.complete(null);
  }

  private Path socket() {
    return folder.resolve("take-over.sock");
  }

  private GatewayConfig config(String name, int port) {
    GatewayConfig config =
        GatewayFixture.config(
            folder, Tls.NONE, "127.0.0.1", upstream.port(), Security.CLEAR, GatewayFixture.LIMITS);
    return AlteredConfig.of(config)
        .serverName(name)
        .budget(BOUNDLESS)
        .listeners(
            config.listeners().stream()
                .map(listener ->
                    new GatewayConfig.Listener(
                        listener.protocol(),
                        listener.host(),
                        port,
                        listener.tls(),
                        listener.upstream()))
                .toArray(GatewayConfig.Listener[]::new))
        .config();
  }
}
