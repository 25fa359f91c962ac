package dev.postern.bench;

import dev.postern.bench.AttackedSite.Memory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

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
  private static final int BYTES_A_RECORD = 16 * 1024;
  private static final byte[] HELLO = {
    0x16, 3, 1, 0x3f, (byte) 0xff, 1, 0, 0x3f, (byte) 0xfb, 3, 3
  };
  private static final int SHORT_HELLO = 9;

  private final AttackedSite site;
  private final List<SocketChannel> all = new ArrayList<>();

  private HalfOpenAttack(AttackedSite site) {
    this.site = site;
  }

  /** Prints a line for each phase. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (AttackedSite site = new AttackedSite(true, "-Dtotal=18000", "-Dbefore-login=17500")) {
      new HalfOpenAttack(site).run();
    }
  }

  private void run() throws IOException, InterruptedException {
    var _ = site.rightLogins("warming up", 30, 4 * RIGHT_A_SECOND);
    double[] quiet = site.rightLogins("quiet", 20, RIGHT_A_SECOND);
    Memory before = site.memory();
    System.out.println("before:  " + before);
    try {
      long start = System.nanoTime();
      arrive();
      System.out.printf(
          Locale.ROOT,
          "%,d connections in %.1f s%n",
          all.size(),
          (System.nanoTime() - start) / 1e9);
      List<SocketChannel> slow = all.subList(HALF_OPEN, HALF_OPEN + SLOW);
      site.run(() -> sayMore(slow));
      double[] beside = site.rightLogins("beside", 12, RIGHT_A_SECOND);
      Memory during = site.memory();
      System.out.println("during:  " + during);
      System.out.printf(
          Locale.ROOT,
          "growth:  heap %.1f MB, buffers %.1f MB, resident %.1f MB%n"
              + "ratio:   median %.2f, p99 %.2f; %,d of %,d connections still open%n",
          (during.heap() - before.heap()) / 1e6,
          (during.buffers() - before.buffers()) / 1e6,
          (during.resident() - before.resident()) / 1e6,
          Percentiles.ofSorted(beside, 0.5) / Percentiles.ofSorted(quiet, 0.5),
          Percentiles.ofSorted(beside, 0.99) / Percentiles.ofSorted(quiet, 0.99),
          open(),
          all.size());
    } finally {
      for (SocketChannel channel : all) {
        channel.close();
      }
    }
  }

  private void arrive() throws IOException {
    byte[] line = "a LOGIN al".getBytes(StandardCharsets.US_ASCII);
    byte[] hello = Arrays.copyOf(HELLO, SHORT_HELLO);
    for (int i = 0; i < HALF_OPEN; i++) {
      connect(i % 2 == 0, i % 2 == 0 ? line : hello);
    }
    for (int i = 0; i < SLOW; i++) {
      connect(true, line);
    }
    byte[] serverName = Arrays.copyOf(HELLO, BYTES_A_RECORD - 1);
    byte[] literal = new byte[1020];
    Arrays.fill(literal, (byte) 'x');
    byte[] command = "a LOGIN {1024+}\r\n".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(command, 0, literal, 0, command.length);
    byte[] endless = "a NOOP {4294967295+}\r\n".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < BOMBS; i++) {
      switch (i % 4) {
        case 0, 1 -> connect(false, serverName);
        case 2 -> connect(true, literal);
        default -> connect(true, endless);
      }
    }
  }

  private void connect(boolean isClear, byte[] said) throws IOException {
    InetSocketAddress to = isClear ? site.address() : site.tlsAddress();
    SocketChannel channel = SocketChannel.open(to);
    int number = all.size();
    byte[] header =
        AttackedSite.proxied(
                "10." + number / 62_500 + "." + number / 250 % 250 + "." + number % 250)
            .getBytes(StandardCharsets.US_ASCII);
    channel.write(ByteBuffer.wrap(header));
    channel.write(ByteBuffer.wrap(said));
    channel.configureBlocking(false);
    all.add(channel);
  }

  /** A byte each, and another round each second, until somebody closes. */
  private void sayMore(List<SocketChannel> slow) {
    try {
      while (slow.getFirst().isOpen()) {
        for (SocketChannel channel : slow) {
          channel.write(ByteBuffer.wrap(new byte[] {'x'}));
        }
        Thread.sleep(1_000);
      }
    } catch (IOException e) {
      // It is over.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
