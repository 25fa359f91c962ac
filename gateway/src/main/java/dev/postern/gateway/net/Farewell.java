package dev.postern.gateway.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Lets the last word arrive: our stream has ended, what the client still sends is thrown away, and
 * the connection closes when the client ends its stream too or after a second. Closing at once
 * would answer unread input with a reset, and a reset can overtake the last word.
 */
final class Farewell extends ChannelInboundHandlerAdapter {
  private static final long LONGEST_MILLIS = 1000;

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Future<?> longest =
        ctx.executor().schedule(() -> ctx.close(), LONGEST_MILLIS, TimeUnit.MILLISECONDS);
    // A timer that runs on would keep all there is of a connection that has closed.
    ctx.channel().closeFuture().addListener(_ -> longest.cancel(false));
    HalfClose.endOutput(ctx.channel());
    ctx.channel().config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ReferenceCountUtil.release(msg);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
      HalfClose.closeAfterWrites(ctx.channel());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
