package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that log in for others. */
@ExtendWith(LeakCheck.class)
class TrustedClientsSocketTest {
  private static final String XCLIENT = "XCLIENT ADDR=203.0.113.9 PORT=51234\r\n";

  @TempDir Path folder;

  @Test
  void theClientThatIsSpokenForIsTheOneThatLogsIn() throws Exception {
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = fixture(upstream, "127.0.0.0/8", 1);
        Wire client = fixture.client()) {
      client.send(XCLIENT).lineStarting("220 ");
      client.send(GatewayFixture.RIGHT).lineStarting("235 ");
      assertThat(fixture.peers).containsExactly("203.0.113.9");
      try (Wire same = fixture.client()) {
        same.send(XCLIENT).lineStarting("220 ");
        same.send(GatewayFixture.RIGHT);
        assertThat(same.line()).as("one too many from there").startsWith("454 4.7.0 Too many");
        assertThat(fixture.signIns)
            .singleElement()
            .satisfies(noted -> assertThat(noted.peer().getHostAddress()).isEqualTo("203.0.113.9"));
      }
      try (Wire other = fixture.client()) {
        other.send("XCLIENT ADDR=198.51.100.9\r\n").lineStarting("220 ");
        other.send(GatewayFixture.RIGHT).lineStarting("235 ");
      }
    }
  }

  /** Webmail on this machine: what it hands on has crossed no network, whoever sent it. */
  @ParameterizedTest
  @ValueSource(strings = {"203.0.113.9", "127.0.0.1"})
  void whomItSpeaksForDoesNotChangeTheLane(String stated) throws Exception {
    Listener legacy =
        new Listener(
            Scope.SUBMISSION,
            "127.0.0.1",
            0,
            Tls.NONE,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Lane.LEGACY);
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture =
            new GatewayFixture(
                AlteredConfig.of(config(upstream, "127.0.0.0/8", 1)).listeners(legacy).config());
        Wire client = fixture.client()) {
      client.send("XCLIENT ADDR=" + stated + " PORT=51234\r\n").lineStarting("220 ");
      client.send(GatewayFixture.RIGHT).lineStarting("235 ");
      assertThat(fixture.lanes).containsExactly(Lane.ORDINARY);
    }
  }

  @Test
  void nobodyElseMaySpeakForAnother() throws Exception {
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = fixture(upstream, "192.0.2.10/32", 1000);
        Wire client = fixture.client()) {
      client.send(XCLIENT).lineStarting("500 ");
      client.send(GatewayFixture.RIGHT).lineStarting("235 ");
      assertThat(fixture.peers).containsExactly("127.0.0.1");
    }
  }

  private static ScriptedUpstream upstream() throws IOException {
    return new ScriptedUpstream(wire -> {
      ScriptedUpstream.smtpLogin(wire);
      wire.rest();
    });
  }

  private GatewayFixture fixture(ScriptedUpstream upstream, String trusted, int perUserAndNetwork) {
    return new GatewayFixture(config(upstream, trusted, perUserAndNetwork));
  }

  private GatewayConfig config(ScriptedUpstream upstream, String trusted, int perUserAndNetwork) {
    return GatewayFixture.with(
        new Caps(
            1000,
            1000,
            perUserAndNetwork,
            OptionalInt.empty(),
            1000,
            1000,
            OptionalInt.empty(),
            List.of(Cidr.parse(trusted))),
        GatewayFixture.config(
            folder, Tls.NONE, "localhost", upstream.port(), Security.CLEAR, GatewayFixture.LIMITS));
  }
}
