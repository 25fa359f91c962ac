package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamDialogue;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The one place where the order of handlers towards an upstream is written. */
final class UpstreamPipeline extends ChannelInitializer<Channel> {
  private final TlsContexts contexts;
  private final UpstreamTarget target;
  private final UpstreamDialogue dialogue;
  private final Duration handshake;
  private final UpstreamHandler.Result result;

  UpstreamPipeline(
      TlsContexts contexts,
      UpstreamTarget target,
      UpstreamDialogue dialogue,
      Duration handshake,
      UpstreamHandler.Result result) {
    this.contexts = contexts;
    this.target = target;
    this.dialogue = dialogue;
    this.handshake = handshake;
    this.result = result;
  }

  @Override
  protected void initChannel(Channel channel) {
    ChannelPipeline pipeline = channel.pipeline();
    Security security = target.endpoint().security();
    if (security == Security.IMPLICIT_TLS) {
      pipeline.addLast(HandlerNames.TLS, newTls(channel));
    }
    pipeline.addLast(
        HandlerNames.LOGIN,
        new UpstreamHandler(dialogue, security, () -> newTls(channel), channel.alloc(), result));
  }

  private SslHandler newTls(Channel channel) {
    SslHandler tls =
        contexts.clientHandler(
            target.upstream(), channel.alloc(), target.endpoint().host(), target.endpoint().port());
    tls.setHandshakeTimeout(handshake.toMillis(), TimeUnit.MILLISECONDS);
    tls.setCloseNotifyFlushTimeoutMillis(HalfClose.FAREWELL_MILLIS);
    return tls;
  }
}
