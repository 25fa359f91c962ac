package dev.postern.gateway.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;

/**
 * Stands where a TLS handler stands and tells what one tells; the bytes stay in clear. What arrives
 * before the handshake is done makes it fail, as it would be no TLS record.
 */
final class PretendTls extends ChannelInboundHandlerAdapter {
  private boolean isDone;

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (isDone) {
      ctx.fireChannelRead(msg);
    } else {
      ReferenceCountUtil.release(msg);
      ctx.fireUserEventTriggered(
          new SslHandshakeCompletionEvent(new NotSslRecordException("not a TLS record")));
      ctx.close();
    }
  }

  void handshake(ChannelHandlerContext ctx) {
    isDone = true;
    ctx.fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
  }
}
