package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.Tap;
import dev.postern.gateway.dialogue.Tap.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Shows a {@link Tap} what the upstream sends, before the relay gets it; delays nothing. */
final class UpstreamTap extends ChannelInboundHandlerAdapter {
  private final Tap tap;
  private final ClientTap client;
  private final RelaySession session;
  private Verdict last = Tap.PASS;

  UpstreamTap(Tap tap, ClientTap client, RelaySession session) {
    this.tap = tap;
    this.client = client;
    this.session = session;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf bytes = (ByteBuf) msg;
    if (last instanceof Verdict.End) {
      bytes.release();
      return;
    }
    last = TapReader.upstream(tap, bytes).verdict();
    if (last instanceof Verdict.End(var why)) {
      bytes.release();
      session.forbid(why);
      return;
    }
    ctx.fireChannelRead(bytes);
    client.resume();
  }
}
