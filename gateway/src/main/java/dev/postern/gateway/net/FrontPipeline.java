package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.observe.Session;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** The one place where the order of handlers towards a mail client is written. */
final class FrontPipeline<C> extends ChannelInitializer<Channel> {

  /** Bytes that may wait to be sent before the other side is no longer read, in all sessions. */
  static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

  private final FrontDoor<C> door;
  private final LoginServices services;

  FrontPipeline(FrontDoor<C> door, LoginServices services) {
    this.door = door;
    this.services = services;
  }

  @Override
  protected void initChannel(Channel channel) {
    if (!(channel.remoteAddress() instanceof InetSocketAddress peer)) {
      channel.close(); // it was gone before it was ours
      return;
    }
    Session session =
        new Session(services.sessionIds().get(), door.protocol().scope(), door.tls(), peer);
    SessionTrail trail = new SessionTrail(session, services.events(), channel.eventLoop().ticker());
    services.events().opened(session);
    channel.closeFuture().addListener(_ -> trail.closed());
    install(channel, trail);
  }

  /** The handlers alone, so that tests can put them on a channel of their own. */
  void install(Channel channel, SessionTrail trail) {
    if (door.listener().tls() == Listener.Tls.IMPLICIT) {
      channel.pipeline().addLast(HandlerNames.TLS, newTls(channel));
    }
    channel
        .pipeline()
        .addLast(
            HandlerNames.LOGIN,
            new LoginHandler<>(door, services, trail, channel, () -> newTls(channel)));
  }

  private SslHandler newTls(Channel channel) {
    SslContext context =
        services
            .contexts()
            .server()
            .orElseThrow(() -> new IllegalStateException("a TLS listener without certificate"));
    SslHandler tls = context.newHandler(channel.alloc());
    tls.setHandshakeTimeout(
        services.limits().timeouts().handshake().toMillis(), TimeUnit.MILLISECONDS);
    tls.setCloseNotifyFlushTimeoutMillis(HalfClose.FAREWELL_MILLIS);
    return tls;
  }
}
