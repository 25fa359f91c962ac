package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.Gateway.Newcomers;
import dev.postern.gateway.Gateway.Waiting;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of clients while a gateway waits for its sessions to end. */
@ExtendWith(LeakCheck.class)
class DrainSocketTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  @TempDir Path folder;
  private final CompletableFuture<Void> hurry = new CompletableFuture<>();
  private final Queue<Waiting> told = new ConcurrentLinkedQueue<>();
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
  void aConfigurationThatChangesMeanwhileOpensNoPortAgain() throws Exception {
    try (GatewayFixture fixture = fixture(new Drain(LONG, LONG));
        Wire session = fixture.loggedIn()) {
      CompletableFuture<Void> drained = drain(fixture, Newcomers.TURNED_AWAY);
      await().until(() -> !told.isEmpty());

      assertThatThrownBy(() -> fixture.gateway.reload(config()))
          .isInstanceOf(GatewayException.class)
          .hasMessage("this process is stopping");
      assertThat(fixture.gateway.listeners()).isEmpty();
      session.send("NOOP\r\n");
      assertThat(session.line()).isEqualTo("250 heard NOOP");
      hurry.complete(null);
      drained.join();
    }
  }

  @Test
  void aSessionGoesOnUntilItEndsItself() throws Exception {
    try (GatewayFixture fixture = fixture(new Drain(LONG, LONG));
        Wire session = fixture.loggedIn()) {
      CompletableFuture<Void> drained = drain(fixture, Newcomers.TURNED_AWAY);
      await().until(() -> !told.isEmpty());

      session.send("NOOP\r\n");
      assertThat(session.line()).isEqualTo("250 heard NOOP");
      assertThat(drained).isNotDone();
      assertThat(told.element().sessions()).isEqualTo(1);
      session.hangUp();
      drained.join();
    }
  }

  @Test
  void aSessionThatOutlivesTheLimitIsCutWithoutAWord() throws Exception {
    try (TestLog log = new TestLog();
        GatewayFixture fixture = fixture(new Drain(Duration.ZERO, Duration.ofMillis(300)));
        Wire session = fixture.loggedIn()) {
      drain(fixture, Newcomers.TURNED_AWAY).join();

      assertThat(session.rest()).isEmpty();
      await().until(() -> log.lines().stream().anyMatch(line -> line.contains("end=")));
      assertThat(log.lines()).anyMatch(line -> line.contains("end=shutdown"));
    }
  }

  @Test
  void sessionsMayHaveLessTimeThanLogins() throws Exception {
    try (GatewayFixture fixture = fixture(new Drain(LONG, Duration.ofMillis(300)));
        Wire session = fixture.loggedIn()) {
      fixture.gate = new CompletableFuture<>();
      try (Wire client = fixture.client()) {
        client.send(GatewayFixture.RIGHT);
        await().until(() -> fixture.asked.get() == 2);
        CompletableFuture<Void> drained = drain(fixture, Newcomers.TURNED_AWAY);

        assertThat(session.rest()).isEmpty();
        assertThat(drained).isNotDone();
        fixture.gate.complete(null);
        assertThat(client.line()).startsWith("235 ");
        client.hangUp();
        drained.join();
      }
    }
  }

  @Test
  void aClientThatWaitsBeforeItsLoginIsToldAtOnce() throws Exception {
    try (GatewayFixture fixture = fixture(new Drain(LONG, LONG));
        Wire client = fixture.client()) {
      CompletableFuture<Void> drained = drain(fixture, Newcomers.TURNED_AWAY);

      assertThat(client.line()).startsWith("421 ");
      assertThat(client.rest()).isEmpty();
      drained.join();
    }
  }

  @Test
  void aLoginInTheMiddleFinishesAndHasItsSession() throws Exception {
    try (GatewayFixture fixture = fixture(new Drain(LONG, LONG))) {
      fixture.gate = new CompletableFuture<>();
      try (Wire client = fixture.client()) {
        client.send(GatewayFixture.RIGHT);
        await().until(() -> fixture.asked.get() == 1);
        CompletableFuture<Void> drained = drain(fixture, Newcomers.TURNED_AWAY);
        await().until(() -> !told.isEmpty());
        assertThat(told.element().beforeLogin()).isEqualTo(1);

        fixture.gate.complete(null);

        assertThat(client.line()).startsWith("235 ");
        client.send("NOOP\r\n");
        assertThat(client.line()).isEqualTo("250 heard NOOP");
        client.hangUp();
        drained.join();
      }
    }
  }

  @Test
  void aLoginThatTakesTooLongIsToldAndSessionsGoOn() throws Exception {
    try (GatewayFixture fixture = fixture(new Drain(Duration.ofMillis(300), LONG));
        Wire session = fixture.loggedIn()) {
      fixture.gate = new CompletableFuture<>();
      try (Wire client = fixture.client()) {
        client.send(GatewayFixture.RIGHT);
        await().until(() -> fixture.asked.get() == 2);
        CompletableFuture<Void> drained = drain(fixture, Newcomers.TURNED_AWAY);

        assertThat(client.line()).startsWith("421 ");
        session.send("NOOP\r\n");
        assertThat(session.line()).isEqualTo("250 heard NOOP");
        assertThat(drained).isNotDone();
        hurry.complete(null);
        drained.join();
      }
    }
  }

  @Test
  void nobodyComesInAnyMore() throws Exception {
    try (GatewayFixture fixture = fixture(new Drain(LONG, LONG));
        Wire _ = fixture.loggedIn()) {
      var address = fixture.gateway.listeners().getFirst().address();
      CompletableFuture<Void> drained = drain(fixture, Newcomers.TURNED_AWAY);
      await().until(() -> !told.isEmpty());

      assertThat(fixture.gateway.listeners()).isEmpty();
      assertThatThrownBy(() -> Wire.connect(address)).isInstanceOf(ConnectException.class);
      hurry.complete(null);
      drained.join();
    }
  }

  @Test
  void whereAnotherProcessServesAWaitingClientMayLogIn() throws Exception {
    try (GatewayFixture fixture = fixture(new Drain(LONG, LONG));
        Wire client = fixture.client()) {
      CompletableFuture<Void> drained = drain(fixture, Newcomers.SERVED_ELSEWHERE);
      await().until(() -> !told.isEmpty());

      client.send(GatewayFixture.RIGHT);

      assertThat(client.line()).startsWith("235 ");
      client.hangUp();
      drained.join();
    }
  }

  private CompletableFuture<Void> drain(GatewayFixture fixture, Newcomers newcomers) {
    return CompletableFuture.runAsync(
        () -> fixture.gateway.drain(newcomers, hurry, told::add),
        task -> Thread.ofPlatform().start(task));
  }

  private GatewayFixture fixture(Drain drain) {
    return new GatewayFixture(AlteredConfig.of(config()).drain(drain).config());
  }

  private GatewayConfig config() {
    return GatewayFixture.config(
        folder, Tls.NONE, "127.0.0.1", upstream.port(), Security.CLEAR, GatewayFixture.LIMITS);
  }
}
