package dev.postern.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client that logs in, perhaps fetches, and leaves. Any thread may ask it to. */
final class ImapVisit extends ChannelInboundHandlerAdapter {
  private final String user;
  private final String password;
  private final Consumer<ImapVisit> onLogin;
  private final Consumer<String> onFailure;
  private volatile @Nullable ChannelHandlerContext context;
  private State state = State.GREETING;

  /** What came last, so that the end of an answer is seen however it is cut. */
  private String tail = "";

  private long left;
  private Runnable onFetched = () -> {};

  private enum State {
    GREETING,
    LOGIN,
    IDLE,
    FETCH,
    LOGOUT
  }

  /**
   * @param onLogin told on the event loop
   * @param onFailure likewise, why
   */
  ImapVisit(String user, String password, Consumer<ImapVisit> onLogin, Consumer<String> onFailure) {
    this.user = user;
    this.password = password;
    this.onLogin = onLogin;
    this.onFailure = onFailure;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    left -= bytes.readableBytes();
    int kept = Math.min(bytes.readableBytes(), 128);
    String end = bytes.toString(bytes.writerIndex() - kept, kept, StandardCharsets.US_ASCII);
    bytes.release();
    tail = (tail + end).substring(Math.max(0, tail.length() + end.length() - 256));
    if (!tail.endsWith("\r\n")) {
      return;
    }
    String line = tail.substring(Math.max(0, tail.lastIndexOf("\r\n", tail.length() - 3) + 2));
    switch (state) {
      case GREETING -> {
        state = State.LOGIN;
        say("a LOGIN " + user + " " + password);
      }
      case LOGIN -> {
        if (line.startsWith("a OK")) {
          state = State.IDLE;
          onLogin.accept(this);
        } else {
          fail("login: " + line.strip());
        }
      }
      case FETCH -> {
        if (left <= 0 && line.startsWith("f OK")) {
          state = State.IDLE;
          onFetched.run();
        }
      }
      case IDLE, LOGOUT -> {}
    }
  }

  /** Fetches that many bytes; a failure if the last fetch is not done. */
  void fetch(int bytes, Runnable fetched) {
    run(() -> {
      if (state != State.IDLE) {
        onFailure.accept("a fetch was due in state " + state);
        return;
      }
      state = State.FETCH;
      left = bytes;
      onFetched = fetched;
      say("f FETCH 1 BODY.PEEK[]<0." + bytes + ">");
    });
  }

  /** Logs out. */
  void leave() {
    run(() -> {
      state = State.LOGOUT;
      say("z LOGOUT");
    });
  }

  private void run(Runnable step) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      ctx.channel().eventLoop().execute(step);
    }
  }

  private void say(String line) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      ctx.writeAndFlush(ByteBufUtil.writeAscii(ctx.alloc(), line + "\r\n"), ctx.voidPromise());
    }
  }

  private void fail(String why) {
    onFailure.accept(why);
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (state != State.LOGOUT) {
      onFailure.accept("it was closed in state " + state);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(String.valueOf(cause));
  }
}
