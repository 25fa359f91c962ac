package dev.postern.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Requests to the admin API on connections that are kept: no more work than needs be, since it has
 * the same processor as the database. Who finds all of them in use waits for one, as with the pool
 * of any client. Safe for use by several threads.
 */
final class ApiClient {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final String PREFIX = "/api/v1";

  private final int port;
  private final String token;
  private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();
  private final Semaphore room;

  /**
   * A connection.
   *
   * @param since when it was used last, by the clock of {@link System#nanoTime}
   */
  private record Connection(Socket socket, InputStream in, long since) {}

  /**
   * An answer.
   *
   * @param next the target of the page after it, without the prefix; empty if there is none
   */
  record Answer(int status, String next) {}

  /**
   * @param connections most open ones
   */
  ApiClient(int port, String token, int connections) {
    this.room = new Semaphore(connections);
    this.port = port;
    this.token = token;
  }

  /**
   * Asks, and takes nothing but this status for an answer.
   *
   * @throws IOException with the status that came instead
   */
  void expect(int status, String method, String target, String body) throws IOException {
    Answer answer = send(method, target, body);
    if (answer.status() != status) {
      throw new IOException("status " + answer.status());
    }
  }

  Answer send(String method, String target, String body) throws IOException {
    room.acquireUninterruptibly();
    try {
      return exchange(method, target, body);
    } finally {
      room.release();
    }
  }

  private Answer exchange(String method, String target, String body) throws IOException {
    Connection connection = connection();
    String head = method + " " + PREFIX + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    String type =
        body.isEmpty()
            ? ""
            : "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n";
    String text = head + "Authorization: Bearer " + token + "\r\n" + type + "\r\n" + body;
    try {
      connection.socket().getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
      Answer answer = answer(connection.in());
      idle.addFirst(new Connection(connection.socket(), connection.in(), System.nanoTime()));
      return answer;
    } catch (IOException e) {
      connection.socket().close();
      throw e;
    }
  }

  /** One that the server has not closed meanwhile. */
  private Connection connection() throws IOException {
    for (Connection kept = idle.pollFirst(); kept != null; kept = idle.pollFirst()) {
      if (System.nanoTime() - kept.since() < FRESH_NANOS) {
        return kept;
      }
      kept.socket().close();
    }
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return new Connection(
        socket, new BufferedInputStream(socket.getInputStream()), System.nanoTime());
  }

  private static Answer answer(InputStream in) throws IOException {
    String first = line(in);
    if (first.isEmpty()) {
      throw new IOException("the connection has ended");
    }
    long length = 0;
    boolean isChunked = false;
    String next = "";
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      String lower = line.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Long.parseLong(line.substring("content-length:".length()).strip());
      } else if (lower.startsWith("transfer-encoding: chunked")) {
        isChunked = true;
      } else if (lower.startsWith("link:")) {
        next = line.substring(line.indexOf(PREFIX) + PREFIX.length(), line.indexOf('>'));
      }
    }
    for (long left = isChunked ? chunk(in) : 0; left > 0; left = chunk(in)) {
      in.skipNBytes(left + 2);
    }
    in.skipNBytes(isChunked ? 2 : length);
    return new Answer(Integer.parseInt(first.substring(9, 12)), next);
  }

  private static long chunk(InputStream in) throws IOException {
    return Long.parseLong(line(in), 16);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n' && c >= 0; c = in.read()) {
      line.append((char) c);
    }
    return line.toString().stripTrailing();
  }
}
