package dev.postern.gateway.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/** Ends what we send on a connection, after all that was written before. */
final class HalfClose {
  /** How long a close waits for a peer that does not take its close_notify. */
  static final long FAREWELL_MILLIS = 500;

  private HalfClose() {}

  /**
   * Ends our stream (with TLS: close_notify, RFC 8446 §6.1, then FIN) and leaves the other side's
   * open.
   *
   * @return done when all that was written before is sent, or cannot be
   */
  static ChannelFuture endOutput(Channel channel) {
    if (!channel.isActive()) {
      return channel.newSucceededFuture();
    }
    if (isAllSent(channel)) {
      shutDown(channel);
      return channel.newSucceededFuture();
    }
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    ChannelFuture sent = channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
    if (tls == null) {
      sent.addListener(_ -> shutDown(channel));
    } else {
      sent.addListener(_ -> tls.closeOutbound().addListener(_ -> shutDown(channel)));
    }
    return sent;
  }

  /** Closes once all that was written is sent. */
  static void closeAfterWrites(Channel channel) {
    if (channel.isActive() && !isAllSent(channel)) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    } else {
      channel.close();
    }
  }

  /**
   * Whether nothing is left here of what was written, so that its end need not be sent after it:
   * with io_uring an empty write is an operation of the system. TLS keeps some for itself.
   */
  private static boolean isAllSent(Channel channel) {
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    return channel.pipeline().get(SslHandler.class) == null
        && (waiting == null || waiting.totalPendingWriteBytes() == 0);
  }

  private static void shutDown(Channel channel) {
    if (channel instanceof DuplexChannel duplex) {
      if (!duplex.isOutputShutdown()) {
        duplex.shutdownOutput();
      }
    } else {
      channel.close();
    }
  }
}
