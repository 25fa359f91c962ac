package dev.postern.deploy.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Where a submission server hands its mail on to: takes everything, 8-bit text as well, which
 * GreenMail does not offer to take. In clear, on loopback.
 */
final class MailRelay implements AutoCloseable {
  private final ServerSocket listener;
  private final BlockingQueue<String> mails = new LinkedBlockingQueue<>();

  MailRelay() {
    try {
      this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** The next mail as it was sent, lines ended by CRLF; waits for it for ten seconds. */
  String mail() throws InterruptedException {
    String mail = mails.poll(10, TimeUnit.SECONDS);
    if (mail == null) {
      throw new AssertionError("no mail has come");
    }
    return mail;
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
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      say(socket, "220 relay ESMTP");
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        switch (line.split(" ", -1)[0]) {
          case "EHLO" -> say(socket, "250-relay\r\n250-8BITMIME\r\n250 SIZE");
          case "DATA" -> {
            say(socket, "354 go on");
            mails.add(read(lines));
            say(socket, "250 taken");
          }
          case "QUIT" -> say(socket, "221 bye");
          default -> say(socket, "250 yes");
        }
      }
    } catch (IOException gone) {
      // The other side has closed.
    }
  }

  private static String read(BufferedReader lines) throws IOException {
    StringBuilder mail = new StringBuilder();
    for (String line = lines.readLine();
        line != null && !line.equals(".");
        line = lines.readLine()) {
      mail.append(line.startsWith(".") ? line.substring(1) : line).append("\r\n");
    }
    return mail.toString();
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
