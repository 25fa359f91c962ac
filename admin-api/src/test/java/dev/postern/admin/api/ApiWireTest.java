package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.StoreConfig;
import dev.postern.store.access.Role;
import dev.postern.store.testing.LogLines;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The API on the wire, where clients send what no library would. {@code -Dpostern.wire=PT5M} mixes
 * requests for five minutes.
 */
class ApiWireTest {
  private static final Duration LENGTH = Duration.parse(System.getProperty("postern.wire", "PT3S"));
  private static final int CLIENTS = 12;
  private static final String MARK = "MARK-OF-ONE";
  private static final String TARGET =
      "/api/v1/users/alice%40example.com/upstream-passwords/mailstore";

  private final Path folder;
  private ApiServer server;

  ApiWireTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void start() {
    server = new ApiServer(new StoreConfig.Database.Sqlite(folder.resolve("wire.db")));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /**
   * A request, whose body comes later.
   *
   * @param body empty: it has none
   */
  private record Sent(String head, String body, String answers) {}

  private Sent put(String target, String headers, String body, String answers) {
    return new Sent(
        "PUT "
            + target
            + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            + headers
            + "Content-Length: "
            + body.length()
            + "\r\n\r\n",
        body,
        answers);
  }

  private String token(Role role) {
    return "Authorization: Bearer " + server.token(role) + "\r\n";
  }

  @Test
  void whatOneClientSendsIsInNobodysAnswer() throws Exception {
    String admin = token(Role.ADMIN);
    String body = "{\"password\":\"" + MARK + "\"}";
    List<Sent> requests =
        List.of(
            put("/api/v1/users/%2e%2e/x", admin, body, "400"),
            put("/api/v1/users/a%00b", admin, body, "400"),
            put(TARGET, admin + "no colon\r\n", body, "400"),
            put(TARGET, admin + "Content-Length: 1\r\n", body, "400"),
            put(TARGET, admin + "X: " + "x".repeat(9000) + "\r\n", body, "431"),
            put(TARGET, admin + "Expect: tea\r\n", body, "417"),
            put("/nowhere", admin, body, "404"),
            put("/openapi.json", admin, body, "405"),
            put(TARGET, "", body, "401"),
            put(TARGET, token(Role.AUDITOR), body, "403"),
            put(TARGET, admin + "If-Match: x\r\n", body, "400"),
            put(TARGET, admin, "{" + MARK, "400"),
            put(TARGET, admin, body + " ".repeat(PacedBody.LONGEST), "413"),
            put(TARGET, admin, body, "404"),
            new Sent("GET /api/v1/users HTTP/1.1\r\nHost: a\r\n" + admin + "\r\n", "", "200"));
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    AtomicLong answers = new AtomicLong();
    long end = System.nanoTime() + LENGTH.toNanos();
    try (ExecutorService clients = Executors.newThreadPerTaskExecutor(Thread::new)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Random random = new Random(i);
        all.add(
            clients.submit(() -> {
              while (System.nanoTime() < end && wrong.isEmpty()) {
                connection(requests, random, wrong, answers);
              }
            }));
      }
      for (Future<?> one : all) {
        one.get(LENGTH.toSeconds() + 60, TimeUnit.SECONDS);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(answers).hasValueGreaterThan(20);
  }

  private void connection(
      List<Sent> requests, Random random, Queue<String> wrong, AtomicLong answers) {
    try (Socket socket = connected()) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (wrong.isEmpty()) {
        Sent sent = requests.get(random.nextInt(requests.size()));
        send(socket, sent.head());
        LockSupport.parkNanos(random.nextInt(300_000));
        int kept = random.nextInt(10) == 0 ? sent.body().length() / 2 : 0;
        send(socket, sent.body().substring(kept));
        if (kept > 0) {
          return;
        }
        String head = head(in);
        String text = head + new String(in.readNBytes(length(head)), StandardCharsets.ISO_8859_1);
        if (!head.startsWith("HTTP/1.1 " + sent.answers()) || text.contains(MARK)) {
          wrong.add(sent.head() + text);
        }
        answers.incrementAndGet();
        if (random.nextInt(20) == 0) {
          return;
        }
      }
    } catch (IOException _) {
      // It was ended, as it is after many of these.
    }
  }

  @Test
  void aChunkedBodyWithoutEndIsRefused() throws Exception {
    String head =
        "PUT "
            + TARGET
            + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            + "Transfer-Encoding: chunked\r\n";
    String chunk = "1000\r\n" + " ".repeat(4096) + "\r\n";

    assertThat(endless(head + token(Role.ADMIN) + "\r\n", chunk)).startsWith("HTTP/1.1 413");
    assertThat(endless(head + "\r\n", chunk)).as("without a token").startsWith("HTTP/1.1 401");
    assertThat(endless(head.replace(TARGET, "/nowhere") + "\r\n", chunk))
        .as("nowhere")
        .startsWith("HTTP/1.1 404");
  }

  @Test
  void aBodyThatSaysThatItIsTooLongIsNotWaitedFor() throws Exception {
    String head =
        "PUT "
            + TARGET
            + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            + "Content-Length: 10000000000\r\n";
    try (Socket one = connected();
        Socket other = connected()) {
      send(one, head + token(Role.ADMIN) + "\r\n");
      send(other, head + "\r\n");

      assertThat(head(one.getInputStream())).startsWith("HTTP/1.1 413");
      assertThat(head(other.getInputStream())).startsWith("HTTP/1.1 401");
    }
  }

  @Test
  void withoutATokenAByteNowAndThenHoldsNoConnection() throws Exception {
    try (Socket socket = connected()) {
      send(socket, put(TARGET, "", " ".repeat(1000), "401").head());
      long began = System.nanoTime();
      socket.setSoTimeout(400);
      int octet = 0;
      while (octet == 0 && System.nanoTime() - began < Duration.ofSeconds(15).toNanos()) {
        send(socket, " ");
        try {
          octet = socket.getInputStream().read();
        } catch (SocketTimeoutException _) {
          // That was the pause.
        }
      }

      assertThat(octet).isEqualTo('H');
    }
  }

  @Test
  void whatNeverReachesARouteIsAProblemTooWhateverTheMethod() throws Exception {
    for (String method : List.of("GET", "PUT", "PATCH", "DELETE")) {
      try (Socket socket = connected()) {
        send(socket, method + " /api/v1/users/%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n");

        assertThat(head(socket.getInputStream()))
            .startsWith("HTTP/1.1 400")
            .contains("application/problem+json", "Connection: close");
      }
    }
  }

  /** Sends until it is cut off, and then reads what it was told. */
  private String endless(String head, String piece) throws IOException {
    try (Socket socket = connected()) {
      send(socket, head);
      long sent = 0;
      try {
        while (sent < 64_000_000) {
          send(socket, piece);
          sent += piece.length();
        }
      } catch (SocketException _) {
        // That is it.
      }
      assertThat(sent).as("bytes until it was cut off").isLessThan(64_000_000);
      return head(new BufferedInputStream(socket.getInputStream()));
    }
  }

  @Test
  void aClientThatLeavesWithinABodyIsNoFaultOfOurs() throws Exception {
    try (LogLines log = new LogLines()) {
      try (Socket socket = connected()) {
        Sent sent = put(TARGET, token(Role.ADMIN), "{\"password\":\"x\"}", "");
        send(socket, sent.head() + "{");
        socket.shutdownOutput();

        assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 408");
      }
      assertThat(log.lines()).isEmpty();
    }
  }

  private Socket connected() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address("/").getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static int length(String head) {
    return Integer.parseInt(head.replaceAll("(?is).*content-length: *([0-9]+).*", "$1"));
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
