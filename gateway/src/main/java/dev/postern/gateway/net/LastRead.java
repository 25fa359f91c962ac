package dev.postern.gateway.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * What is being closed is not read any more. While a close waits for what is still being sent,
 * Netty's io_uring (4.2.18) would begin to poll for more input, and that poll keeps the socket open
 * until the peer goes away by itself. Used by the event loop.
 */
final class LastRead extends ChannelOutboundHandlerAdapter {
  private boolean isClosing;

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!isClosing) {
      ctx.read();
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    isClosing = true;
    ctx.channel().config().setAutoRead(false);
    ctx.close(promise);
  }
}
