package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.store.tickets.TicketKeys;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UpstreamsTest {
  private static final GatewayConfig EMPTY =
      new GatewayConfig(
          "gate.test",
          List.of(),
          Optional.empty(),
          TlsVersion.TLS_1_2,
          Map.of(),
          List.of(),
          Limits.DEFAULT);

  @Test
  void whatWasReplacedIsFreedWithTheLastConnectionThatUsesIt() {
    try (Engine engine = new Engine(Map.of(), Transport.best(), TicketKeys.none())) {
      Upstreams upstreams = engine.upstreams(EMPTY);
      assertThat(upstreams.enter()).isTrue();
      assertThat(upstreams.enter()).isTrue();

      upstreams.retire();
      upstreams.leave();
      assertThat(upstreams.isFreed()).isFalse();
      assertThat(upstreams.enter()).as("a late one, while another is there").isTrue();
      upstreams.leave();
      upstreams.leave();

      assertThat(upstreams.isFreed()).isTrue();
      assertThat(upstreams.enter()).isFalse();
    }
  }

  @Test
  void whatIsInForceStaysWithoutConnections() {
    try (Engine engine = new Engine(Map.of(), Transport.best(), TicketKeys.none())) {
      Upstreams upstreams = engine.upstreams(EMPTY);
      assertThat(upstreams.enter()).isTrue();
      upstreams.leave();

      assertThat(upstreams.isFreed()).isFalse();
      upstreams.retire();
      await().until(upstreams::isFreed);
    }
  }
}
