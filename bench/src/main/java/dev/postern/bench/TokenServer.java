package dev.postern.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** An IMAP server in clear that takes any access token or password, and says yes to everything. */
final class TokenServer {
  /** Longer than most lines, in bytes: one call of the system reads it. */
  private static final int LINE = 4_096;

  private TokenServer() {}

  /** The lines of a connection. Used by one thread. */
  static final class Lines {
    private final Socket socket;
    private final InputStream in;

    Lines(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new BufferedInputStream(socket.getInputStream(), LINE);
    }

    /** Without its end; empty at the end of the stream. */
    String read() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n' && c >= 0; c = in.read()) {
        line.append((char) c);
      }
      return line.toString().stripTrailing();
    }

    void write(String line) throws IOException {
      socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** Serves until the listener is closed. */
  static void serve(ServerSocket listener) {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        Thread.ofVirtual().start(() -> speak(socket));
      } catch (IOException e) {
        // Closed, or there are no more descriptors just now.
      }
    }
  }

  private static void speak(Socket socket) {
    try (socket) {
      Lines lines = new Lines(socket);
      lines.write("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=OAUTHBEARER AUTH=PLAIN] ready");
      for (String line = lines.read(); !line.isEmpty(); line = lines.read()) {
        lines.write(line.substring(0, line.indexOf(' ')) + " OK [CAPABILITY IMAP4rev1] done");
      }
    } catch (IOException e) {
      // The gateway has closed.
    }
  }
}
