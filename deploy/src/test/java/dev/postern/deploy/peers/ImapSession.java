package dev.postern.deploy.peers;

import dev.postern.deploy.peers.PosternSite.Account;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A mail client in clear that notes the moment at which its session ends. It listens all the time,
 * on a thread of its own, so that the moment is that of the socket.
 */
final class ImapSession implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final Account account;
  private final Socket socket;
  private final BlockingQueue<String> replies = new LinkedBlockingQueue<>();
  private final CompletableFuture<Instant> end = new CompletableFuture<>();
  private final String reply;

  /** Logs in, or tries to. */
  static ImapSession attempt(int port, Account account) {
    try {
      return new ImapSession(new Socket(InetAddress.getLoopbackAddress(), port), account);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private ImapSession(Socket socket, Account account) {
    this.account = account;
    this.socket = socket;
    Thread.ofVirtual().start(this::listen);
    this.reply = ask("LOGIN " + account.user() + " " + account.password());
  }

  private void listen() {
    try {
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("a ")) {
          replies.add(line);
        }
      }
    } catch (IOException reset) {
      // An end as well.
    }
    end.complete(Instant.now());
    replies.add("(end)");
  }

  /** The tagged reply to a command; {@code (end)} if the session ended first. */
  String ask(String command) {
    try {
      socket.getOutputStream().write(("a " + command + "\r\n").getBytes(StandardCharsets.US_ASCII));
      String line = replies.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return line == null ? "(nothing)" : line;
    } catch (IOException closed) {
      return "(end)";
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", stopped);
    }
  }

  Account account() {
    return account;
  }

  /** The reply to the login. */
  String reply() {
    return reply;
  }

  boolean isAccepted() {
    return reply.startsWith("a OK");
  }

  boolean answersNoop() {
    return ask("NOOP").startsWith("a OK");
  }

  /** When the stream ended. */
  CompletableFuture<Instant> end() {
    return end;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
