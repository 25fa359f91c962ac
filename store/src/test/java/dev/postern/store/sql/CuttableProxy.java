package dev.postern.store.sql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A loopback port in front of another, that a test can make fail and work again. */
final class CuttableProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Set<Socket> silenced = ConcurrentHashMap.newKeySet();
  private volatile boolean isCut;

  CuttableProxy(int target) {
    try {
      this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.target = target;
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Breaks every connection and every try to make one, until {@link #mend}. */
  void cut() {
    isCut = true;
    open.forEach(CuttableProxy::close);
  }

  /**
   * Lets every connection of now go on for ever without another byte, as after a firewall forgot
   * it; new ones work.
   */
  void silence() {
    silenced.addAll(open);
  }

  void mend() {
    isCut = false;
  }

  @Override
  public void close() {
    cut();
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket near = listener.accept();
        if (isCut) {
          close(near);
          continue;
        }
        Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
        open.add(near);
        open.add(far);
        Thread.ofVirtual().start(() -> copy(near, far));
        Thread.ofVirtual().start(() -> copy(far, near));
        if (isCut) {
          close(near);
          close(far);
        }
      }
    } catch (IOException _) {
      // The listener is closed: the test is over.
    }
  }

  private void copy(Socket from, Socket to) {
    byte[] bytes = new byte[8192];
    try {
      for (int length = 0; length >= 0; length = from.getInputStream().read(bytes)) {
        if (!silenced.contains(from)) {
          to.getOutputStream().write(bytes, 0, length);
        }
      }
    } catch (IOException _) {
      // Cut, or closed by one side: both ends go.
    }
    if (!silenced.contains(from)) {
      close(from);
      close(to);
      open.remove(from);
      open.remove(to);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
