package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.store.auth.Scope;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class GatewayConfigTest {

  /**
   * RFC 9051 §5.4, RFC 2177 §3 (IDLE is renewed after 29 minutes), RFC 1939 §3, RFC 5321 §4.5.3.2.
   */
  @Test
  void relaysAreSilentForAsLongAsTheirProtocolsAsk() {
    assertThat(Limits.DEFAULT.relayIdle().get(Scope.IMAP)).isGreaterThan(Duration.ofMinutes(30));
    assertThat(Limits.DEFAULT.relayIdle().get(Scope.POP3)).isGreaterThan(Duration.ofMinutes(10));
    assertThat(Limits.DEFAULT.relayIdle().get(Scope.SUBMISSION))
        .isGreaterThan(Duration.ofMinutes(10));
  }

  /** PROXY protocol §2: at least three seconds, to cover a lost packet; nobody needs many more. */
  @Test
  void aProxyHeaderMayBeLostOnce() {
    assertThat(Limits.DEFAULT.timeouts().proxyHeader()).isEqualTo(Duration.ofSeconds(3));
  }
}
