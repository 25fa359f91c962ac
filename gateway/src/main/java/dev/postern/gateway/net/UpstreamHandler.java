package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamDialogue;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.net.LineDecoder.Cut;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes the steps of an {@link UpstreamDialogue}; decides nothing of its own but that the server
 * may not speak out of turn.
 *
 * <pre>
 * OPENING --connected, with implicit TLS after the handshake--> TALKING
 * TALKING --StartTls--> SWITCHING --handshake done--> TALKING
 * TALKING --GiveUp--> LEAVING --sent--> OVER
 * any     --LoggedIn, Failed, closed, error-----------> OVER
 * </pre>
 *
 * <p>When the splice removes it, the bytes behind the server's last line flow on to the next
 * handler.
 */
final class UpstreamHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamHandler.class);
  private static final int MOST_PENDING = 64 * 1024;

  private final UpstreamDialogue dialogue;
  private final Security security;
  private final Supplier<? extends ChannelHandler> tls;
  private final Result result;
  private final LineDecoder lines = new LineDecoder();
  private final PendingBytes pending;
  private final StepTimer timer;
  private Phase phase = Phase.OPENING;

  /** Where the login stands. */
  private enum Phase {
    OPENING,
    TALKING,
    SWITCHING,
    LEAVING,
    OVER
  }

  /** Learns how it goes, on the event loop; one of the last two is called, once. */
  interface Result {

    /** The server greeted us and hears our next line; more than once. */
    void greeted();

    /** See {@link UpstreamTalk}. */
    default void sent(UpstreamStep step) {}

    /** Likewise. */
    default void heard(String line) {}

    /** We are logged in; what comes before the splice waits. */
    void loggedIn(UpstreamSession session);

    /** We are not; the connection is not closed yet. */
    void failed(UpstreamFailure failure);
  }

  /**
   * @param tls makes the handler for STARTTLS
   * @param patience for the greeting and for each answer
   */
  UpstreamHandler(
      UpstreamDialogue dialogue,
      Security security,
      Supplier<? extends ChannelHandler> tls,
      ByteBufAllocator allocator,
      Duration patience,
      Result result) {
    this.timer = new StepTimer(patience, this::silent);
    this.dialogue = dialogue;
    this.security = security;
    this.tls = tls;
    this.pending = new PendingBytes(allocator, MOST_PENDING);
    this.result = result;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (security != Security.IMPLICIT_TLS) {
      phase = Phase.TALKING;
      timer.start(ctx.executor());
      follow(ctx, dialogue.connected());
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (!pending.add((ByteBuf) msg)) {
      fail(new UpstreamFailure(Cause.PROTOCOL, "it sent more than it was asked for"));
      return;
    }
    work(ctx);
    if (phase == Phase.OVER && !ctx.isRemoved()) {
      ctx.channel().config().setAutoRead(false); // for the splice, should it not be done yet
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case SslHandshakeCompletionEvent handshake when handshake.isSuccess() -> {
        boolean isFirst = phase == Phase.OPENING;
        phase = Phase.TALKING;
        timer.start(ctx.executor());
        follow(ctx, isFirst ? dialogue.connected() : dialogue.tlsStarted());
        work(ctx);
      }
      case SslHandshakeCompletionEvent handshake ->
          fail(Faults.failure(Cause.TLS, handshake.cause()));
      case ChannelInputShutdownEvent _ -> {
        pending.end();
        work(ctx);
        fail(closed());
      }
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(closed());
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (Faults.isOurs(cause)) {
      LOG.error("a fault of ours while logging in at an upstream", cause);
    }
    fail(Faults.failure(kind(cause), cause));
    ctx.close();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    timer.stop();
    ByteBuf rest = pending.takeAll();
    if (rest.isReadable() && ctx.channel().isActive()) {
      ctx.fireChannelRead(rest);
      ctx.fireChannelReadComplete();
    } else {
      rest.release();
    }
    if (pending.isEnded()) {
      ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
  }

  private void work(ChannelHandlerContext ctx) {
    while (phase == Phase.TALKING) {
      Cut cut = lines.decode(pending.view());
      switch (cut) {
        case Cut.Line(String line) -> {
          pending.consumed();
          result.heard(line);
          follow(ctx, dialogue.line(line));
        }
        case Cut.Partial() -> {
          return;
        }
        case Cut.TooLong() ->
            fail(new UpstreamFailure(Cause.PROTOCOL, "it sent a line of more than 8192 bytes"));
      }
    }
  }

  private void follow(ChannelHandlerContext ctx, UpstreamStep step) {
    switch (step) {
      case UpstreamStep.Read() -> {}
      case UpstreamStep.Send(String line) -> {
        if (isInTurn()) {
          timer.start(ctx.executor());
          result.greeted();
          result.sent(step);
          ctx.writeAndFlush(Latin1.encode(ctx.alloc(), line), ctx.voidPromise());
        }
      }
      case UpstreamStep.SendSecret(Secret line, var _) -> {
        try (line) {
          if (isInTurn()) {
            timer.start(ctx.executor());
            result.greeted();
            result.sent(step);
            sendSecret(ctx, line);
          }
        }
      }
      case UpstreamStep.StartTls() -> {
        result.sent(step);
        startTls(ctx);
      }
      case UpstreamStep.LoggedIn(UpstreamSession session) -> {
        phase = Phase.OVER;
        timer.stop();
        result.loggedIn(session);
      }
      case UpstreamStep.GiveUp(String line, UpstreamFailure failure) -> {
        phase = Phase.LEAVING;
        result.sent(step);
        ctx.writeAndFlush(Latin1.encode(ctx.alloc(), line)).addListener(_ -> fail(failure));
      }
      case UpstreamStep.Failed(UpstreamFailure failure) -> fail(failure);
    }
  }

  /**
   * A server that answers before it was asked has its answers taken for those to later commands.
   */
  private boolean isInTurn() {
    if (LineDecoder.holdsLineBut(dialogue::mayRunAhead, pending.view())) {
      fail(new UpstreamFailure(Cause.PROTOCOL, "it answered before it was asked"));
      return false;
    }
    return true;
  }

  private static void sendSecret(ChannelHandlerContext ctx, Secret line) {
    ByteBuf bytes = ctx.alloc().buffer(line.length());
    line.expose(bytes::writeBytes);
    bytes.retain();
    ctx.writeAndFlush(bytes)
        .addListener(_ -> {
          bytes.setZero(0, bytes.capacity());
          bytes.release();
        });
  }

  private void startTls(ChannelHandlerContext ctx) {
    if (!pending.isEmpty()) {
      fail(new UpstreamFailure(Cause.PROTOCOL, "it sent bytes behind its consent to STARTTLS"));
      return;
    }
    phase = Phase.SWITCHING;
    timer.stop(); // the handshake has a limit of its own
    SocketPipeline.add(ctx.pipeline(), HandlerNames.TLS, tls.get());
  }

  private void silent() {
    fail(
        new UpstreamFailure(
            Cause.TIMEOUT, "it did not answer within " + timer.limit().toMillis() + " ms"));
  }

  private void fail(UpstreamFailure failure) {
    if (phase != Phase.OVER) {
      phase = Phase.OVER;
      timer.stop();
      result.failed(failure);
    }
  }

  private static UpstreamFailure closed() {
    return new UpstreamFailure(Cause.PROTOCOL, "it closed the connection");
  }

  private static Cause kind(Throwable thrown) {
    return switch (thrown) {
      case SSLException _ -> Cause.TLS;
      case DecoderException e when e.getCause() instanceof SSLException -> Cause.TLS;
      default -> Cause.PROTOCOL;
    };
  }
}
