package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.UpstreamDialogue;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.ssl.SslHandler;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The one place where the order of handlers towards an upstream is written. */
final class UpstreamPipeline extends ChannelInitializer<Channel> {
  private final TlsContexts contexts;
  private final UpstreamTarget target;
  private final Optional<ClientIdentity> client;
  private final UpstreamDialogue dialogue;
  private final Timeouts timeouts;
  private final UpstreamHandler.Result result;

  UpstreamPipeline(
      TlsContexts contexts,
      UpstreamTarget target,
      Optional<ClientIdentity> client,
      UpstreamDialogue dialogue,
      Timeouts timeouts,
      UpstreamHandler.Result result) {
    this.contexts = contexts;
    this.target = target;
    this.client = client;
    this.dialogue = dialogue;
    this.timeouts = timeouts;
    this.result = result;
  }

  @Override
  protected void initChannel(Channel channel) {
    ChannelPipeline pipeline = channel.pipeline();
    Security security = target.endpoint().security();
    target
        .proxyProtocol()
        .ifPresent(version -> {
          pipeline.addLast(HandlerNames.PROXY_CODEC, HAProxyMessageEncoder.INSTANCE);
          pipeline.addLast(HandlerNames.PROXY_HEADER, new ProxyHeaderWriter(version, client));
        });
    if (security == Security.IMPLICIT_TLS) {
      pipeline.addLast(HandlerNames.TLS, newTls(channel));
    }
    pipeline.addLast(
        HandlerNames.LOGIN,
        new UpstreamHandler(
            dialogue,
            security,
            () -> newTls(channel),
            channel.alloc(),
            timeouts.upstreamStep(),
            result));
  }

  /** The PROXY header is on its way. */
  static void headerIsSent(ChannelPipeline pipeline) {
    pipeline.remove(HandlerNames.PROXY_HEADER);
    pipeline.remove(HandlerNames.PROXY_CODEC);
  }

  private SslHandler newTls(Channel channel) {
    SslHandler tls =
        contexts.clientHandler(
            target.upstream(), channel.alloc(), target.endpoint().host(), target.endpoint().port());
    tls.setHandshakeTimeout(timeouts.handshake().toMillis(), TimeUnit.MILLISECONDS);
    tls.setCloseNotifyFlushTimeoutMillis(HalfClose.FAREWELL_MILLIS);
    return tls;
  }
}
