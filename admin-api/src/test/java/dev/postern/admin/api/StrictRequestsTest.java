package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.admin.view.Json;
import dev.postern.store.access.Role;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is nearly a request is refused: nothing of it is left out or guessed. */
class StrictRequestsTest {
  private static final String ALICE = "/api/v1/users/alice%40example.com";

  private final Path folder;
  private ApiServer server;

  StrictRequestsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void start() {
    server = new ApiServer(new SqliteFiles(folder).fresh());
    add("alice@example.com");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "user=alice%40example.com%",
        "user=%zz",
        "user=%u0041",
        "user=%4",
        "user=%+1",
        "user=%ff",
        "user=%c0%80",
        "user=%ed%a0%80",
        "user=\u00e4",
        "%zz=1",
        "us%er=alice%40example.com",
        "user=alice%40example.com&user=bob%40example.com",
        "user=alice%40example.com&us%65r=alice%40example.com"
      })
  void aParameterThatDoesNotDecodeIsNeverLeftOut(String query) throws Exception {
    String answer = raw("DELETE /api/v1/sessions?protocol=imap&" + query, "");

    assertThat(answer)
        .startsWith("HTTP/1.1 400 ")
        .contains("urn:postern:problem:invalid-parameter", "\"errors\"");
  }

  @Test
  void aParameterThatDecodesIsTakenWithPlusForSpace() throws Exception {
    add("tom+mail@example.com");

    assertThat(raw("GET /api/v1/users?&startsWith=tom%2bmail&&limit=%31", ""))
        .startsWith("HTTP/1.1 200 ")
        .contains("tom+mail@example.com");
    assertThat(raw("GET /api/v1/users?startsWith=tom+mail", ""))
        .startsWith("HTTP/1.1 200 ")
        .contains("\"items\":[]");
    assertThat(raw("GET /api/v1/users?startsWith=%c3%a4", "")).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-HTTP-Method-Override", "x-http-method-override"})
  void aMethodThatAHeaderNamesIsNotTheMethod(String header) throws Exception {
    HttpRequest request = server.request(Role.ADMIN, ALICE).header(header, "DELETE").GET().build();

    assertThat(server.send(request).statusCode()).isEqualTo(400);
    assertThat(server.get(Role.ADMIN, ALICE).statusCode()).as("she is still there").isEqualTo(200);
    assertThat(raw("GET /openapi.json", header + ": POST\r\n")).startsWith("HTTP/1.1 400 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1e308", "1e19", "-1e25", "9223372036854775808", "-9223372036854775809", "1e999"})
  void aNumberThatNothingCountsIsRefused(String number) throws Exception {
    HttpResponse<String> answer = sent("PUT", "/api/v1/policy", "{\"limit\": " + number + "}");

    assertProblem(answer, 422, "invalid");
    assertThat(Json.parse(answer.body()).path("errors").path(0).path("pointer").stringValue())
        .isEqualTo("/limit");
    assertProblem(sent("PUT", "/api/v1/policy", "[[" + number + "]]"), 422, "invalid");
  }

  @Test
  void ofTwoTokensNoneIsTaken() throws Exception {
    String other = "Authorization: Bearer " + server.token(Role.AUDITOR) + "\r\n";
    String none = "Authorization: Bearer nonsense\r\n";

    for (String second : List.of(other, none)) {
      assertThat(raw("GET /api/v1/token", second))
          .startsWith("HTTP/1.1 400 ")
          .contains("urn:postern:problem:invalid-header");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"If-Match", "Content-Type"})
  void ofOtherHeadersTooThereIsOne(String name) throws Exception {
    String value = name.equals("If-Match") ? "\"1\"" : "application/json";

    assertThat(raw("DELETE " + ALICE, (name + ": " + value + "\r\n").repeat(2)))
        .startsWith("HTTP/1.1 400 ")
        .contains("urn:postern:problem:invalid-header");
  }

  @Test
  void aBanThatIsSentAgainIsMadeOnce() throws Exception {
    String ban = "{\"network\": \"192.0.2.0/24\", \"reason\": \"scanning\"}";
    HttpResponse<String> first = sent("POST", "/api/v1/bans", ban, "Idempotency-Key", "k1");
    HttpResponse<String> second = sent("POST", "/api/v1/bans", ban, "Idempotency-Key", "k1");

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(second.statusCode()).as(second.body()).isEqualTo(200);
    assertThat(Json.parse(second.body())).isEqualTo(Json.parse(first.body()));
    assertProblem(
        sent("POST", "/api/v1/bans", "{\"network\": \"192.0.2.1\"}", "Idempotency-Key", "k1"),
        422,
        "key-reused");
    var _ = server.delete(Role.ADMIN, "/api/v1/bans?network=192.0.2.0%2F24");
    assertProblem(sent("POST", "/api/v1/bans", ban, "Idempotency-Key", "k1"), 410, "gone");
    assertThat(server.get(Role.ADMIN, "/api/v1/bans").body()).contains("\"items\":[]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2.3", "1", "010.1.2.3", "1.2.3/24", "192.0.2.0/+24"})
  void aNetworkInShortFormIsNone(String network) throws Exception {
    HttpResponse<String> ban = sent("POST", "/api/v1/bans", "{\"network\": \"" + network + "\"}");
    HttpResponse<String> appPassword =
        sent(
            "POST",
            ALICE + "/app-passwords",
            "{\"label\": \"x\", \"networks\": [\"" + network + "\"]}");

    assertProblem(ban, 422, "invalid");
    assertProblem(appPassword, 422, "invalid");
    assertThat(ban.body()).contains("is not a network");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "\"1\""})
  void aConditionThatNothingLooksAtIsRefused(String tags) throws Exception {
    assertProblem(
        sent("PUT", "/api/v1/policy", "{\"limit\": 5}", "If-None-Match", tags),
        400,
        "invalid-header");
    assertProblem(
        server.send(
            server
                .request(Role.ADMIN, ALICE)
                .header("If-Unmodified-Since", "Tue, 01 Dec 2026 00:00:00 GMT")
                .DELETE()
                .build()),
        400,
        "invalid-header");
    assertThat(
            server
                .send(server.request(Role.ADMIN, ALICE).header("If-None-Match", tags).build())
                .statusCode())
        .as("a read may be one of what is not known yet")
        .isIn(200, 304);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/api/v1/users/", "/api/v1/users/alice%40example.com/", "/api/v1/app-passwords/"})
  void aPathWhoseLastPartIsEmptyIsNotTheListAboveIt(String target) throws Exception {
    assertThat(server.get(Role.ADMIN, target).statusCode()).isEqualTo(404);
    assertThat(server.delete(Role.ADMIN, target).statusCode()).isEqualTo(404);
  }

  @Test
  void aCursorIsForTheFiltersOfItsPage() throws Exception {
    add("bob@example.com");
    add("carol@other.example");
    HttpResponse<String> first = server.get(Role.ADMIN, "/api/v1/users?domain=example.com&limit=1");
    String cursor = Json.parse(first.body()).path("next").stringValue();

    assertThat(
            server
                .get(Role.ADMIN, "/api/v1/users?limit=5&cursor=" + cursor + "&domain=example.com")
                .body())
        .contains("bob@example.com");
    for (String filter : List.of("", "&domain=other.example", "&domain=example.com&startsWith=a")) {
      assertProblem(
          server.get(Role.ADMIN, "/api/v1/users?limit=1&cursor=" + cursor + filter),
          400,
          "bad-cursor");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "ISO-8859-1"})
  void aBodyInAnotherEncodingIsRefused(String name) throws Exception {
    byte[] body = "{\"label\": \"Handy für Zuhause\"}".getBytes(Charset.forName(name));
    HttpRequest request =
        server
            .request(Role.ADMIN, ALICE + "/app-passwords")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(body))
            .build();

    assertProblem(server.send(request), 400, "malformed-json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json; charset=latin1",
        "application/json;charset=\"utf-16\"",
        "application/json; charset=",
        "application/json; charset=utf-8; charset=latin1"
      })
  void aBodyThatSaysAnotherEncodingIsRefused(String type) throws Exception {
    assertProblem(typed(type), 415, "unsupported-media-type");
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json; charset=UTF-8", "Application/JSON ;charset=\"utf-8\""})
  void aBodyThatSaysTheRightEncodingIsTaken(String type) throws Exception {
    assertThat(typed(type).statusCode()).isEqualTo(201);
  }

  private HttpResponse<String> typed(String type) throws Exception {
    return server.send(
        server
            .request(Role.ADMIN, ALICE + "/app-passwords")
            .header("Content-Type", type)
            .POST(BodyPublishers.ofString("{\"label\": \"Handy für Zuhause\"}"))
            .build());
  }

  @Test
  void aNameIsInARefusalAsItIs() throws Exception {
    server
        .store()
        .users()
        .edit("alice@example.com", UserEdit.NONE.withProtected(true), TestConfig.ACTOR);
    HttpResponse<String> answer = sent("POST", ALICE + "/app-passwords", "{\"label\": \"x\"}");

    assertProblem(answer, 409, "state");
    assertThat(Json.parse(answer.body()).path("detail").stringValue())
        .startsWith("The user alice@example.com is protected");
  }

  private void add(String name) {
    var _ = server.store().users().add(name, Optional.empty(), Optional.empty(), TestConfig.ACTOR);
  }

  /** Sends what no client would, and reads until the server is done. */
  private String raw(String line, String headers) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), server.address("/").getPort())) {
      socket.setSoTimeout(20_000);
      String request =
          line
              + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer "
              + server.token(Role.ADMIN)
              + "\r\n"
              + headers
              + "\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private HttpResponse<String> sent(String method, String target, String body, String... header)
      throws Exception {
    HttpRequest.Builder request =
        server
            .request(Role.ADMIN, target)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body));
    return server.send((header.length == 0 ? request : request.headers(header)).build());
  }

  private static void assertProblem(HttpResponse<String> answer, int status, String word) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(Json.parse(answer.body()).path("type").stringValue())
        .isEqualTo("urn:postern:problem:" + word);
  }
}
