package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.ProxyProtocol;
import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.ClientIdentity.Endpoint;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.handler.codec.haproxy.HAProxySSLTLV;
import io.netty.handler.codec.haproxy.HAProxyTLV;
import java.util.List;
import java.util.Optional;

/**
 * Sends a PROXY header to an upstream before anything else, TLS included. Version 2 also says
 * whether the client's connection is encrypted. A login of our own, such as a probe, is told with
 * our own addresses. Used once; stands behind the encoder and takes both out.
 */
final class ProxyHeaderWriter extends ChannelInboundHandlerAdapter {
  /** PP2_CLIENT_SSL: the client is connected over TLS. */
  private static final byte CLIENT_SSL = 1;

  /** Any other value than 0 means that no client certificate was verified. */
  private static final int NOT_VERIFIED = 1;

  private final ProxyProtocol version;
  private final Optional<ClientIdentity> client;

  ProxyHeaderWriter(ProxyProtocol version, Optional<ClientIdentity> client) {
    this.version = version;
    this.client = client;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(header(ctx.channel()), ctx.voidPromise());
    ctx.fireChannelActive();
    UpstreamPipeline.headerIsSent(ctx.pipeline());
  }

  private HAProxyMessage header(Channel channel) {
    Endpoint source =
        client.map(ClientIdentity::client).orElseGet(() -> Endpoints.of(channel.localAddress()));
    Endpoint destination =
        client.map(ClientIdentity::server).orElseGet(() -> Endpoints.of(channel.remoteAddress()));
    boolean isIpv6 = source.isIpv6() || destination.isIpv6();
    return new HAProxyMessage(
        switch (version) {
          case V1 -> HAProxyProtocolVersion.V1;
          case V2 -> HAProxyProtocolVersion.V2;
        },
        HAProxyCommand.PROXY,
        isIpv6 ? HAProxyProxiedProtocol.TCP6 : HAProxyProxiedProtocol.TCP4,
        address(source, isIpv6),
        address(destination, isIpv6),
        source.port(),
        destination.port(),
        tlvs());
  }

  /** The header has one family for both: an IPv4 address among IPv6 is written as mapped. */
  private static String address(Endpoint endpoint, boolean isIpv6) {
    return isIpv6 && !endpoint.isIpv6() ? "::ffff:" + endpoint.address() : endpoint.address();
  }

  private List<HAProxyTLV> tlvs() {
    boolean isTold =
        version == ProxyProtocol.V2 && client.filter(ClientIdentity::isEncrypted).isPresent();
    return isTold ? List.of(new HAProxySSLTLV(NOT_VERIFIED, CLIENT_SSL, List.of())) : List.of();
  }
}
