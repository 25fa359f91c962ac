package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Budgets;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An upstream that takes three submissions of a mailbox at once. */
@ExtendWith(LeakCheck.class)
class MailboxBudgetSocketTest {
  private static final int BUDGET = 3;

  @TempDir Path folder;

  private final AtomicInteger inside = new AtomicInteger();
  private final AtomicInteger mostInside = new AtomicInteger();
  private volatile boolean isRefusing;
  private volatile boolean isHanging;
  private ScriptedUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    upstream = new ScriptedUpstream(this::serve);
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private void serve(Wire wire) throws IOException {
    if (isHanging) {
      wire.rest();
      return;
    }
    wire.send("220 upstream.test ESMTP\r\n");
    wire.lineStarting("EHLO");
    wire.send("250-upstream.test\r\n250 AUTH PLAIN\r\n");
    wire.lineStarting("AUTH");
    if (isRefusing) {
      wire.send("535 5.7.8 no\r\n");
      return;
    }
    mostInside.accumulateAndGet(inside.incrementAndGet(), Math::max);
    wire.send("235 2.7.0 in\r\n");
    try {
      while (!wire.line().equals("BYE")) {
        wire.send("250 heard\r\n");
      }
    } finally {
      inside.decrementAndGet();
    }
  }

  private GatewayConfig config(Optional<Integer> budget) {
    return config(budget, GatewayFixture.LIMITS);
  }

  private GatewayConfig config(Optional<Integer> budget, Limits limits) {
    GatewayConfig base =
        GatewayFixture.config(
            folder, Tls.NONE, "127.0.0.1", upstream.port(), Security.CLEAR, limits);
    Upstream real = Optional.ofNullable(base.upstreams().get("real")).orElseThrow();
    return AlteredConfig.of(base)
        .upstreams(
            Map.of(
                "real",
                new Upstream(
                    real.name(),
                    real.endpoints(),
                    real.trust(),
                    real.login(),
                    real.identify(),
                    real.watch(),
                    new Budgets(Optional.empty(), budget, Optional.empty()))))
        .config();
  }

  private GatewayFixture gateway() {
    return new GatewayFixture(config(Optional.of(BUDGET)));
  }

  /** Those who have all the places. */
  private static List<Wire> filling(GatewayFixture fixture) throws IOException {
    List<Wire> clients = new ArrayList<>();
    for (int i = 0; i < BUDGET; i++) {
      clients.add(fixture.loggedIn());
    }
    return clients;
  }

  /** One more, that waits. */
  private static Wire waiting(GatewayFixture fixture) throws IOException {
    Wire client = fixture.client();
    double before = accepted(fixture);
    client.send(GatewayFixture.RIGHT);
    await().until(() -> accepted(fixture) == before + 1);
    return client;
  }

  private static double accepted(GatewayFixture fixture) {
    return fixture.counted("postern.login.attempts", "outcome", "accepted", "mechanism", "plain");
  }

  @Test
  void theFourthWaitsUntilAClientLeaves() throws Exception {
    try (GatewayFixture fixture = gateway()) {
      List<Wire> clients = filling(fixture);
      Wire fourth = waiting(fixture);
      assertThat(inside).hasValue(3);
      clients.getFirst().close();
      assertThat(fourth.line()).startsWith("235 ");
      fourth.close();
    }
    assertThat(mostInside).hasValue(3);
  }

  @Test
  void theFourthWaitsUntilTheServerEndsASession() throws Exception {
    try (GatewayFixture fixture = gateway()) {
      List<Wire> clients = filling(fixture);
      Wire fourth = waiting(fixture);
      Wire first = clients.getFirst();
      first.send("BYE\r\n");
      assertThat(first.rest()).isEmpty();
      first.close();
      assertThat(fourth.line()).startsWith("235 ");
    }
    assertThat(mostInside).hasValue(3);
  }

  @Test
  void aSessionThatTheServerHasEndedHasNoPlaceThoughItsClientStays() throws Exception {
    Limits limits = limits(Duration.ofSeconds(5), Duration.ofSeconds(20));
    try (GatewayFixture fixture = new GatewayFixture(config(Optional.of(BUDGET), limits))) {
      List<Wire> clients = filling(fixture);
      Wire first = clients.getFirst();
      first.send("BYE\r\n");
      assertThat(first.rest()).isEmpty();
      Wire fourth = fixture.loggedIn();
      fourth.close();
      for (Wire client : clients) {
        client.close();
      }
    }
    assertThat(mostInside).hasValue(3);
  }

  @Test
  void theWaitForAPlaceIsPartOfTheTimeOfALogin() throws Exception {
    Limits limits = limits(Duration.ofSeconds(8), Duration.ofSeconds(5));
    try (GatewayFixture fixture = new GatewayFixture(config(Optional.of(BUDGET), limits))) {
      List<Wire> clients = filling(fixture);
      long startedAt = System.nanoTime();
      Wire fourth = waiting(fixture);
      isHanging = true;
      await().until(() -> System.nanoTime() - startedAt > Duration.ofSeconds(4).toNanos());
      clients.getFirst().close();
      assertThat(fourth.line()).startsWith("454 ");
      assertThat(Duration.ofNanos(System.nanoTime() - startedAt))
          .isLessThan(Duration.ofMillis(11_500));
    }
  }

  private static Limits limits(Duration upstreamLogin, Duration halfClosed) {
    Limits usual = GatewayFixture.LIMITS;
    Timeouts times = usual.timeouts();
    return new Limits(
        usual.failureDelay(),
        usual.beforeLoginDeadline(),
        usual.beforeLoginIdle(),
        5,
        Map.of(Scope.SUBMISSION, Duration.ofSeconds(20)),
        new Timeouts(
            times.handshake(), times.upstreamConnect(), upstreamLogin, halfClosed, times.stop()),
        16);
  }

  @Test
  void whoWaitsTooLongIsToldToComeAgain() throws Exception {
    try (GatewayFixture fixture = gateway();
        TestLog log = new TestLog()) {
      List<Wire> clients = filling(fixture);
      Wire fourth = waiting(fixture);
      assertThat(fourth.line())
          .isEqualTo(
              "454 4.7.0 Your account sends in too many places at the moment: try again later"
                  + fourthSession(log));
      assertThat(log.lines())
          .anyMatch(line ->
              line.contains("cause=in-use detail=\"the mailbox has the 3 sessions of its budget"));
      clients.getFirst().close();
      await().until(() -> inside.get() == 2);
      fourth.send(GatewayFixture.RIGHT);
      assertThat(fourth.line()).as("the same client tries again").startsWith("235 ");
    }
  }

  /** What the reply says about where to look. */
  private static String fourthSession(TestLog log) {
    String line =
        log.lines().stream().filter(one -> one.contains("cause=in-use")).findFirst().orElseThrow();
    return " (session " + line.replaceAll(".*session=([0-9a-f]+).*", "$1") + ")";
  }

  @Test
  void aClientThatLeavesWhileItWaitsTakesNoPlace() throws Exception {
    try (GatewayFixture fixture = gateway()) {
      List<Wire> clients = filling(fixture);
      Wire fourth = waiting(fixture);
      Wire fifth = waiting(fixture);
      fourth.reset();
      await().until(() -> fixture.counted("postern.session.ends", "reason", "client-closed") == 1);
      clients.getFirst().close();
      assertThat(fifth.line()).startsWith("235 ");
    }
    assertThat(mostInside).hasValue(3);
  }

  @Test
  void loginsThatFailKeepNoPlace() throws Exception {
    isRefusing = true;
    try (GatewayFixture fixture = gateway()) {
      for (int i = 0; i < 2 * BUDGET; i++) {
        try (Wire client = fixture.client()) {
          client.send(GatewayFixture.RIGHT);
          assertThat(client.line()).startsWith("454 ");
        }
      }
      isRefusing = false;
      filling(fixture);
    }
  }

  @Test
  void sessionsFromBeforeAReloadCount() throws Exception {
    try (GatewayFixture fixture = gateway()) {
      List<Wire> clients = filling(fixture);
      fixture.gateway.reload(config(Optional.of(BUDGET)));
      Wire fourth = waiting(fixture);
      assertThat(inside).hasValue(3);
      clients.getFirst().close();
      assertThat(fourth.line()).startsWith("235 ");
    }
    assertThat(mostInside).hasValue(3);
  }

  @Test
  void withoutABudgetThereIsNoLimit() throws Exception {
    try (GatewayFixture fixture = new GatewayFixture(config(Optional.empty()))) {
      filling(fixture);
      filling(fixture);
      assertThat(inside).hasValue(6);
    }
  }
}
