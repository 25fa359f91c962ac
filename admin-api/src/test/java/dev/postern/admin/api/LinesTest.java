package dev.postern.admin.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.admin.view.Json;
import dev.postern.store.access.Role;
import dev.postern.store.testing.SqliteFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Bodies that are longer than memory: imports. */
class LinesTest {
  private static final String HASH =
      "{BLF-CRYPT}$2y$05$aTLnXzHZ5lz8gSKKS7Kzq.ZKieymF8uyBkECs4byvKnYUByyhhLpG";
  private static final String IMPORT = "/api/v1/import?from=dovecot";
  private static final Duration LONG = Duration.ofHours(1);
  private static final Pattern CONTENT_LENGTH =
      Pattern.compile("Content-Length: (\\d+)\r\n(?:.+\r\n)*\r\n");

  private final SqliteFiles databases;
  private ApiServer server;

  LinesTest(@TempDir Path folder) {
    this.databases = new SqliteFiles(folder);
  }

  @BeforeEach
  void start() {
    server = new ApiServer(databases.fresh());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> sent(String target, String body) throws Exception {
    return server.send(
        server
            .request(Role.ADMIN, target)
            .header("Content-Type", "text/plain; charset=utf-8")
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private static List<JsonNode> lines(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/x-ndjson");
    return answer.body().lines().map(Json::parse).toList();
  }

  private boolean isThere(String user) {
    return server.store().users().find(user).isPresent();
  }

  /** Hashes are secrets that somebody else made: whoever brings them can log in by them. */
  @ParameterizedTest
  @EnumSource(value = Role.class, mode = EnumSource.Mode.EXCLUDE, names = "ADMIN")
  void nobodyButAnAdminImports(Role role) throws Exception {
    HttpResponse<String> answer =
        server.send(
            server
                .request(role, IMPORT)
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("bob@example.com:" + HASH + "\n"))
                .build());

    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(isThere("bob@example.com")).isFalse();
  }

  @Test
  void anImportTakesWhatItCanAndTellsTheRest() throws Exception {
    String body = "bob@example.com:" + HASH + "\n\ncarol@example.com:{CRAM-MD5}abcdef\nno colon";
    assertThat(lines(sent(IMPORT + "&dryRun=true", body)).getLast().toString())
        .isEqualTo("{\"added\":1,\"replaced\":0,\"unchanged\":0,\"refused\":2,\"dryRun\":true}");
    assertThat(isThere("bob@example.com")).isFalse();
    assertThat(lines(sent(IMPORT, body)).stream().map(JsonNode::toString))
        .containsExactly(
            "{\"line\":3,\"user\":\"carol@example.com\",\"problem\":\"made for challenge and"
                + " response; set a new password\"}",
            "{\"line\":4,\"user\":\"\",\"problem\":\"is no line of a passwd-file: user, a colon,"
                + " the hash\"}",
            "{\"added\":1,\"replaced\":0,\"unchanged\":0,\"refused\":2,\"dryRun\":false}");
    assertThat(isThere("bob@example.com")).isTrue();
    String changed = body.replace("ZKieymF8", "ZKieymF9");
    assertThat(lines(sent(IMPORT, changed)).getLast().toString())
        .isEqualTo("{\"added\":0,\"replaced\":1,\"unchanged\":0,\"refused\":2,\"dryRun\":false}");
    assertThat(sent("/api/v1/import?from=exim", body).statusCode()).isEqualTo(400);
    assertThat(sent("/api/v1/import", body).statusCode()).isEqualTo(400);
  }

  /** Longer than any other body may be, with more refusals than are listed. */
  @Test
  void anImportIsAsLongAsItIs() throws Exception {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < ImportResource.LISTED + 5; i++) {
      body.append("no colon ").append("x".repeat(100)).append('\n');
    }
    body.append("bob@example.com:").append(HASH).append('\n');
    List<JsonNode> lines = lines(sent(IMPORT, body.toString()));
    assertThat(lines).hasSize(ImportResource.LISTED + 1);
    assertThat(lines.getLast().path("refused").asInt()).isEqualTo(ImportResource.LISTED + 5);
    assertThat(lines.getLast().path("added").asInt()).isEqualTo(1);
  }

  /** Not even one line of those that send slowly, and nobody else notices them. */
  @Test
  void whoSendsSlowlyHoldsNothingAndWhoBreaksOffLosesTheEnd() throws Exception {
    String first = "bob@example.com:" + HASH + "\n";
    String cut = "carol@example.com:" + HASH;
    List<Socket> slow = new ArrayList<>();
    try {
      Socket importing = begun(first + cut);
      slow.add(importing);
      await()
          .untilAsserted(() -> {
            HttpResponse<String> other = sent(IMPORT, first);
            assertThat(other.statusCode()).isEqualTo(503);
            assertThat(other.headers().firstValue("Retry-After")).isPresent();
          });
      for (int i = 0; i < WorkingRoom.AT_ONCE; i++) {
        slow.add(begun(first));
      }
      assertThat(server.get(Role.ADMIN, "/api/v1/users").statusCode()).isEqualTo(200);
      importing.close();
      await().until(() -> sent(IMPORT + "&dryRun=true", first).statusCode() == 200);
      assertThat(isThere("carol@example.com")).isFalse();
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void whoSendsAByteNowAndThenIsToldThatItTakesTooLong() throws Exception {
    answerInTime(new PacedBody.Pace(LONG, Duration.ofSeconds(3)));
    try (Socket socket = begun(batch())) {
      await()
          .pollInterval(Duration.ofMillis(20))
          .until(() -> {
            socket.getOutputStream().write('x');
            return socket.getInputStream().available() > 0;
          });
      assertBrokenOff(socket);
    }
  }

  @Test
  void whoFallsSilentIsToldThatItTakesTooLong() throws Exception {
    answerInTime(new PacedBody.Pace(Duration.ofMillis(200), LONG));
    try (Socket socket = begun(batch())) {
      assertBrokenOff(socket);
    }
  }

  /** The connection is as it was before: a request after the import may be late. */
  @Test
  void theLimitsAreThoseOfTheBodyAlone() throws Exception {
    answerInTime(new PacedBody.Pace(Duration.ofMillis(300), LONG));
    String body = "bob@example.com:" + HASH + "\n";
    try (Socket socket = begun(body, body.length())) {
      assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");
      socket.setSoTimeout(1000);
      assertThatThrownBy(() -> socket.getInputStream().read())
          .as("nobody closes it meanwhile")
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  private void answerInTime(PacedBody.Pace pace) {
    server.close();
    server = new ApiServer(databases.fresh(), Clock.systemUTC(), pace);
  }

  /** As many as are imported at once, and one. */
  private static String batch() {
    return IntStream.rangeClosed(0, 500)
        .mapToObj(i -> "u" + i + "@example.com:" + HASH + "\n")
        .collect(Collectors.joining());
  }

  /** And the place is free for others. */
  private void assertBrokenOff(Socket socket) throws Exception {
    assertThat(answer(socket))
        .startsWith("HTTP/1.1 408 ")
        .contains("urn:postern:problem:incomplete", "What came before that may be imported")
        .doesNotContain("u0@example.com");
    assertThat(socket.getInputStream().read()).as("the connection has ended").isEqualTo(-1);
    assertThat(isThere("u499@example.com")).isTrue();
    assertThat(isThere("u500@example.com")).isFalse();
    assertThat(lines(sent(IMPORT, batch())).getLast().toString())
        .contains("\"added\":1,\"replaced\":0,\"unchanged\":500");
  }

  /** Head and body of one answer. */
  private static String answer(Socket socket) throws IOException {
    socket.setSoTimeout(30_000);
    InputStream in = socket.getInputStream();
    StringBuilder text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      assertThat(octet).as(text::toString).isNotNegative();
      text.append((char) octet);
    }
    Matcher length = CONTENT_LENGTH.matcher(text);
    boolean isMeasured = length.find();
    while (isMeasured
        ? text.length() < length.end() + Integer.parseInt(length.group(1))
        : !text.toString().endsWith("0\r\n\r\n")) {
      text.append((char) in.read());
    }
    return text.toString();
  }

  /** An import whose body is announced to be longer than what comes. */
  private Socket begun(String body) throws IOException {
    return begun(body, 1_000_000);
  }

  /** An import whose body is so long in all. */
  private Socket begun(String body, int length) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address("/").getPort());
    OutputStream out = socket.getOutputStream();
    out.write(
        ("POST "
                + IMPORT
                + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                + "Content-Length: "
                + length
                + "\r\nAuthorization: Bearer "
                + server.token(Role.ADMIN)
                + "\r\n\r\n"
                + body)
            .getBytes(UTF_8));
    out.flush();
    return socket;
  }

  /** The body is longer than all buffers between us, and every line of it is refused. */
  @Test
  void whoReadsNothingBeforeAllIsSentIsAnsweredAllTheSame() throws Exception {
    byte[] line = ("no colon " + "x".repeat(90) + "\n").getBytes(UTF_8);
    int count = 200_000;
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), server.address("/").getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST "
                  + IMPORT
                  + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                  + "Content-Type: text/plain\r\nContent-Length: "
                  + (long) line.length * count
                  + "\r\nAuthorization: Bearer "
                  + server.token(Role.ADMIN)
                  + "\r\n\r\n")
              .getBytes(UTF_8));
      for (int i = 0; i < count; i++) {
        out.write(line);
      }
      out.flush();
      InputStream in = socket.getInputStream();
      String answer = new String(in.readAllBytes(), UTF_8);
      assertThat(Stream.of(answer.split("\n", -1)))
          .anyMatch(each -> each.contains("\"refused\":" + count));
    }
  }
}
