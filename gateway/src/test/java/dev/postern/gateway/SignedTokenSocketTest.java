package dev.postern.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Identify;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.MailboxRewriting;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.EverythingLogged;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.LoginToken;
import dev.postern.store.oauth.OAuth;
import dev.postern.store.oauth.SigningKey;
import dev.postern.store.oauth.TokenAnswer;
import dev.postern.store.testing.FreeLeases;
import dev.postern.store.testing.SigningKeys;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Logins at an upstream that believes tokens of our own. */
@ExtendWith(LeakCheck.class)
class SignedTokenSocketTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  private static final int MORE_THAN_MAY_WAIT = 1000;

  /** Where the time is not told before this is open, nothing is signed. */
  private final CountDownLatch mayBeSigned = new CountDownLatch(1);

  private final OAuth oauth = new OAuth(new FreeLeases(), new HeldClock(), () -> 0, new Random(1));

  /** What came with AUTH: the mechanism, a space, the decoded message. */
  private final Queue<String> shown = new ConcurrentLinkedQueue<>();

  private SigningKey key;

  @BeforeEach
  void makeKey() throws Exception {
    key = SigningKey.of(SigningKeys.ec("secp256r1").getPrivate(), Optional.of("2026"));
  }

  @AfterEach
  void stop() {
    mayBeSigned.countDown();
    oauth.close();
  }

  private GatewayFixture fixture(ScriptedUpstream upstream) {
    return fixture(upstream, Optional.empty());
  }

  private GatewayFixture fixture(ScriptedUpstream upstream, Optional<String> audience) {
    return new GatewayFixture(
        new GatewayConfig(
            "gate.test",
            List.of(
                new Listener(
                    Scope.SUBMISSION, "127.0.0.1", 0, Listener.Tls.NONE, Optional.empty())),
            Optional.empty(),
            TlsVersion.TLS_1_2,
            Map.of(
                "store",
                new Upstream(
                    "store",
                    Map.of(
                        Scope.SUBMISSION,
                        new Endpoint("127.0.0.1", upstream.port(), Security.CLEAR)),
                    Optional.empty(),
                    new LoginMethod.SignedToken(key, "https://gate.test", audience, List.of()),
                    Identify.NONE,
                    Watch.NEVER)),
            List.of(
                new Route(
                    "*", "store", new MailboxRewriting(false, Optional.of("example.test"), false))),
            GatewayFixture.LIMITS),
        oauth.tokens());
  }

  /** A server that takes every token, or none, which it says as Dovecot does. */
  private ScriptedUpstream upstream(String mechanisms, boolean doesBelieve) throws IOException {
    return new ScriptedUpstream(wire -> {
      wire.send("220 upstream.test ESMTP\r\n");
      while (true) {
        String line = wire.line();
        if (line.startsWith("EHLO")) {
          wire.send("250-upstream.test\r\n250 AUTH " + mechanisms + "\r\n");
        } else if (line.startsWith("AUTH ")) {
          // The token makes the line too long for an initial response, RFC 4954 §4.
          wire.send("334 \r\n");
          shown.add(
              line.substring("AUTH ".length())
                  + " "
                  + new String(Base64.getDecoder().decode(wire.line()), UTF_8));
          wire.send(doesBelieve ? "235 2.7.0 in\r\n" : "334 eyJzdGF0dXMiOiI0MDEifQ==\r\n");
        } else if (line.equals("AQ==") || line.isEmpty()) {
          wire.send("535 5.7.8 not accepted\r\n");
        } else {
          wire.send("250 heard " + line + "\r\n");
        }
      }
    });
  }

  /** What is in the token that was shown. */
  private static String claims(String shown) {
    String token = shown.replaceFirst("(?s).*auth=Bearer ", "").replaceFirst("(?s)\1\1$", "");
    return new String(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), UTF_8);
  }

  @Test
  void tokenIsForThisMailboxServerAndProtocolAlone() throws IOException {
    mayBeSigned.countDown();
    try (ScriptedUpstream upstream = upstream("PLAIN XOAUTH2 OAUTHBEARER", true);
        GatewayFixture fixture = fixture(upstream);
        Wire client = fixture.loggedIn()) {
      client.send("NOOP\r\n");
      assertThat(client.lineStarting("250 ")).isEqualTo("250 heard NOOP");
    }
    assertThat(shown)
        .singleElement()
        .asString()
        .startsWith("OAUTHBEARER n,a=alice@example.test,\1host=127.0.0.1\1");
    assertThat(claims(shown.element()))
        .contains("\"iss\":\"https://gate.test\"")
        .contains("\"sub\":\"alice@example.test\"")
        .contains("\"aud\":\"127.0.0.1\"")
        .contains("\"scope\":\"submission\"")
        .contains("\"exp\":" + NOW.plusSeconds(50).getEpochSecond());
  }

  @ParameterizedTest
  @CsvSource({"PLAIN XOAUTH2, XOAUTH2", "OAUTHBEARER, OAUTHBEARER"})
  void xoauth2IsForServersThatOfferNothingElse(String offered, String used) throws IOException {
    mayBeSigned.countDown();
    try (ScriptedUpstream upstream = upstream(offered, true);
        GatewayFixture fixture = fixture(upstream, Optional.of("mail"));
        Wire _ = fixture.loggedIn()) {
      assertThat(shown).singleElement().asString().startsWith(used + " ");
      assertThat(claims(shown.element())).contains("\"aud\":\"mail\"");
    }
  }

  @Test
  void everyLoginHasATokenOfItsOwn() throws IOException {
    mayBeSigned.countDown();
    try (ScriptedUpstream upstream = upstream("OAUTHBEARER", true);
        GatewayFixture fixture = fixture(upstream);
        Wire _ = fixture.loggedIn();
        Wire _ = fixture.loggedIn()) {
      assertThat(shown).hasSize(2).doesNotHaveDuplicates();
    }
  }

  @Test
  void refusedTokenIsForAnAdministratorAndNotTriedAgain() throws IOException {
    mayBeSigned.countDown();
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = upstream("OAUTHBEARER", false);
        GatewayFixture fixture = fixture(upstream);
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);
      assertThat(client.lineStarting("454 ")).contains("ask your administrator");
      assertThat(
              fixture.counted(
                  "postern.upstream.failures", "upstream", "store", "cause", "login-refused"))
          .isEqualTo(1);
      assertThat(shown).hasSize(1);
      log.assertNowhere(claims(shown.element()));
      log.assertNowhere(shown.element().replaceFirst("(?s).*auth=Bearer ", "").substring(0, 40));
    }
  }

  @Test
  void whereTooManyAreToBeSignedTheClientIsToldToComeAgain() throws IOException {
    try (ScriptedUpstream upstream = upstream("OAUTHBEARER", true);
        GatewayFixture fixture = fixture(upstream);
        Wire client = fixture.client()) {
      List<CompletableFuture<TokenAnswer>> crowd = new ArrayList<>();
      for (int i = 0; i < MORE_THAN_MAY_WAIT; i++) {
        crowd.add(oauth.tokens().signed(key, new LoginToken("i", "m", "a", "imap")));
      }
      client.send(GatewayFixture.RIGHT);
      assertThat(client.lineStarting("454 ")).contains("try again later");
      mayBeSigned.countDown();
      crowd.forEach(one -> one.orTimeout(20, SECONDS).join());
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("235 ");
    }
  }

  /** The time stands, and is not told before something may be signed. */
  private final class HeldClock extends Clock {
    @Override
    public Instant instant() {
      try {
        assertThat(mayBeSigned.await(20, SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return NOW;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
