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
import dev.postern.gateway.net.TlsRecords;
import dev.postern.gateway.net.Wire;
import dev.postern.store.UserChange;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Standing;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An app password that no longer holds ends the sessions that were opened with it. */
@ExtendWith(LeakCheck.class)
class RevocationSocketTest {
  @TempDir Path folder;
  private final BlockingQueue<String> upstreamHeard = new LinkedBlockingQueue<>();
  private final TestLog log = new TestLog();
  private ScriptedUpstream upstream;

  @BeforeEach
  void open() throws IOException {
    upstream =
        new ScriptedUpstream(wire -> {
          ScriptedUpstream.smtpLogin(wire);
          upstreamHeard.add(wire.rest());
        });
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
    log.close();
  }

  @Test
  void aRevokedPasswordEndsItsLiveSessionsWithoutAWord() throws Exception {
    try (GatewayFixture fixture = fixture();
        Wire client = fixture.loggedIn()) {
      fixture.revoked.add("credential-1");
      fixture.changed("id-of-alice");

      assertThat(client.rest()).isEmpty();
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEmpty();
      assertRevoked(1);
    }
  }

  @Test
  void alsoWhenItsClientDoesNotRead() throws Exception {
    try (ScriptedUpstream talkative =
            new ScriptedUpstream(wire -> {
              ScriptedUpstream.smtpLogin(wire);
              wire.send(new byte[64 * 1024 * 1024]);
            });
        GatewayFixture fixture =
            new GatewayFixture(folder, Tls.IMPLICIT, talkative.port(), Security.CLEAR, patient());
        Wire client = fixture.loggedIn()) {
      await().until(() -> fixture.counted("postern.relay.bytes", "direction", "down") > 1_000_000);
      fixture.revoked.add("credential-1");
      fixture.changed("id-of-alice");

      await()
          .untilAsserted(
              () -> assertThat(fixture.metrics.get("postern.sessions").gauge().value()).isZero());
      client.hangUpTransport();
    }
  }

  @Test
  void alsoWhenTheFeedLostItsPlace() throws Exception {
    try (GatewayFixture fixture = fixture();
        Wire client = fixture.loggedIn()) {
      fixture.revoked.add("credential-1");
      fixture.changed(new UserChange.OfAnybody());

      assertThat(client.rest()).isEmpty();
      assertRevoked(1);
    }
  }

  @Test
  void alsoWhenTheDatabaseCouldNotBeAskedAtThatMoment() throws Exception {
    try (GatewayFixture fixture = fixture();
        Wire client = fixture.loggedIn()) {
      fixture.revoked.add("credential-1");
      fixture.unanswered.set(2);
      fixture.changed("id-of-alice");

      assertThat(client.rest()).isEmpty();
      assertRevoked(1);
    }
  }

  @Test
  void otherChangesLeaveASessionAlone() throws Exception {
    try (GatewayFixture fixture = fixture();
        Wire client = fixture.loggedIn()) {
      fixture.changed("id-of-alice");
      await().until(() -> fixture.askedAgain.get() == 1);
      fixture.revoked.add("credential-1");
      fixture.changed("id-of-bob");
      client.send("still here\r\n");
      client.shutdownTransportOutput();

      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEqualTo("still here\r\n");
    }
  }

  @Test
  void aChangeBetweenVerdictAndSessionDoesNotSlipThrough() throws Exception {
    try (GatewayFixture fixture = fixture();
        Wire client = fixture.client()) {
      fixture.gate = new CompletableFuture<>();
      client.send(GatewayFixture.RIGHT);
      await().until(() -> fixture.asked.get() == 1);
      fixture.revoked.add("credential-1");
      fixture.changed("id-of-alice"); // nobody is registered yet
      fixture.gate.complete(null);

      assertThat(client.rest()).doesNotContain("454"); // closed, logged in or not
      assertRevoked(1);
    }
  }

  @Test
  void aLoginThatARevocationOvertakesIsToldSo() throws Exception {
    try (ScriptedUpstream silent = new ScriptedUpstream(Wire::rest);
        GatewayFixture fixture =
            new GatewayFixture(folder, Tls.IMPLICIT, silent.port(), Security.CLEAR, patient());
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);
      await().until(() -> fixture.asked.get() == 1);
      fixture.revoked.add("credential-1");
      fixture.changed("id-of-alice");

      assertThat(client.rest())
          .isEqualTo("421 4.7.0 This sign-in is no longer good, closing connection\r\n");
    }
  }

  /** A client that has no session yet goes on and may log in with another app password. */
  @Test
  void whoFoundNoUpstreamIsNotWatchedAnyMore() throws Exception {
    AtomicBoolean isBack = new AtomicBoolean();
    try (ScriptedUpstream late =
            new ScriptedUpstream(wire -> {
              if (isBack.get()) {
                ScriptedUpstream.smtpLogin(wire);
                var _ = wire.rest();
              }
            });
        GatewayFixture fixture =
            new GatewayFixture(folder, Tls.IMPLICIT, late.port(), Security.CLEAR, patient());
        Wire unlucky = fixture.client()) {
      unlucky.send(GatewayFixture.RIGHT);
      unlucky.lineStarting("454 ");
      isBack.set(true);
      try (Wire other = fixture.loggedIn()) {
        fixture.revoked.add("credential-1");
        fixture.changed("id-of-alice");
        assertThat(other.rest()).isEmpty();
      }

      unlucky.send(GatewayFixture.WRONG);
      unlucky.lineStarting("535 ");
    }
  }

  @Test
  void theStreamEndsWithCloseNotifyAndNothingInIt() throws Exception {
    try (GatewayFixture fixture = fixture();
        TlsRecords client =
            TlsRecords.connect(
                fixture.gateway.listeners().getFirst().address(),
                GatewayFixture.CA.clientContext())) {
      client.awaitLine("220 ");
      client.send(GatewayFixture.RIGHT);
      client.awaitLine("235 ");
      fixture.revoked.add("credential-1");
      fixture.changed("id-of-alice");

      assertThat(client.end()).isEqualTo(new TlsRecords.End("", true));
    }
  }

  @Test
  void aProtocolOrNetworkThatIsNoLongerAllowedEndsTheSession() throws Exception {
    int ended = 0;
    for (Standing lessThanBefore :
        List.of(
            new Standing.Holds(Set.of(Scope.IMAP), List.of(), Optional.empty()),
            new Standing.Holds(
                Set.of(Scope.SUBMISSION), List.of(Cidr.parse("192.0.2.0/24")), Optional.empty()))) {
      try (GatewayFixture fixture = fixture();
          Wire client = fixture.loggedIn()) {
        fixture.allowing = lessThanBefore;
        fixture.changed("id-of-alice");

        assertThat(client.rest()).isEmpty();
        ended++;
        assertRevoked(ended);
      }
    }
  }

  @Test
  void aNodeThatIsCutOffForTooLongEndsItsSessions() throws Exception {
    try (GatewayFixture fixture = fixture();
        Wire client = fixture.loggedIn()) {
      fixture.isCutOff = true;

      assertThat(client.rest()).isEmpty();
      await()
          .untilAsserted(
              () -> assertThat(log.lines()).anyMatch(l -> l.contains("end=unconfirmed")));
      assertThat(log.lines()).anyMatch(l -> l.contains("guard.database-grace: 1 sessions end"));
    }
  }

  @Test
  void theTimeFromTheChangeToTheEndIsMeasured() throws Exception {
    try (GatewayFixture fixture = fixture()) {
      assertThat(fixture.metrics.get("postern.revocation").timer().count()).isZero();
      Duration ahead = Duration.ofMinutes(1);
      for (Instant at : List.of(Instant.now().minusSeconds(3), Instant.now().plus(ahead))) {
        try (Wire client = fixture.loggedIn()) {
          fixture.revoked.add("credential-1");
          fixture.changed(new UserChange.OfUser("id-of-alice", at));
          assertThat(client.rest()).isEmpty();
          fixture.revoked.clear();
        }
      }

      Timer seconds = fixture.metrics.get("postern.revocation").timer();
      await().until(() -> seconds.count() == 2);
      assertThat(seconds.max(TimeUnit.SECONDS)).isBetween(3.0, 30.0);
      assertThat(seconds.totalTime(TimeUnit.SECONDS))
          .as("a clock that is ahead of ours adds nothing")
          .isEqualTo(seconds.max(TimeUnit.SECONDS));
    }
  }

  @Test
  void aSessionEndsWhenItsPasswordExpires() throws Exception {
    try (GatewayFixture fixture = fixture()) {
      fixture.endsAt = Optional.of(Instant.now().plus(Duration.ofMillis(400)));
      try (Wire client = fixture.loggedIn()) {
        fixture.revoked.add("credential-1");

        assertThat(client.rest()).isEmpty();
        assertRevoked(1);
      }
    }
  }

  /** Neither their upstream nor a limit ended these sessions. */
  private void assertRevoked(int sessions) {
    await()
        .untilAsserted(() ->
            assertThat(log.lines())
                .filteredOn(line -> line.contains("end=revoked"))
                .hasSize(sessions));
  }

  /** Nothing but the revocation ends a session in the time of a test. */
  private static Limits patient() {
    Timeouts usual = GatewayFixture.LIMITS.timeouts();
    return new Limits(
        GatewayFixture.LIMITS.failureDelay(),
        GatewayFixture.LIMITS.beforeLoginDeadline(),
        GatewayFixture.LIMITS.beforeLoginIdle(),
        5,
        Map.of(Scope.SUBMISSION, Duration.ofMinutes(5)),
        new Timeouts(
            usual.handshake(),
            usual.upstreamConnect(),
            usual.upstreamLogin(),
            Duration.ofMinutes(5),
            usual.stop()),
        16);
  }

  private GatewayFixture fixture() {
    return new GatewayFixture(folder, Tls.IMPLICIT, upstream.port(), Security.CLEAR, patient());
  }
}
