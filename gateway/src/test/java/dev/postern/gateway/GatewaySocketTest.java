package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stage 3: real sockets with TLS, against an upstream that does as it is told. */
class GatewaySocketTest {
  @TempDir Path folder;

  @Test
  void relaysBothWaysAfterLogin() throws Exception {
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              wire.acceptTls(GatewayFixture.CA.issue("localhost").serverContext());
              ScriptedUpstream.smtpLogin(wire);
              wire.send("echo " + wire.line() + "\r\n");
              wire.rest();
            });
        GatewayFixture fixture =
            new GatewayFixture(
                folder,
                Tls.IMPLICIT,
                upstream.port(),
                Security.IMPLICIT_TLS,
                GatewayFixture.LIMITS);
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT + "NOOP behind\r\n");

      assertThat(client.lineStarting("235 ")).isNotEmpty();
      assertThat(client.line()).isEqualTo("echo NOOP behind");
    }
  }
}
