package dev.postern.deploy.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Predicate;

/**
 * A mail server that lets everybody in, or decides by what they say, and has no mail: Dovecot would
 * start a process for each of a thousand sessions. In clear, on loopback.
 */
final class ImapServerInClear implements AutoCloseable {
  private final Predicate<String> isLetIn;
  private final ServerSocket listener;

  ImapServerInClear() {
    this(_ -> true);
  }

  /**
   * @param isLetIn by the response that comes with AUTHENTICATE; on a thread of the session's own
   */
  ImapServerInClear(Predicate<String> isLetIn) {
    this(isLetIn, 0);
  }

  private ImapServerInClear(Predicate<String> isLetIn, int port) {
    this.isLetIn = isLetIn;
    try {
      this.listener = new ServerSocket(port, 1_000, InetAddress.getLoopbackAddress());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    Thread.ofVirtual().start(this::accept);
  }

  /** Another one in place of this one, which was closed. */
  ImapServerInClear again() {
    return new ImapServerInClear(isLetIn, listener.getLocalPort());
  }

  /** The {@code upstreams} and {@code routes} of a configuration. */
  String upstreams() {
    return upstreams("{ method: master-user, user: master, password: \"${file:secrets/master}\" }");
  }

  /**
   * The same with another way of logging in.
   *
   * @param login the value of {@code login}
   */
  String upstreams(String login) {
    return """
    upstreams:
      mail:
        imap: "imap://127.0.0.1:%d"
        submission: "submission://127.0.0.1:1"
        pop3: "pop3://127.0.0.1:1"
        login: %s
    routes:
      - { match: "*", upstream: mail }
    """
        .formatted(listener.getLocalPort(), login);
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

  private void converse(Socket socket) {
    try (socket;
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
      say(socket, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2] ready");
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", -1);
        switch (words[1]) {
          case "AUTHENTICATE" ->
              say(
                  socket,
                  words[0]
                      + (isLetIn.test(decoded(words[3]))
                          ? " OK [CAPABILITY IMAP4rev1] in"
                          : " NO [AUTHENTICATIONFAILED] not you"));
          case "LOGOUT" -> say(socket, "* BYE", words[0] + " OK");
          default -> say(socket, words[0] + " OK done");
        }
      }
    } catch (IOException gone) {
      // The other side has closed.
    }
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
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
