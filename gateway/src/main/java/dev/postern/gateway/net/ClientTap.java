package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.Tap;
import dev.postern.gateway.dialogue.Tap.Verdict;
import dev.postern.gateway.observe.EndReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import org.jspecify.annotations.Nullable;

/**
 * Shows a {@link Tap} what the client sends, before the relay gets it. While the tap holds bytes
 * the client is not read, so that what waits is what was read already; the end of the client's
 * stream waits behind it.
 */
final class ClientTap extends ChannelInboundHandlerAdapter {

  /** Bytes that may wait: those that were pipelined behind the login, and some reads. */
  static final int MOST_HELD = 8 * LoginHandler.MOST_PENDING;

  private final Tap tap;
  private final Channel upstream;
  private final RelaySession session;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private @Nullable Object heldEnd;
  private @Nullable ChannelHandlerContext context;
  private boolean isOver;

  ClientTap(Tap tap, Channel upstream, RelaySession session) {
    this.tap = tap;
    this.upstream = upstream;
    this.session = session;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf bytes = (ByteBuf) msg;
    if (isOver || !upstream.isOpen()) {
      bytes.release();
      return;
    }
    if (held.isReadable()) {
      hold(ctx, bytes); // the tap has seen the first of what is held, and waits for the upstream
    } else {
      held = bytes;
      pass(ctx);
    }
    if (held.readableBytes() > MOST_HELD) {
      over();
      session.cut(EndReason.FLOOD);
    }
  }

  /**
   * Flat, and one piece again after a few: what came in many costs no more than in one. Not while a
   * part of it is still to be sent: that must stay where it is in memory.
   */
  private void hold(ChannelHandlerContext ctx, ByteBuf more) {
    if (held instanceof CompositeByteBuf pieces && pieces.refCnt() == 1) {
      pieces.addComponent(true, more);
    } else {
      held = ctx.alloc().compositeBuffer().addComponent(true, held).addComponent(true, more);
    }
  }

  /** The upstream has said more: perhaps what is held may go on. */
  void resume() {
    if (isOver || context == null || !held.isReadable()) {
      return;
    }
    pass(context);
    context.fireChannelReadComplete();
    if (held.isReadable() || isOver) {
      return;
    }
    // A stream that has ended cannot be read again: the transport would fail.
    if (!(heldEnd instanceof ChannelInputShutdownEvent)) {
      context.channel().config().setAutoRead(upstream.isWritable());
    }
    if (heldEnd != null) {
      Object end = heldEnd;
      heldEnd = null;
      context.fireUserEventTriggered(end);
    }
  }

  private void pass(ChannelHandlerContext ctx) {
    TapReader.Shown shown = TapReader.client(tap, held);
    switch (shown.verdict()) {
      case Verdict.Pass _ -> {
        ByteBuf all = held;
        held = Unpooled.EMPTY_BUFFER;
        ctx.fireChannelRead(all);
      }
      case Verdict.Hold _ -> {
        ctx.channel().config().setAutoRead(false);
        if (shown.passed() > 0) {
          ctx.fireChannelRead(held.readRetainedSlice(shown.passed()));
        }
      }
      case Verdict.End(var why) -> {
        over();
        session.forbid(why);
      }
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    boolean isEnd =
        event instanceof ChannelInputShutdownEvent || event == SslCloseCompletionEvent.SUCCESS;
    if (isEnd && held.isReadable() && upstream.isOpen()) {
      heldEnd = event;
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    over();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    over();
  }

  private void over() {
    isOver = true;
    held.release();
    held = Unpooled.EMPTY_BUFFER;
  }
}
