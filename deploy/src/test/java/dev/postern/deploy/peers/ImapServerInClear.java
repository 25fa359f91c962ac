package dev.postern.deploy.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A mail server that lets everybody in and has no mail: Dovecot would start a process for each of a
 * thousand sessions. In clear, on loopback.
 */
final class ImapServerInClear implements AutoCloseable {
  private final ServerSocket listener;

  ImapServerInClear() {
    try {
      this.listener = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    Thread.ofVirtual().start(this::accept);
  }

  /** The {@code upstreams} and {@code routes} of a configuration. */
  String upstreams() {
    return """
    upstreams:
      mail:
        imap: "imap://127.0.0.1:%d"
        submission: "submission://127.0.0.1:1"
        pop3: "pop3://127.0.0.1:1"
        login: { method: master-user, user: master, password: "${file:secrets/master}" }
    routes:
      - { match: "*", upstream: mail }
    """
        .formatted(listener.getLocalPort());
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        Thread.ofVirtual().start(() -> converse(socket));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private static void converse(Socket socket) {
    try (socket;
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
      say(socket, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready");
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", -1);
        switch (words[1]) {
          case "AUTHENTICATE" -> say(socket, words[0] + " OK [CAPABILITY IMAP4rev1] in");
          case "LOGOUT" -> say(socket, "* BYE", words[0] + " OK");
          default -> say(socket, words[0] + " OK done");
        }
      }
    } catch (IOException gone) {
      // The other side has closed.
    }
  }

  private static void say(Socket socket, String... lines) throws IOException {
    String text = String.join("\r\n", lines) + "\r\n";
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
