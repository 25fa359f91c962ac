package dev.postern.gateway.net;

import dev.postern.store.auth.Protection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslHandler;
import java.util.function.Supplier;

/** TLS of one client's connection, RFC 9051 §6.2.1 and RFC 3207. Used by its event loop. */
final class FrontTls {
  private final Channel channel;
  private final Supplier<? extends ChannelHandler> newHandler;
  private final long openedAtMillis;
  private Protection protection = Protection.CLEAR;

  /**
   * @param openedAtMillis when the connection was accepted
   */
  FrontTls(Channel channel, Supplier<? extends ChannelHandler> newHandler, long openedAtMillis) {
    this.channel = channel;
    this.newHandler = newHandler;
    this.openedAtMillis = openedAtMillis;
  }

  /**
   * Starts a handshake; our consent is on the wire.
   *
   * @param early bytes that arrived behind the command: they go to the TLS engine, which takes them
   *     for its first record or fails
   */
  void install(ByteBuf early) {
    SocketPipeline.add(channel.pipeline(), HandlerNames.HELLO, newHandler.get());
    channel.config().setAutoRead(true);
    if (early.isReadable()) {
      channel.pipeline().fireChannelRead(early);
      channel.pipeline().fireChannelReadComplete();
    } else {
      early.release();
    }
  }

  /** What protects the connection now. */
  Protection protection() {
    return protection;
  }

  /** A handshake is done: takes note of it and tells. */
  void established(SessionTrail trail) {
    if (channel.pipeline().get(HandlerNames.TLS) instanceof SslHandler tls) {
      String version = tls.engine().getSession().getProtocol();
      protection = Protection.ofWord(version).orElseThrow(() -> new IllegalStateException(version));
      trail.encrypted(version, TlsContexts.isResumed(tls.engine(), openedAtMillis));
    }
  }
}
