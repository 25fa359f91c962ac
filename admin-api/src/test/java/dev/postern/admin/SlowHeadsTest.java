package dev.postern.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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

class SlowHeadsTest {
  private static final Duration PATIENCE = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofHours(1);
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  private final Server server = new Server();
  private final CountDownLatch done = new CountDownLatch(1);
  private ServerConnector connector;

  @BeforeEach
  void start() throws Exception {
    start(1);
  }

  /** With so many connections it is crowded. */
  private void start(int crowd) throws Exception {
    HttpConfiguration http = new HttpConfiguration();
    connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setIdleTimeout(LONG.toMillis());
    SlowHeads.watch(connector, http, new SlowHeads.Patience(LONG, PATIENCE, crowd));
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback)
              throws Exception {
            if (request.getHttpURI().getPath().equals("/long")) {
              boolean _ = done.await(10, TimeUnit.SECONDS);
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
      socket
          .getOutputStream()
          .write("GET /long HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 3; i++) {
        assertThat(ends(i == 0 ? idle : connected())).isTrue();
      }
      done.countDown();

      assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void onlyAmongManyTheTimeIsShort() throws Exception {
    server.stop();
    server.removeConnector(connector);
    start(4);
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
            .until(() -> Stream.of(first, second, used, fourth).anyMatch(SlowHeadsTest::hasEnded));
      }
    }
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
