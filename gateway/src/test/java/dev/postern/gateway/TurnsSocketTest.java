package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import java.io.IOException;
import java.nio.file.Path;
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
  @TempDir Path folder;

  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger mostUnderWay = new AtomicInteger();
  private final Semaphore consents = new Semaphore(1);
  private ScriptedUpstream upstream;
  private GatewayFixture fixture;

  @BeforeEach
  void start() throws IOException {
    upstream = new ScriptedUpstream(this::serve);
    Limits usual = GatewayFixture.LIMITS;
    fixture =
        new GatewayFixture(
            folder,
            Tls.NONE,
            upstream.port(),
            Security.CLEAR,
            new Limits(
                usual.failureDelay(),
                usual.beforeLoginDeadline(),
                usual.beforeLoginIdle(),
                usual.beforeLoginErrors(),
                usual.relayIdle(),
                usual.timeouts(),
                1));
    // The gateway's own question comes first.
    await().until(() -> arrived.get() == 1 && underWay.get() == 0);
  }

  @AfterEach
  void stop() throws IOException {
    fixture.close();
    upstream.close();
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
    List<Wire> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      clients.add(asking(i + 1));
    }
    assertThat(arrived).as("with the gateway's own").hasValue(2);
    consents.release(8);
    for (Wire client : clients) {
      assertThat(client.line()).startsWith("235 ");
      client.close();
    }
    assertThat(mostUnderWay).hasValue(1);
  }

  @Test
  void whoWaitsTooLongIsToldToComeAgain() throws IOException {
    try (TestLog log = new TestLog();
        Wire first = asking(1);
        Wire second = asking(2)) {
      assertThat(second.line()).startsWith("454 4.7.0 ");
      assertThat(log.lines())
          .anyMatch(line ->
              line.contains(
                  "cause=overloaded detail=\"others were under way at this upstream for 2000 ms"));
      consents.release(2);
      assertThat(first.line()).startsWith("235 ");
      second.send(GatewayFixture.RIGHT);
      assertThat(second.line()).startsWith("235 ");
    }
  }

  @Test
  void whoLeavesIsPassedOver() throws IOException {
    try (Wire first = asking(1);
        Wire second = asking(2);
        Wire third = asking(3)) {
      second.hangUp();
      await().until(() -> ends() == 1);
      consents.release(3);
      assertThat(first.line()).startsWith("235 ");
      assertThat(third.line()).startsWith("235 ");
    }
    assertThat(arrived).as("with the gateway's own").hasValue(3);
  }

  /** One whose login is accepted, as the so manieth, and goes on at the upstream when it can. */
  private Wire asking(int which) throws IOException {
    Wire client = fixture.client();
    client.send(GatewayFixture.RIGHT);
    await()
        .until(() ->
            fixture.counted("postern.login.attempts", "outcome", "accepted", "mechanism", "plain")
                == which);
    return client;
  }

  private double ends() {
    return fixture.counted("postern.session.ends", "reason", "client-closed");
  }
}
