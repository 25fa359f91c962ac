package dev.postern.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * IMAP clients that come when they come, whether others before them have been served or not: an
 * open loop, which a closed one cannot stand for, since it waits when the server does. Times are
 * counted from when a client was to come.
 *
 * <pre>
 *   -Drate=200 -Dseconds=20 ... OpenLoop logins PORT      so many logins a second, each on its own
 *   -Dsessions=1000 -Dbytes=50000 ... OpenLoop fetches PORT   each session fetches that each second
 *   -Dwarm=5              seconds of logins before those that are counted
 *   -Dtls=true            TLS from the first byte, nothing verified
 *   -Dpasswords=FILE      line N is the password of user N; else all have -Dpassword (secret)
 * </pre>
 */
public final class OpenLoop {
  private static final int SECONDS = Integer.getInteger("seconds", 20);
  private static final int WARM = Integer.getInteger("warm", 5);
  private static final long PATIENCE_SECONDS = 10;

  private final Bootstrap bootstrap;
  private final Optional<SslContext> tls;
  private final List<String> passwords;
  private final ConcurrentLinkedQueue<Long> took = new ConcurrentLinkedQueue<>();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicInteger open = new AtomicInteger();

  private OpenLoop(EventLoopGroup loops, int port) throws IOException {
    bootstrap =
        new Bootstrap()
            .group(loops)
            .channel(EpollSocketChannel.class)
            .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    tls =
        Boolean.getBoolean("tls")
            ? Optional.of(
                SslContextBuilder.forClient()
                    .protocols("TLSv1.3")
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .build())
            : Optional.empty();
    String file = System.getProperty("passwords", "");
    passwords =
        file.isEmpty()
            ? IntStream.range(0, 1000)
                .mapToObj(_ -> System.getProperty("password", "secret"))
                .toList()
            : Files.readAllLines(Path.of(file));
  }

  public static void main(String[] arguments) throws Exception {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try {
      OpenLoop load = new OpenLoop(loops, Integer.parseInt(arguments[1]));
      switch (arguments[0]) {
        case "logins" -> load.logins(Integer.getInteger("rate", 200));
        case "fetches" ->
            load.fetches(Integer.getInteger("sessions", 1000), Integer.getInteger("bytes", 50_000));
        default -> throw new IllegalArgumentException("logins or fetches");
      }
      System.out.println(load.summary(arguments[0]));
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  private void logins(int rate) {
    long start = System.nanoTime();
    for (int i = 0; i < rate * (WARM + SECONDS); i++) {
      long due = start + TimeUnit.SECONDS.toNanos(i) / rate;
      boolean isCounted = i >= rate * WARM;
      sleepUntil(due);
      come(
          i,
          new ImapVisit(
              user(i),
              password(i),
              visit -> {
                if (isCounted) {
                  took.add(System.nanoTime() - due);
                }
                visit.leave();
              },
              this::failed));
    }
    awaitAll();
  }

  private void fetches(int sessions, int bytes) {
    List<ImapVisit> visits =
        IntStream.range(0, sessions)
            .mapToObj(i -> new ImapVisit(user(i), password(i), _ -> {}, this::failed))
            .toList();
    for (int i = 0; i < sessions; i++) {
      come(i, visits.get(i));
      sleepUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(2));
    }
    System.out.println("READY");
    long start = System.nanoTime();
    for (int i = 0; i < sessions * SECONDS; i++) {
      long due = start + TimeUnit.SECONDS.toNanos(i) / sessions;
      sleepUntil(due);
      visits.get(i % sessions).fetch(bytes, () -> took.add(System.nanoTime() - due));
    }
    visits.forEach(ImapVisit::leave);
    awaitAll();
  }

  private void come(int number, ImapVisit visit) {
    open.incrementAndGet();
    bootstrap
        .clone()
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                tls.ifPresent(
                    context -> channel.pipeline().addLast(context.newHandler(channel.alloc())));
                channel.pipeline().addLast(visit);
                channel.closeFuture().addListener(_ -> open.decrementAndGet());
              }
            })
        .connect()
        .addListener(connected -> {
          if (!connected.isSuccess()) {
            failed("connecting the " + number + "th: " + connected.cause());
          }
        });
  }

  private void failed(String why) {
    if (failed.getAndIncrement() < 5) {
      System.err.println(why);
    }
  }

  private void awaitAll() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (open.get() > 0 && System.nanoTime() < end) {
      sleepUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(10));
    }
    failed.addAndGet(open.get());
  }

  private static void sleepUntil(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private String user(int number) {
    return "user" + (1 + number % passwords.size()) + "@example.test";
  }

  private String password(int number) {
    return passwords.get(number % passwords.size());
  }

  private String summary(String mode) {
    double[] micros = took.stream().mapToDouble(nanos -> nanos / 1e3).sorted().toArray();
    if (micros.length == 0) {
      return "mode=" + mode + " ok=0 fail=" + failed.get();
    }
    return String.format(
        Locale.ROOT,
        "mode=%s ok=%d fail=%d p50_us=%.0f p90_us=%.0f p99_us=%.0f p999_us=%.0f max_us=%.0f",
        mode,
        micros.length,
        failed.get(),
        Percentiles.ofSorted(micros, 0.5),
        Percentiles.ofSorted(micros, 0.9),
        Percentiles.ofSorted(micros, 0.99),
        Percentiles.ofSorted(micros, 0.999),
        Percentiles.ofSorted(micros, 1));
  }
}
