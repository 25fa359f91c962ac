package dev.postern.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
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
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Thousands of clients that IDLE behind a gateway, and the server behind it, which tells all of
 * them now and then that a message has come. Counts what reaches whom, and how long it takes.
 *
 * <pre>
 *   -Dsessions=9500 -Dminutes=10 -Dpause=30 -Dtls=true -Dpasswords=FILE ... IdleNotices GATEWAY-PORT SERVER-PORT
 * </pre>
 */
public final class IdleNotices {
  private static final int SESSIONS = Integer.getInteger("sessions", 9500);
  private static final int MINUTES = Integer.getInteger("minutes", 10);

  /** Seconds from one message to the next. */
  private static final int PAUSE = Integer.getInteger("pause", 30);

  private static final int LONGEST_LINE = 8192;
  private static final long PATIENCE_SECONDS = 60;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final ChannelGroup idling = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final AtomicInteger idlingClients = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final AtomicInteger outOfOrder = new AtomicInteger();
  private final AtomicLong received = new AtomicLong();
  private final Queue<Long> took = new ConcurrentLinkedQueue<>();
  private volatile long toldAt;

  private IdleNotices() {}

  public static void main(String[] arguments) throws Exception {
    IdleNotices run = new IdleNotices();
    try {
      run.serve(Integer.parseInt(arguments[1]));
      run.come(Integer.parseInt(arguments[0]));
      run.tell();
    } finally {
      run.loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
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
                    channel.pipeline().addLast(new LineBasedFrameDecoder(LONGEST_LINE));
                    channel.pipeline().addLast(new Server());
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), port)
            .sync();
  }

  private void come(int port) throws Exception {
    List<String> passwords = Files.readAllLines(Path.of(System.getProperty("passwords", "")));
    SslContext tls =
        SslContextBuilder.forClient()
            .protocols("TLSv1.3")
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build();
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loops)
            .channel(EpollSocketChannel.class)
            .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    for (int i = 0; i < SESSIONS; i++) {
      int user = i % passwords.size();
      var _ =
          bootstrap
              .clone()
              .handler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      if (Boolean.getBoolean("tls")) {
                        channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                      }
                      channel.pipeline().addLast(new LineBasedFrameDecoder(LONGEST_LINE));
                      channel.pipeline().addLast(new Client(user + 1, passwords.get(user)));
                    }
                  })
              .connect();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(3));
    }
    await(() -> idlingClients.get() == SESSIONS && idling.size() == SESSIONS);
    System.out.printf(Locale.ROOT, "idling=%d closed=%d%n", idlingClients.get(), closed.get());
  }

  private void tell() {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
    int told = 0;
    while (System.nanoTime() < end) {
      told++;
      toldAt = System.nanoTime();
      idling.writeAndFlush(
          ByteBufUtil.writeAscii(ByteBufAllocator.DEFAULT, "* " + told + " EXISTS\r\n"));
      long wanted = (long) told * SESSIONS;
      await(() -> received.get() >= wanted);
      LockSupport.parkNanos(toldAt + TimeUnit.SECONDS.toNanos(PAUSE) - System.nanoTime());
    }
    double[] millis = took.stream().mapToDouble(nanos -> nanos / 1e6).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "minutes=%d sessions=%d messages=%d notices=%d of %d out_of_order=%d closed=%d p50_ms=%.1f"
            + " p99_ms=%.1f max_ms=%.1f%n",
        MINUTES,
        SESSIONS,
        told,
        received.get(),
        (long) told * SESSIONS,
        outOfOrder.get(),
        closed.get(),
        Percentiles.ofSorted(millis, 0.5),
        Percentiles.ofSorted(millis, 0.99),
        Percentiles.ofSorted(millis, 1));
  }

  private static void await(BooleanSupplier isSo) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!isSo.getAsBoolean() && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  private static void say(ChannelHandlerContext ctx, String line) {
    ctx.writeAndFlush(ByteBufUtil.writeAscii(ctx.alloc(), line + "\r\n"), ctx.voidPromise());
  }

  /** Lets everybody in. */
  private final class Server extends SimpleChannelInboundHandler<ByteBuf> {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      say(ctx, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN IDLE] there");
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
      String[] words = bytes.toString(StandardCharsets.US_ASCII).split(" ", 3);
      switch (words.length > 1 ? words[1].toUpperCase(Locale.ROOT) : "") {
        case "AUTHENTICATE", "LOGIN" -> say(ctx, words[0] + " OK [CAPABILITY IMAP4rev1 IDLE] in");
        case "IDLE" -> {
          say(ctx, "+ idling");
          idling.add(ctx.channel());
        }
        default -> say(ctx, words[0] + " OK done");
      }
    }
  }

  /** Logs in and waits. */
  private final class Client extends SimpleChannelInboundHandler<ByteBuf> {
    private final int user;
    private final String password;
    private int last;

    Client(int user, String password) {
      this.user = user;
      this.password = password;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
      String line = bytes.toString(StandardCharsets.US_ASCII);
      if (line.startsWith("* OK")) {
        say(ctx, "a LOGIN user" + user + "@example.test " + password);
      } else if (line.startsWith("a OK")) {
        say(ctx, "b IDLE");
      } else if (line.startsWith("+")) {
        idlingClients.incrementAndGet();
      } else if (line.endsWith(" EXISTS")) {
        int number = Integer.parseInt(line.substring(2, line.indexOf(' ', 2)));
        if (number != ++last) {
          outOfOrder.incrementAndGet();
        }
        took.add(System.nanoTime() - toldAt);
        received.incrementAndGet();
      } else {
        System.err.println("not expected: " + line);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      closed.incrementAndGet();
    }
  }
}
