package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import dev.postern.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An app password that is used for more than it may be is suspended. */
@ExtendWith(LeakCheck.class)
class BudgetSocketTest {
  private static final int UP = 1000;

  @TempDir Path folder;
  private final TestLog log = new TestLog();
  private ScriptedUpstream upstream;

  @BeforeEach
  void open() throws IOException {
    upstream =
        new ScriptedUpstream(wire -> {
          ScriptedUpstream.smtpLogin(wire);
          var _ = wire.rest();
        });
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
    log.close();
  }

  private GatewayFixture fixture(CredentialBudget budget) {
    GatewayConfig usual =
        GatewayFixture.config(
            folder,
            Tls.IMPLICIT,
            "localhost",
            upstream.port(),
            Security.CLEAR,
            GatewayFixture.LIMITS);
    return new GatewayFixture(AlteredConfig.of(usual).budget(budget).config());
  }

  private static CredentialBudget logins(int most) {
    return new CredentialBudget(OptionalInt.of(most), OptionalLong.empty(), OptionalLong.empty());
  }

  private static CredentialBudget bytesUp() {
    return new CredentialBudget(OptionalInt.empty(), OptionalLong.of(UP), OptionalLong.empty());
  }

  @Test
  void oneLoginTooManySuspendsAndEndsAllItsSessions() throws Exception {
    try (GatewayFixture fixture = fixture(logins(2));
        Wire first = fixture.loggedIn();
        Wire second = fixture.loggedIn();
        Wire third = fixture.client()) {
      third.send(GatewayFixture.RIGHT);
      assertThat(third.line()).startsWith("535 ");

      assertThat(first.rest()).isEmpty();
      assertThat(second.rest()).isEmpty();
      await().until(() -> !fixture.suspended.isEmpty());
      assertThat(fixture.suspended).containsExactly("credential-1: more than 2 logins in a minute");
      assertThat(fixture.metrics.get("postern.budget.suspensions").functionCounter().count())
          .isOne();
      assertThat(fixture.signIns)
          .singleElement()
          .satisfies(noted -> assertThat(noted.reason()).isEqualTo("suspended"));
      await()
          .untilAsserted(() ->
              assertThat(log.lines())
                  .filteredOn(line -> line.contains("end=over-budget"))
                  .hasSize(2));
    }
  }

  /** The line says no more than one to a wrong secret. */
  @Test
  void whoIsRefusedSoLearnsNothing() throws Exception {
    try (GatewayFixture fixture = fixture(logins(1));
        Wire first = fixture.loggedIn();
        Wire over = fixture.client();
        Wire wrong = fixture.client()) {
      over.send(GatewayFixture.RIGHT);
      wrong.send(GatewayFixture.WRONG);
      assertThat(over.line()).isEqualTo(wrong.line());
      assertThat(first.rest()).isEmpty();
    }
  }

  @Test
  void tooManyBytesSuspendAndEndTheSessionWithoutAWord() throws Exception {
    try (GatewayFixture fixture = fixture(bytesUp());
        Wire client = fixture.loggedIn()) {
      client.send(new byte[UP]);
      await().until(() -> fixture.sessions.only().up() == UP);
      client.send(new byte[1]);

      assertThat(client.rest()).isEmpty();
      await().until(() -> !fixture.suspended.isEmpty());
      assertThat(fixture.suspended).containsExactly("credential-1: more than 1KB sent in a day");
    }
  }

  @Test
  void whileTheDatabaseIsDownThisNodeRefusesAndTriesAgain() throws Exception {
    try (GatewayFixture fixture = fixture(bytesUp())) {
      fixture.suspendingFails = Optional.of(new StoreException("it is down", "Wait."));
      try (Wire client = fixture.loggedIn()) {
        client.send(new byte[UP + 1]);
        assertThat(client.rest()).isEmpty();
      }
      try (Wire again = fixture.client()) {
        again.send(GatewayFixture.RIGHT);
        again.lineStarting("535 ");
      }
      assertThat(fixture.suspended).isEmpty();
      fixture.suspendingFails = Optional.empty();
      await().until(() -> !fixture.suspended.isEmpty());

      // Somebody has resumed it by then: what it did before is settled.
      await()
          .untilAsserted(() -> {
            try (Wire resumed = fixture.client()) {
              resumed.send(GatewayFixture.RIGHT);
              assertThat(resumed.line()).startsWith("235 ");
            }
          });
    }
  }

  @Test
  void aStopWaitsForASuspension() throws Exception {
    GatewayFixture fixture = fixture(bytesUp());
    try (fixture) {
      fixture.suspendingFails = Optional.of(new StoreException("it is down", "Wait."));
      try (Wire client = fixture.loggedIn()) {
        client.send(new byte[UP + 1]);
        assertThat(client.rest()).isEmpty();
      }
      fixture.suspendingFails = Optional.empty();
    }
    assertThat(fixture.suspended).hasSize(1);
  }
}
