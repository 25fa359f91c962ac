package dev.postern.deploy.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Loopback ports that nothing listens on. */
final class FreePorts {
  private FreePorts() {}

  /** That many different ones. They are only free until somebody takes them: use them at once. */
  static List<Integer> take(int count) {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } finally {
      for (ServerSocket socket : held) {
        try {
          socket.close();
        } catch (IOException failure) {
          // A socket that never accepted has nothing to lose.
        }
      }
    }
  }
}
