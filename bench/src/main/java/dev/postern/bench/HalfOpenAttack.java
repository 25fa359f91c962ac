package dev.postern.bench;

import dev.postern.bench.AttackedSite.Memory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * What ten thousand half-open connections, a thousand that say a byte a second, and a thousand that
 * fill the largest input there is (first records of TLS handshakes with an endless server name,
 * literals) cost the gateway, and those who log in beside them. The gateway runs on the first
 * processor; start this on the second, {@code taskset -c 1}. It takes twelve thousand descriptors
 * on either side, and 100 s.
 */
public final class HalfOpenAttack {
  private static final int HALF_OPEN = Integer.getInteger("half", 10_000);
  private static final int SLOW = Integer.getInteger("slow", 1_000);
  private static final int BOMBS = Integer.getInteger("bombs", 1_000);
  private static final int RIGHT_A_SECOND = 50;
  private static final int ARRIVALS_A_SECOND = 2_000;
  private static final int ARRIVAL_SECONDS = 8;
  private static final int BYTES_A_RECORD = 16 * 1024;
  private static final byte[] HELLO = {
    0x16, 3, 1, 0x3f, (byte) 0xff, 1, 0, 0x3f, (byte) 0xfb, 3, 3
  };
  private static final int SHORT_HELLO = 9;

  private final AttackedSite site;
  private final List<SocketChannel> all = Collections.synchronizedList(new ArrayList<>());

  private long startedAt;

  private HalfOpenAttack(AttackedSite site) {
    this.site = site;
  }

  /** Prints a line for each phase. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (AttackedSite site =
        new AttackedSite(
            true,
            "-Dtotal=18000",
            "-Dbefore-login=17500",
            "-Xlog:gc:/tmp/w/gc.log",
            "-Xlog:safepoint:/tmp/w/sp.log")) {
      new HalfOpenAttack(site).run();
    }
  }

  private void run() throws IOException, InterruptedException {
    var _ = site.rightLogins("warming up", 30, 4 * RIGHT_A_SECOND);
    double[] quiet = site.rightLogins("quiet", 20, RIGHT_A_SECOND);
    Memory before = site.memory();
    System.out.println("before:  " + before);
    try {
      site.run(this::arrive);
      double[] arriving = site.rightLogins("arriving", ARRIVAL_SECONDS, RIGHT_A_SECOND);
      Memory during = site.memory();
      System.out.printf(
          Locale.ROOT, "during:  %s; %,d of %,d connections open%n", during, open(), all.size());
      double[] beside = site.rightLogins("beside", 20, RIGHT_A_SECOND);
      System.out.printf(
          Locale.ROOT,
          "growth:  heap %.1f MB, buffers %.1f MB, resident %.1f MB%n"
              + "ratio:   arriving: median %.2f, p99 %.2f; beside: median %.2f, p99 %.2f%n",
          (during.heap() - before.heap()) / 1e6,
          (during.buffers() - before.buffers()) / 1e6,
          (during.resident() - before.resident()) / 1e6,
          Percentiles.ofSorted(arriving, 0.5) / Percentiles.ofSorted(quiet, 0.5),
          Percentiles.ofSorted(arriving, 0.99) / Percentiles.ofSorted(quiet, 0.99),
          Percentiles.ofSorted(beside, 0.5) / Percentiles.ofSorted(quiet, 0.5),
          Percentiles.ofSorted(beside, 0.99) / Percentiles.ofSorted(quiet, 0.99));
    } finally {
      for (SocketChannel channel : all) {
        channel.close();
      }
    }
  }

  /** The slow ones go on saying a byte a second each until they are closed. */
  private void arrive() {
    startedAt = System.nanoTime();
    byte[] line = "a LOGIN al".getBytes(StandardCharsets.US_ASCII);
    byte[] hello = Arrays.copyOf(HELLO, SHORT_HELLO);
    byte[] serverName = Arrays.copyOf(HELLO, BYTES_A_RECORD - 1);
    byte[] literal = new byte[1020];
    Arrays.fill(literal, (byte) 'x');
    byte[] command = "a LOGIN {1024+}\r\n".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(command, 0, literal, 0, command.length);
    byte[] endless = "a NOOP {4294967295+}\r\n".getBytes(StandardCharsets.US_ASCII);
    List<SocketChannel> slow = new ArrayList<>();
    try {
      for (int i = 0; i < HALF_OPEN; i++) {
        connect(i % 2 == 0, i % 2 == 0 ? line : hello);
      }
      for (int i = 0; i < SLOW; i++) {
        slow.add(connect(true, line));
      }
      for (int i = 0; i < BOMBS; i++) {
        switch (i % 4) {
          case 0, 1 -> connect(false, serverName);
          case 2 -> connect(true, literal);
          default -> connect(true, endless);
        }
      }
      while (true) {
        for (SocketChannel channel : slow) {
          channel.write(ByteBuffer.wrap(new byte[] {'x'}));
          LockSupport.parkNanos(1_000_000_000L / SLOW);
        }
      }
    } catch (IOException e) {
      // It is over: they were closed, by us or by the gateway.
    }
  }

  private SocketChannel connect(boolean isClear, byte[] said) throws IOException {
    InetSocketAddress to = isClear ? site.address() : site.tlsAddress();
    int number = all.size();
    long due = startedAt + number * (1_000_000_000L / ARRIVALS_A_SECOND);
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    SocketChannel channel = SocketChannel.open(to);
    byte[] header =
        AttackedSite.proxied(
                "10." + number / 62_500 + "." + number / 250 % 250 + "." + number % 250)
            .getBytes(StandardCharsets.US_ASCII);
    channel.write(ByteBuffer.wrap(header));
    channel.write(ByteBuffer.wrap(said));
    channel.configureBlocking(false);
    all.add(channel);
    return channel;
  }

  private int open() {
    int open = 0;
    for (SocketChannel channel : all) {
      open += isOpen(channel) ? 1 : 0;
    }
    return open;
  }

  private static boolean isOpen(SocketChannel channel) {
    ByteBuffer some = ByteBuffer.allocate(4096);
    try {
      int count = channel.read(some);
      while (count > 0) {
        count = channel.read(some.clear());
      }
      return count == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
