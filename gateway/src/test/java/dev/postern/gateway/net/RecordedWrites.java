package dev.postern.gateway.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.nio.charset.StandardCharsets;

/**
 * Takes what is written as a socket does: copied before the write is done, for then secrets are
 * wiped. Each character is one byte.
 */
final class RecordedWrites extends ChannelOutboundHandlerAdapter {
  private final StringBuilder into;

  RecordedWrites(StringBuilder into) {
    this.into = into;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    ByteBuf bytes = (ByteBuf) msg;
    into.append(bytes.toString(StandardCharsets.ISO_8859_1));
    bytes.release();
    promise.trySuccess();
  }
}
