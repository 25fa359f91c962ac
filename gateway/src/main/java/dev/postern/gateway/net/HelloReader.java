package dev.postern.gateway.net;

import dev.postern.store.auth.Scope;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands where the TLS engine will, until the client's hello is whole, and so says which engine it
 * needs: before that there is none. Turns a client away that offers other protocols alone, RFC 7301
 * §3.2: a browser that somebody led here with the certificate of a web site. What it cannot read is
 * the engine's; that cannot refuse by itself. Nothing is said in clear in its place. Used once.
 */
final class HelloReader extends ChannelDuplexHandler {

  /** A fatal no_application_protocol in a record of its own, RFC 8446 §6. */
  private static final byte[] ALERT = {21, 3, 3, 0, 2, 2, 120};

  private final String protocol;
  private final Duration handshake;
  private final Engines engines;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private boolean isRefused;
  private long startedAt;
  private @Nullable Future<?> deadline;

  /** Makes the handler that goes on with the handshake. */
  interface Engines {
    /**
     * @param hello empty if it cannot be read
     * @param left of the time for the handshake
     */
    ChannelHandler engine(Optional<ClientHello> hello, Duration left);
  }

  /**
   * @param handshake how long all of it may take
   */
  HelloReader(Scope protocol, Duration handshake, Engines engines) {
    this.protocol =
        switch (protocol) {
          case IMAP -> "imap";
          case POP3 -> "pop3";
          case SUBMISSION -> "smtp";
        };
    this.handshake = handshake;
    this.engines = engines;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    startedAt = ctx.executor().ticker().nanoTime();
    deadline =
        ctx.executor()
            .schedule(
                () -> fail(ctx, TlsFailure.TIMEOUT), handshake.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (isRefused) {
      ((ByteBuf) msg).release();
      return;
    }
    held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), held, (ByteBuf) msg);
    switch (ClientHello.read(held)) {
      case ClientHello.Reading.Partial _ -> {}
      case ClientHello.Reading.Whole(ClientHello hello) -> {
        if (isForeign(hello)) {
          ctx.writeAndFlush(Unpooled.wrappedBuffer(ALERT));
          fail(ctx, TlsFailure.ALPN);
        } else {
          goOn(ctx, Optional.of(hello));
        }
      }
      case ClientHello.Reading.Unread _ -> goOn(ctx, Optional.empty());
      case ClientHello.Reading.Evasive _ -> fail(ctx, TlsFailure.EVASIVE);
    }
  }

  private void goOn(ChannelHandlerContext ctx, Optional<ClientHello> hello) {
    long taken = ctx.executor().ticker().nanoTime() - startedAt;
    FrontPipeline.helloIsRead(ctx.pipeline(), engines.engine(hello, handshake.minusNanos(taken)));
  }

  private boolean isForeign(ClientHello hello) {
    return !hello.protocols().isEmpty() && !hello.protocols().contains(protocol);
  }

  private void fail(ChannelHandlerContext ctx, TlsFailure why) {
    isRefused = true;
    ctx.fireUserEventTriggered(why);
  }

  /** Whoever paused reading meant what comes behind the handshake. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!isRefused && !ctx.channel().config().isAutoRead()) {
      ctx.read();
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    ByteBuf bytes = (ByteBuf) msg;
    if (bytes.isReadable()) {
      bytes.release();
      promise.setFailure(new IllegalStateException("there is no TLS yet to say it over"));
    } else {
      ctx.write(msg, promise);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (deadline != null) {
      deadline.cancel(false);
    }
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
