package dev.postern.store.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * Loopback ports that nothing listens on and that nobody else is given: for servers that must be
 * told their port before they start, and for addresses that must not answer.
 *
 * <p>They lie below the ports that the system gives to clients. A port that the system chose could
 * go to any connection of any test as soon as it is closed, and the server that was promised it
 * would not start.
 */
public final class FreePorts {
  private static final int FIRST = 10_000;
  private static final int LEAST_END = 20_000;
  private static final int END = end();

  /**
   * The same ports of UDP, held for as long as this process lives: what tells tests in another
   * process that a port is promised although nothing listens on it.
   */
  private static final List<DatagramSocket> PROMISED = new ArrayList<>();

  private FreePorts() {}

  /** One that this process was not given before. */
  public static int one() {
    return take(1).getFirst();
  }

  /** That many different ones, none of which this process was given before. */
  public static List<Integer> take(int count) {
    return from(ThreadLocalRandom.current().nextInt(FIRST, END), count);
  }

  /** The same, the first ones at or after a port; after the last one it goes on at the first. */
  static synchronized List<Integer> from(int start, int count) {
    List<Integer> ports =
        IntStream.concat(IntStream.range(start, END), IntStream.range(FIRST, start))
            .filter(FreePorts::isFree)
            .limit(count)
            .boxed()
            .toList();
    if (ports.size() < count) {
      throw new IllegalStateException("no free port from " + FIRST + " to " + (END - 1));
    }
    return ports;
  }

  private static boolean isFree(int port) {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try {
      DatagramSocket promised = new DatagramSocket(address);
      try (ServerSocket listener = new ServerSocket()) {
        listener.bind(address, 1);
        PROMISED.add(promised);
        return true;
      } catch (BindException taken) {
        promised.close();
        return false;
      }
    } catch (BindException promisedElsewhere) {
      return false;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static int end() {
    try {
      Path clients = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
      String first = Files.readString(clients).strip().split("\\s+", 2)[0];
      return Math.max(LEAST_END, Integer.parseInt(first));
    } catch (IOException notLinux) {
      return LEAST_END;
    }
  }
}
