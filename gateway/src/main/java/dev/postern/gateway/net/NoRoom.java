package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.FrontEvent.Crowd;
import dev.postern.gateway.observe.ConnectionRefusal;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Tells a client why it is turned away, as soon as it can read it: in clear at once, on implicit
 * TLS after the handshake; then closes. Stands where the login would; used once.
 */
final class NoRoom extends ChannelInboundHandlerAdapter {

  /** For a handshake and the rest. */
  private static final long LONGEST_MILLIS = 3000;

  private final String lastWord;
  private final boolean isAfterHandshake;

  /**
   * @param lastWord as in {@code FrontStep}
   */
  NoRoom(String lastWord, boolean isAfterHandshake) {
    this.lastWord = lastWord;
    this.isAfterHandshake = isAfterHandshake;
  }

  /** Whose fault it is, if the client is to learn of it. */
  static Optional<Crowd> crowd(ConnectionRefusal why) {
    return switch (why) {
      case TOO_MANY, LISTENER_FULL, BEFORE_LOGIN_FULL -> Optional.of(Crowd.EVERYBODY);
      case ADDRESS_FULL, NETWORK_FULL -> Optional.of(Crowd.ITS_NETWORK);
      case UNTRUSTED_PROXY,
          PROXY_HEADER,
          BANNED,
          CREDENTIAL_SESSIONS,
          USER_SESSIONS,
          USER_NETWORK_SESSIONS ->
          Optional.empty();
    };
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Future<?> longest =
        ctx.executor().schedule(() -> ctx.close(), LONGEST_MILLIS, TimeUnit.MILLISECONDS);
    // A timer that runs on would keep all there is of a connection that has closed.
    ctx.channel().closeFuture().addListener(_ -> longest.cancel(false));
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (!isAfterHandshake) {
      say(ctx);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
      say(ctx);
    } else {
      ctx.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ReferenceCountUtil.release(msg);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  private void say(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(Latin1.encode(ctx.alloc(), lastWord));
    FrontPipeline.noRoomIsSaid(ctx.pipeline());
  }
}
