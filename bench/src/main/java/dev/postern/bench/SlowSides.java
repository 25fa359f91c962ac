package dev.postern.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Thousands of sessions behind a gateway in which one side says as much as it can and the other
 * reads nothing, and then reads: what the gateway holds meanwhile, and that it all goes on.
 *
 * <pre>
 *   -Dsessions=2000 -Dpid=PID -Dpasswords=FILE ... SlowSides readers|writers GATEWAY-PORT SERVER-PORT
 * </pre>
 *
 * {@code readers}: clients do not read; {@code writers}: the server does not.
 */
public final class SlowSides {
  private static final int SESSIONS = Integer.getInteger("sessions", 2000);
  private static final int SECONDS = Integer.getInteger("seconds", 20);
  private static final byte[] PIECE = new byte[64 * 1024];

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final boolean isClientSlow;
  private final ChannelGroup slow = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final ChannelGroup fast = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final AtomicInteger ready = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong read = new AtomicLong();
  private volatile boolean isOver;

  private SlowSides(boolean isClientSlow) {
    this.isClientSlow = isClientSlow;
  }

  public static void main(String[] arguments) throws Exception {
    SlowSides run = new SlowSides(arguments[0].equals("readers"));
    try {
      run.serve(Integer.parseInt(arguments[2]));
      String before = run.memory();
      run.come(Integer.parseInt(arguments[1]));
      run.fast.forEach(channel -> channel.pipeline().fireUserEventTriggered(Go.ON));
      sleep(TimeUnit.SECONDS.toNanos(SECONDS));
      System.out.printf(
          Locale.ROOT,
          "%s sessions=%d closed=%d written_mb=%d read_mb=%d gateway before %s, now %s%n",
          arguments[0],
          run.ready.get(),
          run.closed.get(),
          run.written.get() / 1_000_000,
          run.read.get() / 1_000_000,
          before,
          run.memory());
      run.slow.forEach(channel -> channel.config().setAutoRead(true));
      sleep(TimeUnit.SECONDS.toNanos(5));
      run.isOver = true;
      sleep(TimeUnit.SECONDS.toNanos(10));
      System.out.printf(
          Locale.ROOT,
          "then read: closed=%d written_mb=%d read_mb=%d gateway %s%n",
          run.closed.get(),
          run.written.get() / 1_000_000,
          run.read.get() / 1_000_000,
          run.memory());
    } finally {
      run.loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  /** The fast sides begin. */
  private enum Go {
    ON
  }

  private String memory() throws IOException {
    return Files.readAllLines(Path.of("/proc", System.getProperty("pid", "self"), "status"))
        .stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("\\s+", " "))
        .findFirst()
        .orElse("");
  }

  private void serve(int port) throws InterruptedException {
    var _ =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Side(!isClientSlow, ""));
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), port)
            .sync();
  }

  private void come(int port) throws IOException {
    List<String> passwords = Files.readAllLines(Path.of(System.getProperty("passwords", "")));
    for (int i = 0; i < SESSIONS; i++) {
      int user = i % passwords.size();
      String login = "a LOGIN user" + (user + 1) + "@example.test " + passwords.get(user) + "\r\n";
      var _ =
          new Bootstrap()
              .group(loops)
              .channel(EpollSocketChannel.class)
              .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
              .handler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel.pipeline().addLast(new Side(isClientSlow, login));
                    }
                  })
              .connect();
      sleep(TimeUnit.MILLISECONDS.toNanos(3));
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (ready.get() < SESSIONS && System.nanoTime() < end) {
      sleep(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  private static void sleep(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  /** A client, which has a login to say, or the server's end of a session. */
  private final class Side extends SimpleChannelInboundHandler<ByteBuf> {
    private final boolean isSlow;
    private final String login;
    private boolean isIn;
    private boolean isFlooding;

    Side(boolean isSlow, String login) {
      this.isSlow = isSlow;
      this.login = login;
    }

    private boolean isClient() {
      return !login.isEmpty();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      if (!isClient()) {
        say(ctx, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] there\r\n");
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
      if (isIn) {
        read.addAndGet(bytes.readableBytes());
        return;
      }
      String text = bytes.toString(StandardCharsets.US_ASCII);
      if (isClient() && text.startsWith("* OK")) {
        say(ctx, login);
        return;
      }
      if (!isClient()) {
        say(ctx, text.split(" ", 2)[0] + " OK [CAPABILITY IMAP4rev1] in\r\n");
      } else if (text.startsWith("a OK")) {
        ready.incrementAndGet();
      } else {
        ctx.close();
        return;
      }
      isIn = true;
      if (isSlow) {
        ctx.channel().config().setAutoRead(false);
        slow.add(ctx.channel());
      } else {
        fast.add(ctx.channel());
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == Go.ON) {
        isFlooding = true;
        flood(ctx);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (isFlooding) {
        flood(ctx);
      }
    }

    private void flood(ChannelHandlerContext ctx) {
      while (ctx.channel().isWritable() && !isOver) {
        written.addAndGet(PIECE.length);
        ctx.writeAndFlush(Unpooled.wrappedBuffer(PIECE), ctx.voidPromise());
      }
    }

    private static void say(ChannelHandlerContext ctx, String text) {
      ctx.writeAndFlush(ByteBufUtil.writeAscii(ctx.alloc(), text), ctx.voidPromise());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      closed.incrementAndGet();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // counted
    }
  }
}
