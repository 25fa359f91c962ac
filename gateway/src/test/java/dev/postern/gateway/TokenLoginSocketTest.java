package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Identify;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.LoginMethod.Quirks;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.EverythingLogged;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.OAuth;
import dev.postern.store.oauth.TokenSource.Freshness;
import dev.postern.store.testing.FreeLeases;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Logins at an upstream that takes access tokens alone. */
@ExtendWith(LeakCheck.class)
class TokenLoginSocketTest {
  @TempDir Path folder;

  private final AtomicLong nanos = new AtomicLong();
  private final ScriptedProvider provider = new ScriptedProvider();
  private final OAuth oauth =
      new OAuth(new FreeLeases(), Clock.systemUTC(), nanos::get, new Random(1));

  /** What came with AUTH, decoded. */
  private final Queue<String> shown = new ConcurrentLinkedQueue<>();

  @AfterEach
  void stop() {
    oauth.close();
    provider.close();
  }

  private GatewayFixture fixture(ScriptedUpstream upstream) {
    return fixture(upstream, GatewayFixture.LIMITS);
  }

  private GatewayFixture fixture(ScriptedUpstream upstream, Limits limits) {
    return new GatewayFixture(
        new GatewayConfig(
            "gate.test",
            List.of(
                new Listener(
                    Scope.SUBMISSION, "127.0.0.1", 0, Listener.Tls.NONE, Optional.empty())),
            Optional.empty(),
            TlsVersion.TLS_1_2,
            Map.of(
                "office365",
                new Upstream(
                    "office365",
                    Map.of(
                        Scope.SUBMISSION,
                        new Endpoint("127.0.0.1", upstream.port(), Security.CLEAR)),
                    Optional.empty(),
                    new LoginMethod.OAuth2(
                        OAuthClients.site(provider.tokenEndpoint()),
                        new Quirks(true, false, false)),
                    Identify.NONE,
                    Watch.NEVER)),
            List.of(new Route("*", "office365")),
            limits),
        oauth.tokens());
  }

  /** A server that takes tokens which end as given, and challenges the others as Gmail does. */
  private ScriptedUpstream upstream(String... good) throws IOException {
    return new ScriptedUpstream(wire -> {
      wire.send("220 upstream.test ESMTP\r\n");
      while (true) {
        String line = wire.line();
        if (line.startsWith("EHLO")) {
          wire.send("250-upstream.test\r\n250 AUTH LOGIN XOAUTH2 OAUTHBEARER\r\n");
        } else if (line.startsWith("AUTH XOAUTH2 ")) {
          String text =
              new String(Base64.getDecoder().decode(line.substring(13)), StandardCharsets.UTF_8);
          shown.add(text);
          if (List.of(good).stream().anyMatch(token -> text.contains("Bearer " + token + "\1"))) {
            wire.send("235 2.7.0 in\r\n");
          } else {
            wire.send(
                "334 "
                    + Base64.getEncoder()
                        .encodeToString("{\"status\":\"401\"}".getBytes(StandardCharsets.UTF_8))
                    + "\r\n");
          }
        } else if (line.isEmpty()) {
          wire.send("535 5.7.8 not accepted\r\n");
        } else {
          wire.send("250 heard " + line + "\r\n");
        }
      }
    });
  }

  @Test
  void tokenOpensTheMailboxOfTheUser() throws IOException {
    try (ScriptedUpstream upstream = upstream("at-1");
        GatewayFixture fixture = fixture(upstream);
        Wire client = fixture.loggedIn()) {
      assertThat(shown).containsExactly("user=alice\1auth=Bearer at-1\1\1");
      client.send("NOOP\r\n");
      assertThat(client.lineStarting("250 ")).isEqualTo("250 heard NOOP");
    }
    assertThat(provider.requests()).hasSize(1);
  }

  @Test
  void oldTokenThatIsRefusedIsReplacedOnceOnAnotherConnection() throws IOException {
    try (ScriptedUpstream upstream = upstream("at-2");
        GatewayFixture fixture = fixture(upstream)) {
      try (Wire first = fixture.client()) {
        first.send(GatewayFixture.RIGHT);
        assertThat(first.lineStarting("454 ")).contains("ask your administrator");
      }
      assertThat(shown).hasSize(1);
      nanos.addAndGet(Duration.ofMinutes(6).toNanos());
      try (Wire _ = fixture.loggedIn()) {
        assertThat(shown)
            .containsExactly(
                "user=alice\1auth=Bearer at-1\1\1",
                "user=alice\1auth=Bearer at-1\1\1",
                "user=alice\1auth=Bearer at-2\1\1");
      }
    }
    assertThat(provider.requests()).hasSize(2);
  }

  @Test
  void isNotTriedAThirdTime() throws IOException {
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = fixture(upstream);
        Wire client = fixture.client()) {
      oauth
          .tokens()
          .token(
              OAuthClients.site(provider.tokenEndpoint()),
              OAuthClients.site(provider.tokenEndpoint()).account("", ""),
              Freshness.USUAL)
          .join();
      nanos.addAndGet(Duration.ofMinutes(6).toNanos());
      client.send(GatewayFixture.RIGHT);
      assertThat(client.lineStarting("454 ")).contains("ask your administrator");
    }
    assertThat(shown).hasSize(2);
    assertThat(provider.requests()).hasSize(2);
  }

  @Test
  void endedConsentIsSaidInItsOwnWordsAndNobodyConnects() throws IOException {
    provider.script(_ -> Answer.error("invalid_grant", "AADSTS50173: revoked"));
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = fixture(upstream);
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);
      assertThat(client.lineStarting("454 ")).contains("must be allowed");
      assertThat(
              fixture.counted(
                  "postern.upstream.failures", "upstream", "office365", "cause", "needs-consent"))
          .isEqualTo(1);
    }
    assertThat(shown).isEmpty();
  }

  @Test
  void providerThatIsAwayIsTemporaryTrouble() throws IOException {
    provider.script(_ -> new Answer(503, "text/html", "<h1>later</h1>", Map.of()));
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = fixture(upstream);
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);
      assertThat(client.lineStarting("454 ")).contains("try again later");
      client.send(GatewayFixture.RIGHT);
      assertThat(client.lineStarting("454 ")).contains("try again later");
      assertThat(
              fixture.counted(
                  "postern.upstream.failures", "upstream", "office365", "cause", "no-token"))
          .isEqualTo(2);
    }
    assertThat(provider.requests()).hasSize(1);
  }

  @Test
  void theWaitForATokenIsPartOfTheTimeOfALogin() throws IOException {
    CountDownLatch isHeard = new CountDownLatch(1);
    provider.script(_ -> {
      awaitOrFail(isHeard);
      return Answer.tokens("at-1", "");
    });
    Limits usual = GatewayFixture.LIMITS;
    Timeouts times = usual.timeouts();
    Limits limits =
        new Limits(
            usual.failureDelay(),
            usual.beforeLoginDeadline(),
            usual.beforeLoginIdle(),
            5,
            Map.of(),
            new Timeouts(
                times.handshake(),
                times.upstreamConnect(),
                Duration.ofMillis(500),
                times.halfClosed(),
                times.stop()),
            16);
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = upstream("at-1");
        GatewayFixture fixture = fixture(upstream, limits)) {
      try (Wire client = fixture.client()) {
        client.send(GatewayFixture.RIGHT);
        assertThat(client.lineStarting("454 ")).contains("try again later");
        assertThat(log.lines())
            .anySatisfy(line ->
                assertThat(line)
                    .contains("cause=no-token")
                    .contains("timeout: none came in the 500 ms of the login"));
      } finally {
        isHeard.countDown();
      }
    }
    assertThat(shown).isEmpty();
  }

  private static void awaitOrFail(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void registrationThatIsRefusedIsForAnAdministrator() throws IOException {
    provider.script(_ -> Answer.error("invalid_client", "AADSTS7000222: expired"));
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = fixture(upstream);
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);
      assertThat(client.lineStarting("454 ")).contains("ask your administrator");
      assertThat(log.lines())
          .anySatisfy(line -> assertThat(line).contains("invalid_client AADSTS7000222"));
    }
  }

  @Test
  void noTokenIsEverLogged() throws IOException {
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = upstream("at-1");
        GatewayFixture fixture = fixture(upstream);
        Wire _ = fixture.loggedIn()) {
      log.assertNowhere("at-1");
      log.assertNowhere("the-client-secret");
      log.assertNowhere(
          Base64.getEncoder()
              .encodeToString("user=alice\1auth=Bearer at-1\1\1".getBytes(StandardCharsets.UTF_8)));
    }
  }
}
