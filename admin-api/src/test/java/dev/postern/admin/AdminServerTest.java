package dev.postern.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.admin.AdminConfig.Bind;
import dev.postern.admin.HealthSource.Part;
import dev.postern.admin.api.ApiRoutes;
import dev.postern.admin.api.TestSite;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.ConsentLinks.Outcome;
import dev.postern.store.oauth.Objection;
import dev.postern.store.oauth.TokenTrouble;
import dev.postern.store.testing.FreePorts;
import io.micrometer.core.instrument.Counter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AdminServerTest {
  private static final Bind FREE = new Bind("127.0.0.1", 0);
  private static final Part DATABASE = new Part("database", true, true, "");

  private final PrometheusMeterRegistry metrics =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final AtomicReference<List<Part>> parts = new AtomicReference<>(List.of(DATABASE));

  /** What browsers brought back: state, code, error. */
  private final List<String> brought = new CopyOnWriteArrayList<>();

  private final List<Secret> codes = new CopyOnWriteArrayList<>();

  private final AtomicReference<Optional<Outcome>> outcome =
      new AtomicReference<>(Optional.of(new Outcome.NoSuchLink()));

  private final List<AdminServer> servers = new ArrayList<>();
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  @AfterEach
  void stop() {
    servers.forEach(AdminServer::close);
    client.close();
  }

  @Test
  void servesMetricsAsPrometheusTextByDefault() throws Exception {
    Counter.builder("postern.login.attempts").tag("outcome", "accepted").register(metrics);

    HttpResponse<String> answer = get(start(FREE, Optional.empty()), "/metrics");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Content-Type"))
        .isEqualTo("text/plain; version=0.0.4; charset=utf-8");
    assertThat(answer.body())
        .contains("# TYPE postern_login_attempts_total counter")
        .contains("postern_login_attempts_total{outcome=\"accepted\"} 0.0")
        .doesNotContain("# EOF");
  }

  @Test
  void servesOpenMetricsToThoseWhoAskForIt() throws Exception {
    Counter.builder("postern.login.attempts").register(metrics);
    AdminServer server = start(FREE, Optional.empty());

    HttpResponse<String> answer =
        send(
            request(server.adminAddress(), "/metrics")
                .header("Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
                .build());

    assertThat(header(answer, "Content-Type"))
        .isEqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8");
    assertThat(answer.body()).contains("# TYPE postern_login_attempts counter").endsWith("# EOF\n");
  }

  @Test
  void isLiveWhateverItsPartsAre() throws Exception {
    parts.set(List.of(new Part("database", false, true, "no route to host")));

    HttpResponse<String> answer = get(start(FREE, Optional.empty()), "/health/live");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json(answer).get("live").asBoolean()).isTrue();
  }

  @Test
  void isReadyWhenOnlyAnUnneededPartIsDown() throws Exception {
    parts.set(List.of(DATABASE, new Part("upstream:store:imap", false, false, "refused")));

    HttpResponse<String> answer = get(start(FREE, Optional.empty()), "/health/ready");

    assertThat(answer.statusCode()).isEqualTo(200);
    JsonNode body = json(answer);
    assertThat(body.get("ready").asBoolean()).isTrue();
    assertThat(body.get("parts").get(0).has("detail")).isFalse();
    JsonNode upstream = body.get("parts").get(1);
    assertThat(upstream.get("name").asString()).isEqualTo("upstream:store:imap");
    assertThat(upstream.get("up").asBoolean()).isFalse();
    assertThat(upstream.get("needed").asBoolean()).isFalse();
    assertThat(upstream.get("detail").asString()).isEqualTo("refused");
  }

  @Test
  void isNotReadyWhenANeededPartIsDown() throws Exception {
    parts.set(List.of(new Part("database", false, true, "locked")));

    HttpResponse<String> answer = get(start(FREE, Optional.empty()), "/health/ready");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(header(answer, "Content-Type")).isEqualTo("application/json");
    assertThat(json(answer).get("ready").asBoolean()).isFalse();
  }

  @Test
  void isNotReadyWhenTheCheckFails() throws Exception {
    AdminServer server =
        start(
            new AdminConfig(FREE, Optional.empty()),
            () -> {
              throw new IllegalStateException("jdbc:secret-url");
            });

    HttpResponse<String> answer = get(server, "/health/ready");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).doesNotContain("secret-url").contains("\"ready\":false");
  }

  @Test
  void asksTheHealthSourceOnceForManyProbes() throws Exception {
    AtomicReference<Integer> asked = new AtomicReference<>(0);
    RecentHealth health =
        new RecentHealth(
            () -> {
              asked.updateAndGet(count -> count + 1);
              return List.of(DATABASE);
            },
            () -> 42,
            Duration.ofSeconds(1));

    for (int probe = 0; probe < 50; probe++) {
      assertThat(health.parts()).containsExactly(DATABASE);
    }

    assertThat(asked.get()).isEqualTo(1);
  }

  @Test
  void asksTheHealthSourceAgainAfterASecond() {
    AtomicReference<Long> now = new AtomicReference<>(Long.MAX_VALUE - 10);
    RecentHealth health = new RecentHealth(parts::get, now::get, Duration.ofSeconds(1));
    assertThat(health.parts()).containsExactly(DATABASE);
    Part down = new Part("database", false, true, "gone");
    parts.set(List.of(down));

    now.updateAndGet(before -> before + 999_999_999);
    assertThat(health.parts()).containsExactly(DATABASE);
    now.updateAndGet(before -> before + 1);
    assertThat(health.parts()).containsExactly(down);
  }

  @Test
  void answersUnknownPathsWithAProblem() throws Exception {
    HttpResponse<String> answer = get(start(FREE, Optional.empty()), "/admin/nothing");

    assertProblem(answer, 404, "Not Found");
  }

  @Test
  void answersOtherMethodsWithAProblemThatNamesTheAllowed() throws Exception {
    AdminServer server = start(FREE, Optional.empty());

    HttpResponse<String> answer =
        send(
            request(server.adminAddress(), "/metrics")
                .method("DELETE", HttpRequest.BodyPublishers.noBody())
                .build());

    assertProblem(answer, 405, "Method Not Allowed");
    assertThat(header(answer, "Allow")).isEqualTo("GET, HEAD");
  }

  @Test
  void sendsSecurityHeadersAndNoVersionWithEveryAnswer() throws Exception {
    AdminServer server = start(FREE, Optional.empty());

    for (String path : List.of("/metrics", "/health/live", "/health/ready", "/nothing")) {
      HttpResponse<String> answer = get(server, path);
      SecurityHeaders.ALL.forEach(
          (name, value) -> assertThat(answer.headers().allValues(name)).containsExactly(value));
      assertThat(answer.headers().firstValue("Server")).isEmpty();
      assertThat(answer.headers().firstValue("X-Powered-By")).isEmpty();
    }
  }

  @Test
  void answersWhatIsNotHttpWithAProblemOfNoWordsOfTheRequest() throws Exception {
    AdminServer server = start(FREE, Optional.empty());

    String answer = raw(server, "GET /metrics?evilword HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 400 ").contains("application/problem+json");
    assertThat(answer).contains("Content-Security-Policy: ").contains("\"status\":400");
    assertThat(answer).doesNotContain("evilword").doesNotContain("Jetty");
  }

  @Test
  void refusesEncodedPathTricks() throws Exception {
    AdminServer server = start(FREE, Optional.empty());

    String answer = raw(server, "GET /x/%2e%2e/metrics HTTP/1.1\r\nHost: a\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 400 ").contains("application/problem+json");
  }

  @Test
  void refusesHeadersOverTheLimit() throws Exception {
    AdminServer server = start(FREE, Optional.empty());
    String tooMuch = "x".repeat(HttpListener.HEADER_BYTES);

    assertThat(raw(server, "GET /metrics HTTP/1.1\r\nHost: a\r\nCookie: " + tooMuch + "\r\n\r\n"))
        .startsWith("HTTP/1.1 431 ");
  }

  @Test
  void doesNotSpeakHttp2() throws Exception {
    AdminServer server = start(FREE, Optional.empty());

    assertThat(raw(server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).startsWith("HTTP/1.1 ");
    HttpResponse<String> upgraded =
        send(
            request(server.adminAddress(), "/health/live")
                .version(HttpClient.Version.HTTP_2)
                .build());
    assertThat(upgraded.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
  }

  @Test
  void servesNoMoreConnectionsThanTheLimitAndRecovers() throws Exception {
    AdminServer server = start(FREE, Optional.empty());
    List<Socket> held = new ArrayList<>();
    try {
      for (int i = 0; i < HttpListener.CONNECTIONS; i++) {
        Socket socket = connect(server);
        held.add(socket);
        assertThat(exchange(socket)).isTrue();
      }
      Socket oneMore = connect(server);
      held.add(oneMore);
      oneMore.setSoTimeout(300);
      assertThat(exchange(oneMore)).isFalse();
    } finally {
      for (Socket socket : held) {
        socket.close();
      }
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(get(server, "/health/live").statusCode()).isEqualTo(200));
  }

  @Test
  void keepsMetricsOffTheAdminPortWhenTheyHaveTheirOwn() throws Exception {
    AdminServer server = start(FREE, Optional.of(FREE));

    assertThat(server.metricsAddress()).isNotEqualTo(server.adminAddress());
    for (String path : List.of("/metrics", "/health/live", "/health/ready")) {
      assertThat(send(request(server.metricsAddress(), path).build()).statusCode()).isEqualTo(200);
      assertProblem(get(server, path), 404, "Not Found");
    }
  }

  @Test
  void refusesAnAddressThatIsNotLoopback() {
    assertThatThrownBy(() -> start(new Bind("0.0.0.0", 0), Optional.empty()))
        .isInstanceOfSatisfying(
            AdminException.class,
            refusal -> {
              assertThat(refusal).hasMessageContaining("admin").hasMessageContaining("0.0.0.0:0");
              assertThat(refusal.remedy()).contains("127.0.0.1");
            });
  }

  @Test
  void namesTheTakenPortAndLeavesNothingRunning() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int metricsPort = FreePorts.one();
      Bind busy = new Bind("127.0.0.1", taken.getLocalPort());

      assertThatThrownBy(() -> start(busy, Optional.of(new Bind("127.0.0.1", metricsPort))))
          .isInstanceOfSatisfying(
              AdminException.class,
              refusal -> {
                assertThat(refusal)
                    .hasMessageContaining("admin listener")
                    .hasMessageContaining(busy.toString())
                    .hasMessageEndingWith("already in use");
                assertThat(refusal.remedy()).contains("admin.bind");
              });

      // The metrics listener started first and must be gone again.
      new ServerSocket(metricsPort, 1, InetAddress.getLoopbackAddress()).close();
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() ->
              Thread.getAllStackTraces().keySet().stream()
                  .noneMatch(thread -> thread.getName().matches("(admin|metrics)-\\d+")));
    }
  }

  @Test
  void stopsListeningWhenClosed() throws Exception {
    AdminServer server = start(FREE, Optional.of(FREE));
    server.close();

    for (InetSocketAddress address : List.of(server.adminAddress(), server.metricsAddress())) {
      new ServerSocket(address.getPort(), 1, address.getAddress()).close();
    }
  }

  @Test
  void takesUpWhatABrowserBringsBackAndRepeatsNoneOfIt() throws Exception {
    AdminServer server = start(FREE, Optional.of(FREE));
    HttpResponse<String> answer =
        get(
            server,
            "/oauth/callback?state=S1&code=the-code&session_state=x&iss=https%3A%2F%2Fa.example");
    assertThat(answer.statusCode()).isEqualTo(410);
    assertThat(answer.body()).contains("has ended").doesNotContain("S1", "the-code");
    assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
    assertThat(header(answer, "Referrer-Policy")).isEqualTo("no-referrer");
    outcome.set(Optional.of(new Outcome.Declined("access_denied")));
    assertThat(get(server, "/oauth/callback?state=S2&error=access_denied").statusCode())
        .isEqualTo(403);
    outcome.set(Optional.of(new Outcome.Unfit(new Objection.OtherMailbox("alice", "mallory"))));
    assertThat(get(server, "/oauth/callback?state=S3&code=c").body())
        .contains("another mailbox")
        .doesNotContain("alice", "mallory");
    outcome.set(
        Optional.of(
            new Outcome.Failed(new TokenTrouble(TokenTrouble.Kind.CLIENT_REFUSED, "secret"))));
    assertThat(get(server, "/oauth/callback?state=S4&code=c").body())
        .contains("client-refused")
        .doesNotContain("secret");
    outcome.set(Optional.empty());
    assertThat(get(server, "/oauth/callback?state=S5&code=c").statusCode()).isEqualTo(503);
    assertThat(brought)
        .containsExactly(
            "S1 the-code - https://a.example",
            "S2 - access_denied -",
            "S3 c - -",
            "S4 c - -",
            "S5 c - -");
    assertThat(codes)
        .hasSize(4)
        .allSatisfy(code ->
            assertThatThrownBy(() -> code.expose(bytes -> bytes.length))
                .isInstanceOf(IllegalStateException.class));
  }

  @Test
  void browserThatBringsNothingOrTooMuchIsSentAway() throws Exception {
    AdminServer server = start(FREE, Optional.empty());
    for (String query :
        List.of(
            "",
            "?state=",
            "?code=c",
            "?state=" + "s".repeat(129) + "&code=c",
            "?state=s&code=",
            "?state=s",
            "?state=s&error=",
            "?state=s&scope=mail",
            "?state=s&state=s&code=c",
            "?state=s&code=c&code=d",
            "?state=s&error=access_denied&error=server_error",
            "?state=s&code=c&iss=https%3A%2F%2Fa.example&iss=https%3A%2F%2Fb.example",
            "?state=s&code=" + "c".repeat(6 * 1024 + 1))) {
      assertThat(get(server, "/oauth/callback" + query).statusCode()).isEqualTo(400);
    }
    assertThat(brought).isEmpty();
  }

  @Test
  void aBrowserHearsWhyNothingWasConnected() throws Exception {
    AdminServer server = start(FREE, Optional.empty());
    assertThat(said(server, new Objection.Unnamed("alice", "the ID token has ended (exp)")))
        .contains("did not say whose mailbox", "openid email", "--unnamed-mailbox")
        .doesNotContain("another mailbox", "alice", "exp");
    assertThat(said(server, new Objection.Ungranted(List.of("mail", "<b>&"))))
        .contains("did not grant", "<code>mail &lt;b&gt;&amp;</code>");
    assertThat(said(server, new Objection.NoRefreshToken())).contains("offline_access");
    outcome.set(
        Optional.of(
            new Outcome.Failed(new TokenTrouble(TokenTrouble.Kind.PROVIDER_BUSY, "server_error"))));
    HttpResponse<String> answer = get(server, "/oauth/callback?state=s&error=server_error");
    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.body()).contains("just now", "Try again").doesNotContain("not allowed");
  }

  private String said(AdminServer server, Objection objection) throws Exception {
    outcome.set(Optional.of(new Outcome.Unfit(objection)));
    HttpResponse<String> answer = get(server, "/oauth/callback?state=s&code=c");
    assertThat(answer.statusCode()).isEqualTo(403);
    return answer.body();
  }

  @Test
  void metricsListenerTakesNoConsent() throws Exception {
    AdminServer server = start(FREE, Optional.of(FREE));
    HttpResponse<String> answer =
        send(request(server.metricsAddress(), "/oauth/callback?state=s&code=c").build());
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(brought).isEmpty();
  }

  private AdminServer start(Bind admin, Optional<Bind> own) {
    return start(new AdminConfig(admin, own), parts::get);
  }

  private AdminServer start(AdminConfig config, HealthSource health) {
    AdminServer server =
        AdminServer.start(
            config,
            metrics,
            health,
            (state, parts) -> {
              String text =
                  parts
                      .code()
                      .map(it -> it.<String>expose(b -> new String(b, StandardCharsets.UTF_8)))
                      .orElse("-");
              brought.add(
                  String.join(
                      " ", state, text, parts.error().orElse("-"), parts.issuer().orElse("-")));
              parts.code().ifPresent(codes::add);
              return outcome.get();
            },
            new ApiRoutes(new TestSite(Optional.empty()), Clock.systemUTC(), metrics, "1.2.3"));
    servers.add(server);
    return server;
  }

  private HttpResponse<String> get(AdminServer server, String path) throws Exception {
    return send(request(server.adminAddress(), path).build());
  }

  private static HttpRequest.Builder request(InetSocketAddress address, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.getPort() + path))
        .timeout(Duration.ofSeconds(10));
  }

  private HttpResponse<String> send(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return JsonMapper.shared().readTree(answer.body());
  }

  private static String header(HttpResponse<String> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  private static void assertProblem(HttpResponse<String> answer, int status, String title) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(header(answer, "Content-Type")).isEqualTo("application/problem+json");
    JsonNode body = json(answer);
    assertThat(body.get("type").asString()).isEqualTo("about:blank");
    assertThat(body.get("title").asString()).isEqualTo(title);
    assertThat(body.get("status").asInt()).isEqualTo(status);
    assertThat(body.get("detail").asString()).isNotEmpty();
  }

  private static Socket connect(AdminServer server) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.adminAddress().getPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** Whether a kept-alive request on this connection is answered. */
  private static boolean exchange(Socket socket) throws IOException {
    socket
        .getOutputStream()
        .write("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    try {
      return socket.getInputStream().read() == 'H';
    } catch (SocketTimeoutException nothing) {
      return false;
    }
  }

  private static String raw(AdminServer server, String request) throws IOException {
    try (Socket socket = connect(server)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }
}
