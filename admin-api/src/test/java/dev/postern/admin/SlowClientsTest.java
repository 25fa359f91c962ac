package dev.postern.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SlowClientsTest {
  private static final Duration PATIENCE = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofHours(1);
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  /** More than what lies between two ends of a connection. */
  private static final int BIG = 64 * 1024 * 1024;

  private final Server server = new Server();
  private final CountDownLatch done = new CountDownLatch(1);
  private ServerConnector connector;
  private Duration patience = PATIENCE;

  @BeforeEach
  void start() throws Exception {
    start(1, this::inClear);
  }

  private ServerConnector inClear(HttpConfiguration http) {
    return new ServerConnector(server, new HttpConnectionFactory(http));
  }

  private void restart(int crowd, Function<HttpConfiguration, ServerConnector> listener)
      throws Exception {
    server.stop();
    server.removeConnector(connector);
    start(crowd, listener);
  }

  /**
   * Listens.
   *
   * @param crowd with so many connections it is crowded
   */
  private void start(int crowd, Function<HttpConfiguration, ServerConnector> listener)
      throws Exception {
    HttpConfiguration http = new HttpConfiguration();
    connector = listener.apply(http);
    connector.setIdleTimeout(LONG.toMillis());
    SlowClients.watch(connector, http, new SlowClients.Patience(LONG, patience, crowd));
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback)
              throws Exception {
            if (request.getHttpURI().getPath().equals("/long")) {
              boolean _ = done.await(10, TimeUnit.SECONDS);
            }
            if (request.getHttpURI().getPath().equals("/big")) {
              response.write(true, ByteBuffer.allocate(BIG), callback);
              return true;
            }
            callback.succeeded();
            return true;
          }
        });
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  @Test
  void aHeadThatComesByteByByteEndsTheConnection() throws Exception {
    try (Socket socket = connected()) {
      assertThat(bytesUntilItEnds(socket)).isLessThan(200);
    }
  }

  @Test
  void soDoesTheNextOneOnAConnectionThatWasUsed() throws Exception {
    try (Socket socket = connected()) {
      assertThat(exchange(socket, REQUEST)).startsWith("HTTP/1.1 200");

      assertThat(bytesUntilItEnds(socket)).isLessThan(200);
    }
  }

  @Test
  void aConnectionThatIsUsedGoesOn() throws Exception {
    try (Socket socket = connected()) {
      long end = System.nanoTime() + 3 * PATIENCE.toNanos();
      while (System.nanoTime() < end) {
        assertThat(exchange(socket, REQUEST)).startsWith("HTTP/1.1 200");
      }
    }
  }

  @Test
  void aRequestThatIsWorkedOnMayTakeLonger() throws Exception {
    try (Socket socket = connected();
        Socket idle = connected()) {
      ask(socket, "/long");
      for (int i = 0; i < 3; i++) {
        assertThat(ends(i == 0 ? idle : connected())).isTrue();
      }
      done.countDown();

      assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void onlyAmongManyTheTimeIsShort() throws Exception {
    restart(4, this::inClear);
    try (Socket first = connected();
        Socket second = connected();
        Socket used = connected()) {
      long end = System.nanoTime() + 3 * PATIENCE.toNanos();
      while (System.nanoTime() < end) {
        assertThat(exchange(used, REQUEST)).startsWith("HTTP/1.1 200");
      }
      for (Socket socket : List.of(first, second)) {
        assertThat(exchange(socket, REQUEST)).startsWith("HTTP/1.1 200");
      }
      try (Socket fourth = connected()) {
        await()
            .until(
                () -> Stream.of(first, second, used, fourth).anyMatch(SlowClientsTest::hasEnded));
      }
    }
  }

  @Test
  void anAnswerThatIsNotReadEndsAmongMany() throws Exception {
    try (Socket socket = connected()) {
      ask(socket, "/big");
      await().until(() -> connector.getConnectedEndPoints().isEmpty());

      assertThat(bytesThatCame(socket)).isLessThan(BIG);
    }
  }

  @Test
  void soDoesOneOverTls() throws Exception {
    TestAuthority authority = new TestAuthority();
    patience = Duration.ofSeconds(3);
    HttpTls tls =
        new HttpTls(
            new HttpSecurity.Tls(Path.of("cert"), Path.of("key"), Optional.empty(), true),
            authority.keys(authority.issue("own"), List.of()));
    restart(
        1,
        http -> {
          HttpTls.secure(http);
          return new ServerConnector(server, tls.connections(), new HttpConnectionFactory(http));
        });
    try (Socket socket =
        authority
            .client(Optional.empty())
            .getSocketFactory()
            .createSocket(InetAddress.getLoopbackAddress(), connector.getLocalPort())) {
      ask(socket, "/big");
      assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200");
      await().until(() -> connector.getConnectedEndPoints().isEmpty());

      assertThat(bytesThatCame(socket)).isLessThan(BIG);
    }
  }

  @Test
  void oneThatIsReadPieceByPieceGoesOn() throws Exception {
    try (Socket socket = connected()) {
      socket.setReceiveBufferSize(64 * 1024);
      ask(socket, "/big");
      InputStream in = socket.getInputStream();
      assertThat(head(in)).startsWith("HTTP/1.1 200");
      int came = 0;
      long end = System.nanoTime() + 3 * PATIENCE.toNanos();
      while (System.nanoTime() < end) {
        came += in.readNBytes(64 * 1024).length;
        LockSupport.parkNanos(PATIENCE.toNanos() / 100);
      }

      assertThat(came).isLessThan(BIG);
      assertThat(came + in.readNBytes(BIG).length).isEqualTo(BIG);
    }
  }

  @Test
  void amongFewItIsWaitedFor() throws Exception {
    restart(3, this::inClear);
    try (Socket socket = connected();
        Socket used = connected()) {
      ask(socket, "/big");
      long end = System.nanoTime() + 3 * PATIENCE.toNanos();
      while (System.nanoTime() < end) {
        assertThat(exchange(used, REQUEST)).startsWith("HTTP/1.1 200");
      }

      assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200");
      assertThat(socket.getInputStream().readNBytes(BIG)).hasSize(BIG);
    }
  }

  private static void ask(Socket socket, String path) throws IOException {
    socket
        .getOutputStream()
        .write(
            "GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
                .formatted(path)
                .getBytes(StandardCharsets.US_ASCII));
  }

  private static long bytesThatCame(Socket socket) throws IOException {
    long count = 0;
    byte[] piece = new byte[64 * 1024];
    try {
      for (int read = 0; read >= 0; read = socket.getInputStream().read(piece)) {
        count += read;
      }
    } catch (SocketException | SSLException _) {
      // It has ended.
    }
    return count;
  }

  private Socket connected() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** Sends the head of a request a byte at a time, a few in each patience. */
  private static int bytesUntilItEnds(Socket socket) throws IOException {
    int sent = 0;
    socket.setSoTimeout((int) PATIENCE.toMillis() / 8);
    try {
      while (sent < 200) {
        socket.getOutputStream().write('A');
        sent++;
        try {
          if (socket.getInputStream().read() < 0) {
            return sent;
          }
        } catch (SocketTimeoutException _) {
          // That was the pause.
        }
      }
    } catch (SocketException _) {
      // It has ended.
    }
    return sent;
  }

  private static boolean hasEnded(Socket socket) {
    try {
      socket.setSoTimeout(10);
      return socket.getInputStream().read() < 0;
    } catch (IOException _) {
      return false;
    }
  }

  private static boolean ends(Socket socket) throws IOException {
    try (socket) {
      return socket.getInputStream().read() < 0;
    }
  }

  private static String exchange(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return head(socket.getInputStream());
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      if (octet < 0) {
        throw new IOException("closed after " + head);
      }
      head.append((char) octet);
    }
    return head.toString();
  }
}
