package dev.postern.gateway.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A mail server that does what a test says, on a port of the loopback. Each connection runs the
 * script on a thread of its own. What the scripts throw is kept for the test to look at.
 */
public final class ScriptedUpstream implements AutoCloseable {
  private final ServerSocket server;
  private final Script script;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final BlockingQueue<Exception> troubles = new LinkedBlockingQueue<>();

  /** One connection's conversation. */
  public interface Script {
    void run(Wire wire) throws Exception;
  }

  /** Starts to accept. */
  public ScriptedUpstream(Script script) throws IOException {
    this(InetAddress.getLoopbackAddress().getHostAddress(), 0, script);
  }

  /**
   * The same at another address.
   *
   * @param port 0 takes a free one
   */
  public ScriptedUpstream(String address, int port, Script script) throws IOException {
    this.script = script;
    this.server = new ServerSocket(port, 50, InetAddress.getByName(address));
    Thread.ofVirtual().start(this::acceptAll);
  }

  /** One that lets everybody log in over SMTP and then repeats each line that it hears. */
  public static ScriptedUpstream echoing() throws IOException {
    return new ScriptedUpstream(wire -> {
      smtpLogin(wire);
      while (true) {
        wire.send("250 heard " + wire.line() + "\r\n");
      }
    });
  }

  public int port() {
    return server.getLocalPort();
  }

  /** What scripts have thrown, in order. */
  public BlockingQueue<Exception> troubles() {
    return troubles;
  }

  /** Speaks SMTP up to 235 over a connection that is encrypted as far as it should be. */
  public static void smtpLogin(Wire wire) throws IOException {
    wire.send("220 upstream.test ESMTP\r\n");
    smtpLoginAfterGreeting(wire);
  }

  /** The same behind a greeting. */
  public static void smtpLoginAfterGreeting(Wire wire) throws IOException {
    while (true) {
      String line = wire.line();
      if (line.startsWith("EHLO")) {
        wire.send("250-upstream.test\r\n250-SIZE 1000\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n");
      } else if (line.startsWith("AUTH PLAIN ")) {
        Base64.getDecoder().decode(line.substring(11));
        wire.send("235 2.7.0 in\r\n");
        return;
      } else {
        throw new IOException("not expected: " + line);
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket socket = server.accept();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> converse(socket));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void converse(Socket socket) {
    try (Wire wire = new Wire(socket)) {
      script.run(wire);
    } catch (Exception e) {
      troubles.add(e);
    }
  }
}
