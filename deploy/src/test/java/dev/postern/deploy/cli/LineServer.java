package dev.postern.deploy.cli;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.net.PemFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.function.UnaryOperator;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A server on loopback that greets, and answers each line as a test says. */
final class LineServer implements AutoCloseable {
  private final ServerSocket listener;
  private final String greeting;
  private final UnaryOperator<String> answers;

  /**
   * @param answers to each line, without the last line end
   */
  LineServer(String greeting, UnaryOperator<String> answers) {
    this(ServerSocketFactory.getDefault(), 0, greeting, answers);
  }

  /** One at a port where there was one before. */
  static LineServer at(int port, String greeting, UnaryOperator<String> answers) {
    return new LineServer(ServerSocketFactory.getDefault(), port, greeting, answers);
  }

  private LineServer(
      ServerSocketFactory sockets, int port, String greeting, UnaryOperator<String> answers) {
    this.greeting = greeting;
    this.answers = answers;
    try {
      this.listener = sockets.createServerSocket(port, 100, InetAddress.getLoopbackAddress());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    Thread.ofVirtual().start(this::accept);
  }

  /**
   * One that speaks TLS from the start, with the certificate that {@code postern init} made, and
   * has nothing to say.
   */
  static LineServer overTls(Path site, String greeting) {
    PemFiles.Identity identity =
        PemFiles.identity(
            new CertificateFiles(
                site.resolve("tls/fullchain.pem"), site.resolve("tls/privkey.pem")));
    try {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      keys.setKeyEntry(
          "own",
          identity.key(),
          new char[0],
          identity.chain().toArray(java.security.cert.Certificate[]::new));
      KeyManagerFactory own =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      own.init(keys, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own.getKeyManagers(), null, null);
      return new LineServer(context.getServerSocketFactory(), 0, greeting, line -> line);
    } catch (GeneralSecurityException | IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  /** IMAP for everybody with a token, who then finds no mailbox. */
  static LineServer imapWithoutMailboxes() {
    return new LineServer(
        "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready",
        line -> {
          String[] words = line.split(" ", 3);
          return switch (words[1]) {
            case "AUTHENTICATE" -> words[0] + " OK [CAPABILITY IMAP4rev1 NAMESPACE] in";
            default -> words[0] + " BAD User is authenticated but not connected.";
          };
        });
  }

  /** Submission that answers AUTH so. */
  static LineServer submission(String answer) {
    return new LineServer(
        "220 cloud.test ESMTP",
        line -> line.startsWith("EHLO") ? "250-cloud.test\r\n250 AUTH LOGIN XOAUTH2" : answer);
  }

  int port() {
    return listener.getLocalPort();
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
      say(socket, greeting);
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        say(socket, answers.apply(line));
      }
    } catch (IOException gone) {
      // The other side has closed.
    }
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write((text + "\r\n").getBytes(StandardCharsets.US_ASCII));
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
