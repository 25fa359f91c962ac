package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import dev.postern.store.guard.NetworkStanding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients read for which there is no place. */
@ExtendWith(LeakCheck.class)
class CapsSocketTest {
  private static final int MANY = 1000;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void whoIsOneTooManyOfItsAddressIsToldSoAndOthersComeIn(Tls tls) throws Exception {
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = fixture(tls, upstream, caps(MANY, MANY, MANY, 1))) {
      try (Wire first = fixture.client()) {
        try (Wire second = fixture.connect()) {
          assertThat(second.rest())
              .isEqualTo("421 4.7.0 Too many connections from your network, try again later\r\n");
        }
        assertThat(refused(fixture, "address-full")).isEqualTo(1);
        first.send("NOOP\r\n").lineStarting("250 ");
      }
      await()
          .untilAsserted(() -> {
            try (Wire next = fixture.connect()) {
              assertThat(next.line()).startsWith("220 ");
            }
          });
    }
  }

  @Test
  void whoLoggedInIsNoLongerCounted() throws Exception {
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = fixture(Tls.NONE, upstream, caps(MANY, MANY, MANY, 1));
        Wire first = fixture.loggedIn();
        Wire second = fixture.loggedIn()) {
      assertThat(second.shown()).contains("235 ");
      assertThat(first.shown()).contains("235 ");
      assertThat(refused(fixture, "address-full")).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1000, too-many", "1000, 1, before-login-full"})
  void whoFindsNoPlaceIsToldSo(int total, int beforeLogin, String reason) throws Exception {
    Caps caps =
        new Caps(
            MANY,
            MANY,
            MANY,
            OptionalInt.of(total),
            MANY,
            MANY,
            OptionalInt.of(beforeLogin),
            List.of());
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = fixture(Tls.STARTTLS, upstream, caps);
        Wire first = fixture.client();
        Wire second = fixture.connect()) {
      assertThat(second.rest()).isEqualTo("421 4.7.0 Too many connections, try again later\r\n");
      assertThat(refused(fixture, reason)).isEqualTo(1);
      first.send("NOOP\r\n").lineStarting("250 ");
    }
  }

  @Test
  void aListenerHasAsManyAsItIsTold() throws Exception {
    try (ScriptedUpstream upstream = upstream()) {
      GatewayConfig config = config(Tls.NONE, upstream, caps(MANY, MANY, MANY, MANY));
      Listener listener = config.listeners().getFirst();
      Listener small =
          new Listener(
              listener.protocol(),
              listener.host(),
              0,
              listener.tls(),
              listener.upstream(),
              listener.trustedProxies(),
              listener.name(),
              listener.certificate(),
              listener.lane(),
              OptionalInt.of(1));
      GatewayConfig two = AlteredConfig.of(config).listeners(small, listener).config();
      try (GatewayFixture fixture = new GatewayFixture(two);
          Wire _ = fixture.client();
          Wire second = fixture.connect();
          Wire elsewhere = Wire.connect(fixture.gateway.listeners().getLast().address())) {
        assertThat(second.line()).startsWith("421 4.7.0 Too many connections,");
        assertThat(refused(fixture, "listener-full")).isEqualTo(1);
        assertThat(elsewhere.line()).startsWith("220 ");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NONE", "STARTTLS"})
  void whoIsBannedIsToldNothing(Tls tls) throws Exception {
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = fixture(tls, upstream, Caps.DEFAULT)) {
      fixture.networkStanding = NetworkStanding.DENIED;
      try (Wire client = fixture.connect()) {
        assertThat(client.rest()).isEmpty();
      }
      assertThat(refused(fixture, "banned")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1000, 1000, credential-sessions",
    "1000, 1, 1000, user-sessions",
    "1000, 1000, 1, user-network-sessions"
  })
  void aLoginTooManyIsRefusedForNow(
      int perCredential, int perUser, int perUserAndNetwork, String reason) throws Exception {
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture =
            fixture(Tls.NONE, upstream, caps(perCredential, perUser, perUserAndNetwork, MANY))) {
      try (Wire _ = fixture.loggedIn();
          Wire second = fixture.client()) {
        second.send(GatewayFixture.RIGHT);
        assertThat(second.line()).startsWith("454 4.7.0 Too many sign-ins at the same time");
        second.send("NOOP\r\n").lineStarting("250 ");
        assertThat(refused(fixture, reason)).isEqualTo(1);
        assertThat(fixture.signIns)
            .singleElement()
            .satisfies(noted -> {
              assertThat(noted.outcome()).isEqualTo("unavailable");
              assertThat(noted.reason()).isEqualTo(reason);
              assertThat(noted.credentialId()).contains("credential-1");
            });
      }
      await().untilAsserted(() -> logIn(fixture));
    }
  }

  @Test
  void aLoginThatTheUpstreamFailsGivesItsPlaceBack() throws Exception {
    try (ScriptedUpstream upstream = upstream()) {
      GatewayConfig working = config(Tls.NONE, upstream, caps(1, 1, 1, MANY));
      GatewayConfig broken =
          GatewayFixture.with(
              working.caps(),
              GatewayFixture.config(
                  folder, Tls.NONE, "localhost", 1, Security.CLEAR, GatewayFixture.LIMITS));
      try (GatewayFixture fixture = new GatewayFixture(broken);
          Wire client = fixture.client()) {
        client.send(GatewayFixture.RIGHT);
        assertThat(client.line()).contains("cannot be reached");
        client.send(GatewayFixture.RIGHT);
        assertThat(client.line()).contains("cannot be reached");
        assertThat(refused(fixture, "credential-sessions")).isZero();
      }
    }
  }

  private static void logIn(GatewayFixture fixture) throws IOException {
    try (Wire next = fixture.client()) {
      next.send(GatewayFixture.RIGHT);
      assertThat(next.line()).startsWith("235 ");
    }
  }

  private static double refused(GatewayFixture fixture, String reason) {
    return fixture.counted("postern.connections.refused", "reason", reason);
  }

  private static ScriptedUpstream upstream() throws IOException {
    return new ScriptedUpstream(wire -> {
      ScriptedUpstream.smtpLogin(wire);
      wire.rest();
    });
  }

  private GatewayFixture fixture(Tls tls, ScriptedUpstream upstream, Caps caps) {
    return new GatewayFixture(config(tls, upstream, caps));
  }

  private GatewayConfig config(Tls tls, ScriptedUpstream upstream, Caps caps) {
    return GatewayFixture.with(
        caps,
        GatewayFixture.config(
            folder, tls, "localhost", upstream.port(), Security.CLEAR, GatewayFixture.LIMITS));
  }

  private static Caps caps(int perCredential, int perUser, int perUserAndNetwork, int perAddress) {
    return new Caps(
        perCredential,
        perUser,
        perUserAndNetwork,
        OptionalInt.empty(),
        perAddress,
        MANY,
        OptionalInt.empty(),
        List.of());
  }
}
