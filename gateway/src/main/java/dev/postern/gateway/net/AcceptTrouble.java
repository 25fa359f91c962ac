package dev.postern.gateway.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that connections cannot be accepted, such as for want of file descriptors. Netty then waits
 * a second before it accepts again, so this is at most one line a second.
 */
final class AcceptTrouble extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(AcceptTrouble.class);

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.error(
        "cannot accept connections on {}: {}", ctx.channel().localAddress(), cause.toString());
    // On to Netty's own acceptor, which pauses.
    ctx.fireExceptionCaught(cause);
  }

  /** Behind the acceptor, which passes everything on: what was said need not be said again. */
  static final class Said extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {}
  }
}
