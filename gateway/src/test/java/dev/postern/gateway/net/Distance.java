package dev.postern.gateway.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * A long way to a server: what is sent arrives half a round trip later, and one piece in a hundred
 * a whole one later still, as after a lost packet, with all that is behind it. At most {@value
 * #ROOM} pieces of {@value #PIECE} bytes are on the way in each direction.
 */
public final class Distance implements AutoCloseable {
  private static final int PIECE = 32 * 1024;
  private static final int ROOM = 64;
  private static final byte[] END = new byte[0];

  private final ServerSocket server;
  private final InetSocketAddress target;
  private final Duration roundTrip;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  private record Piece(byte[] bytes, long dueNanos) {}

  /** Starts to listen. */
  public Distance(InetSocketAddress target, Duration roundTrip) throws IOException {
    this.target = target;
    this.roundTrip = roundTrip;
    this.server = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::acceptAll);
  }

  /** The near end. */
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket near = server.accept();
        Socket far = new Socket(target.getAddress(), target.getPort());
        sockets.add(near);
        sockets.add(far);
        carry(near, far);
        carry(far, near);
      }
    } catch (IOException _) {
      // closed
    }
  }

  private void carry(Socket from, Socket to) throws IOException {
    from.setTcpNoDelay(true);
    BlockingQueue<Piece> way = new ArrayBlockingQueue<>(ROOM);
    Random luck = new Random(sockets.size());
    Thread.ofVirtual().start(() -> send(from, way, luck));
    Thread.ofVirtual().start(() -> arrive(way, to));
  }

  private void send(Socket from, BlockingQueue<Piece> way, Random luck) {
    byte[] buffer = new byte[PIECE];
    try {
      while (true) {
        int length = from.getInputStream().read(buffer);
        long halves = luck.nextInt(100) == 0 ? 3 : 1;
        long due = System.nanoTime() + halves * roundTrip.toNanos() / 2;
        way.put(new Piece(length < 0 ? END : Arrays.copyOf(buffer, length), due));
        if (length < 0) {
          return;
        }
      }
    } catch (IOException | InterruptedException _) {
      boolean _ = way.offer(new Piece(END, System.nanoTime()));
    }
  }

  private static void arrive(BlockingQueue<Piece> way, Socket to) {
    try {
      while (true) {
        Piece piece = way.take();
        for (long left = piece.dueNanos - System.nanoTime();
            left > 0;
            left = piece.dueNanos - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        if (piece.bytes.length == 0) {
          to.shutdownOutput();
          return;
        }
        to.getOutputStream().write(piece.bytes);
      }
    } catch (IOException | InterruptedException _) {
      // the other end is gone
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
