package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.ProxyProtocol;
import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.ClientIdentity.Endpoint;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyHeaderWriterTest {

  @ParameterizedTest
  @CsvSource({
    "203.0.113.9, 192.0.2.1, TCP4, 203.0.113.9, 192.0.2.1",
    "2001:db8::9, 2001:db8::1, TCP6, 2001:db8::9, 2001:db8::1",
    "203.0.113.9, 2001:db8::1, TCP6, ::ffff:203.0.113.9, 2001:db8::1",
    "2001:db8::9, 192.0.2.1, TCP6, 2001:db8::9, ::ffff:192.0.2.1",
  })
  void aHeaderHasOneFamilyForBothEnds(
      String client, String server, HAProxyProxiedProtocol family, String source, String to) {
    ClientIdentity identity =
        new ClientIdentity("s", new Endpoint(client, 51234), new Endpoint(server, 587), true, "");
    EmbeddedChannel channel = new EmbeddedChannel();
    channel
        .pipeline()
        .addLast(HandlerNames.PROXY_CODEC, new ChannelDuplexHandler())
        .addLast(
            HandlerNames.PROXY_HEADER,
            new ProxyHeaderWriter(ProxyProtocol.V1, Optional.of(identity)));
    channel.pipeline().fireChannelActive();

    HAProxyMessage header = channel.readOutbound();
    assertThat(header.proxiedProtocol()).isEqualTo(family);
    assertThat(header.sourceAddress()).isEqualTo(source);
    assertThat(header.destinationAddress()).isEqualTo(to);
    header.release();
  }
}
