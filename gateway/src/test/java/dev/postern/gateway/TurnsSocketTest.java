package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** One login at a time is under way at this upstream; those that come meanwhile take turns. */
@ExtendWith(LeakCheck.class)
class TurnsSocketTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path folder;

  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger mostUnderWay = new AtomicInteger();
  private final Semaphore consents = new Semaphore(1);
  private ScriptedUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    upstream = new ScriptedUpstream(this::serve);
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  /**
   * @param patience of those who wait for their turn
   */
  private GatewayFixture gateway(Duration patience) {
    Limits usual = GatewayFixture.LIMITS;
    GatewayFixture fixture =
        new GatewayFixture(
            folder,
            Tls.NONE,
            upstream.port(),
            Security.CLEAR,
            new Limits(
                usual.failureDelay(),
                LONG,
                LONG,
                usual.beforeLoginErrors(),
                usual.relayIdle(),
                new Timeouts(LONG, LONG, patience, LONG, LONG, LONG, usual.timeouts().stop()),
                1));
    // The gateway's own question comes first.
    await().until(() -> arrived.get() == 1 && underWay.get() == 0);
    return fixture;
  }

  private void serve(Wire wire) throws Exception {
    arrived.incrementAndGet();
    mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
    wire.send("220 upstream.test ESMTP\r\n");
    wire.lineStarting("EHLO");
    consents.acquire();
    underWay.decrementAndGet();
    wire.send("250-upstream.test\r\n250 AUTH PLAIN\r\n");
    wire.lineStarting("AUTH");
    wire.send("235 2.7.0 in\r\n");
    wire.rest();
  }

  @Test
  void allAreServedOneAfterTheOther() throws IOException {
    try (GatewayFixture fixture = gateway(LONG)) {
      List<Wire> clients = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        clients.add(asking(fixture, i + 1));
      }
      assertThat(arrived).as("with the gateway's own").hasValue(2);
      consents.release(5);
      for (Wire client : clients) {
        assertThat(client.line()).startsWith("235 ");
        client.close();
      }
      assertThat(mostUnderWay).hasValue(1);
    }
  }

  @Test
  void whoWaitsTooLongIsToldToComeAgain() throws IOException {
    try (GatewayFixture fixture = gateway(Duration.ofMillis(500));
        TestLog log = new TestLog();
        Wire first = asking(fixture, 1);
        Wire second = asking(fixture, 2)) {
      assertThat(second.line()).startsWith("454 4.7.0 ");
      assertThat(log.lines())
          .anyMatch(line ->
              line.contains(
                  "cause=overloaded detail=\"others were under way at this upstream for 500 ms"));
      consents.release();
      assertThat(first.line()).startsWith("235 ");
    }
  }

  @Test
  void whoLeavesIsPassedOver() throws IOException {
    try (GatewayFixture fixture = gateway(LONG);
        Wire first = asking(fixture, 1);
        Wire second = asking(fixture, 2);
        Wire third = asking(fixture, 3)) {
      second.reset();
      await().until(() -> fixture.counted("postern.session.ends", "reason", "client-closed") == 1);
      consents.release(2);
      assertThat(first.line()).startsWith("235 ");
      assertThat(third.line()).startsWith("235 ");
    }
    assertThat(arrived).as("with the gateway's own").hasValue(3);
  }

  /** One whose login is accepted, as the so manieth, and goes on at the upstream when it can. */
  private static Wire asking(GatewayFixture fixture, int which) throws IOException {
    Wire client = fixture.client();
    client.send(GatewayFixture.RIGHT);
    await()
        .until(() ->
            fixture.counted("postern.login.attempts", "outcome", "accepted", "mechanism", "plain")
                == which);
    return client;
  }
}
