package dev.postern.gateway.net;

import dev.postern.store.auth.Scope;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.Optional;

/**
 * Stands before the TLS engine until the first record is whole, and turns a client away that offers
 * other protocols alone, RFC 7301 §3.2: a browser that somebody led here with the certificate of a
 * web site. What it cannot read is the engine's; that cannot refuse by itself. Used once.
 */
final class AlpnGuard extends ChannelInboundHandlerAdapter {

  /** A fatal no_application_protocol in a record of its own, RFC 8446 §6. */
  private static final byte[] ALERT = {21, 3, 3, 0, 2, 2, 120};

  private final String protocol;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private boolean isRefused;

  AlpnGuard(Scope protocol) {
    this.protocol =
        switch (protocol) {
          case IMAP -> "imap";
          case POP3 -> "pop3";
          case SUBMISSION -> "smtp";
        };
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (isRefused) {
      ((ByteBuf) msg).release();
      return;
    }
    held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), held, (ByteBuf) msg);
    if (ClientHello.isPartial(held)) {
      return;
    }
    Optional<List<String>> offered = ClientHello.offered(held);
    if (offered.isEmpty() || offered.get().contains(protocol)) {
      FrontPipeline.helloIsRead(ctx.pipeline());
    } else {
      isRefused = true;
      ctx.writeAndFlush(Unpooled.wrappedBuffer(ALERT));
      ctx.fireUserEventTriggered(TlsFailure.ALPN);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ByteBuf rest = held;
    held = Unpooled.EMPTY_BUFFER;
    if (rest.isReadable() && ctx.channel().isActive()) {
      ctx.fireChannelRead(rest);
      ctx.fireChannelReadComplete();
    } else {
      rest.release();
    }
  }
}
