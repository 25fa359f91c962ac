package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.OpenRegistry;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.TlsRecords;
import dev.postern.gateway.net.Transport;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.Mailbox;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.SessionStart;
import dev.postern.store.session.SessionState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Sessions are shown as they are, and end when somebody says so. */
@ExtendWith(LeakCheck.class)
class KickSocketTest {
  @TempDir Path folder;
  private final BlockingQueue<String> upstreamHeard = new LinkedBlockingQueue<>();
  private final TestLog log = new TestLog();
  private ScriptedUpstream upstream;

  @BeforeEach
  void open() throws IOException {
    upstream =
        new ScriptedUpstream(wire -> {
          ScriptedUpstream.smtpLogin(wire);
          wire.send("250 ready\r\n");
          upstreamHeard.add(wire.rest());
        });
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
    log.close();
  }

  private GatewayFixture fixture(ScriptedUpstream at) {
    return new GatewayFixture(
        folder, Tls.IMPLICIT, at.port(), Security.CLEAR, GatewayFixture.LIMITS);
  }

  private static SessionFilter filter(String text) {
    return SessionFilter.parse(text).orElseThrow();
  }

  private void assertKicked(GatewayFixture fixture, int sessions) {
    await()
        .untilAsserted(() ->
            assertThat(log.lines())
                .filteredOn(line -> line.contains("end=kicked"))
                .hasSize(sessions));
    assertThat(
            fixture.counted("postern.session.ends", "protocol", "submission", "reason", "kicked"))
        .isEqualTo(sessions);
  }

  @Test
  void aSessionIsShownFromItsLoginToItsEnd() throws Exception {
    try (GatewayFixture fixture = fixture(upstream)) {
      try (Wire early = fixture.client()) {
        early.send(GatewayFixture.WRONG);
        early.lineStarting("535 ");
        assertThat(fixture.sessions.live()).isEmpty();
      }
      Instant before = Instant.now();
      try (Wire client = fixture.client()) {
        client.send("EHLO phone.example.com\r\n");
        client.lineStarting("250 ");
        client.send(GatewayFixture.RIGHT);
        client.lineStarting("235 ");
        client.lineStarting("250 ready");
        client.send("NOOP\r\n");
        LiveSession shown = fixture.sessions.only();
        await().until(() -> shown.up() == 6);
        assertThat(shown.down()).isEqualTo(11);
        assertThat(shown.state()).isEqualTo(SessionState.RELAYING);
        assertThat(shown.upstream()).contains("real");
        assertThat(shown.mailbox())
            .contains(new Mailbox("real", "localhost", Optional.of("alice")));
        SessionStart start = shown.start();
        assertThat(start.userId()).isEqualTo("id-of-alice");
        assertThat(start.credentialId()).isEqualTo("credential-1");
        assertThat(start.protocol()).isEqualTo(Scope.SUBMISSION);
        assertThat(start.peer()).isEqualTo(client.socket().getLocalSocketAddress());
        assertThat(start.clientName()).isEqualTo("phone.example.com");
        assertThat(start.since()).isBetween(before, Instant.now());
        assertThat(start.local()).isEqualTo(fixture.gateway.listeners().getFirst().address());
      }
      await().until(() -> fixture.sessions.live().isEmpty());
      assertThat(fixture.sessions.ended())
          .singleElement()
          .satisfies(ended -> {
            assertThat(ended.end()).contains("client-closed");
            assertThat(ended.up()).isEqualTo(6);
            assertThat(ended.down()).isEqualTo(11);
          });
    }
  }

  @Test
  void aLoginThatComesToNothingIsNoSessionOnRecord() throws Exception {
    try (ScriptedUpstream refusing = new ScriptedUpstream(wire -> wire.send("554 no\r\n"));
        GatewayFixture fixture = fixture(refusing);
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("4");
      await().until(() -> fixture.sessions.live().isEmpty());
      assertThat(fixture.sessions.ended()).isEmpty();
    }
  }

  @Test
  void afterTheHandOverNotAByteIsAdded() throws Exception {
    try (GatewayFixture fixture = fixture(upstream);
        TlsRecords client =
            TlsRecords.connect(
                fixture.gateway.listeners().getFirst().address(),
                GatewayFixture.CA.clientContext())) {
      client.awaitLine("220 ");
      client.send(GatewayFixture.RIGHT);
      client.awaitLine("250 ready");
      fixture.sessions.kick(SessionFilter.ALL);

      assertThat(client.end()).isEqualTo(new TlsRecords.End("", true));
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEmpty();
      assertKicked(fixture, 1);
      assertThat(fixture.sessions.live()).isEmpty();
      assertThat(fixture.sessions.ended())
          .extracting(LiveSession::end)
          .containsExactly(Optional.of("kicked"));
    }
  }

  @Test
  void beforeItTheClientIsTold() throws Exception {
    try (ScriptedUpstream silent = new ScriptedUpstream(Wire::rest);
        GatewayFixture fixture = fixture(silent);
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);
      await().until(() -> fixture.sessions.live().size() == 1);
      assertThat(fixture.sessions.only().state()).isEqualTo(SessionState.CONNECTING);
      fixture.sessions.kick(filter("protocol=submission"));

      assertThat(client.rest()).isEqualTo("421 4.3.2 Session ended, try again later\r\n");
      assertKicked(fixture, 1);
    }
  }

  @Test
  void whoIsNotMeantStays() throws Exception {
    try (GatewayFixture fixture = fixture(upstream);
        Wire client = fixture.loggedIn()) {
      client.lineStarting("250 ready");
      for (String text :
          List.of(
              "id=none",
              "user=id-of-bob",
              "app-password=credential-2",
              "protocol=imap",
              "address=192.0.2.0%2F24",
              "client=mailer",
              "upstream=other")) {
        fixture.sessions.kick(filter(text));
      }
      client.send("still here\r\n");
      client.shutdownTransportOutput();
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEqualTo("still here\r\n");
    }
  }

  @Test
  void eachFieldFindsTheSession() throws Exception {
    try (GatewayFixture fixture = fixture(upstream)) {
      int kicked = 0;
      for (String text :
          List.of(
              "id=%s",
              "user=id-of-alice",
              "app-password=credential-1",
              "protocol=submission",
              "address=127.0.0.0%%2F8",
              "upstream=real",
              "upstream=real&protocol=submission&user=id-of-alice")) {
        try (Wire client = fixture.loggedIn()) {
          client.lineStarting("250 ready");
          fixture.sessions.kick(filter(text.formatted(fixture.sessions.only().start().id())));
          assertThat(client.rest()).as(text).isEmpty();
        }
        kicked++;
        assertKicked(fixture, kicked);
        await().until(() -> fixture.sessions.live().isEmpty());
      }
    }
  }

  @Test
  void allGatewaysOfASiteHearIt() throws Exception {
    OpenRegistry site = new OpenRegistry();
    GatewayConfig config =
        GatewayFixture.config(
            folder,
            Tls.IMPLICIT,
            "localhost",
            upstream.port(),
            Security.CLEAR,
            GatewayFixture.LIMITS);
    try (GatewayFixture one = new GatewayFixture(config, Transport.best(), site);
        GatewayFixture two = new GatewayFixture(config, Transport.best(), site);
        Wire here = one.loggedIn();
        Wire there = two.loggedIn()) {
      here.lineStarting("250 ready");
      there.lineStarting("250 ready");
      site.kick(filter("user=id-of-alice"));

      assertThat(here.rest()).isEmpty();
      assertThat(there.rest()).isEmpty();
      assertThat(site.live()).isEmpty();
    }
  }

  /**
   * The client had gone, and its server took its time: that is why it ended, in all three places.
   */
  @Test
  void whoWasEndingAlreadyWasNotKicked() throws Exception {
    CountDownLatch isOver = new CountDownLatch(1);
    try (ScriptedUpstream slow =
            new ScriptedUpstream(wire -> {
              ScriptedUpstream.smtpLogin(wire);
              wire.send("250 ready\r\n");
              upstreamHeard.add(wire.rest());
              isOver.await(30, TimeUnit.SECONDS);
            });
        GatewayFixture fixture = fixture(slow);
        Wire client = fixture.loggedIn()) {
      client.lineStarting("250 ready");
      client.shutdownTransportOutput();
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEmpty();
      fixture.sessions.kick(SessionFilter.ALL);

      assertThat(client.rest()).isEmpty();
      await().until(() -> fixture.sessions.live().isEmpty());
      assertThat(fixture.sessions.ended())
          .extracting(LiveSession::end)
          .containsExactly(Optional.of("client-closed"));
      await()
          .untilAsserted(() ->
              assertThat(log.lines())
                  .filteredOn(line -> line.startsWith("session ended "))
                  .singleElement()
                  .asString()
                  .contains("end=client-closed"));
      for (String reason : List.of("client-closed", "kicked")) {
        assertThat(
                fixture.counted("postern.session.ends", "protocol", "submission", "reason", reason))
            .as(reason)
            .isEqualTo(reason.equals("kicked") ? 0 : 1);
      }
    } finally {
      isOver.countDown();
    }
  }

  /** It is not logged in any more, so it is nobody's session. */
  @Test
  void whoFoundNoUpstreamIsNotShown() throws Exception {
    try (ScriptedUpstream gone = new ScriptedUpstream(_ -> {});
        GatewayFixture fixture = fixture(gone);
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("454 ");
      assertThat(fixture.sessions.live()).isEmpty();
      fixture.sessions.kick(SessionFilter.ALL);
      client.send(GatewayFixture.WRONG);
      client.lineStarting("535 ");
    }
  }
}
