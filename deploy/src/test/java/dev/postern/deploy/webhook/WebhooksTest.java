package dev.postern.deploy.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Secret;
import dev.postern.store.event.EventKind;
import dev.postern.store.event.SiteEvent;
import dev.postern.store.testing.TestConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What receivers get, and what becomes of events that they do not take. */
@Timeout(60)
class WebhooksTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final WebhookPace QUICK =
      new WebhookPace(4, Duration.ofMillis(20), Duration.ofMillis(50), Duration.ofSeconds(1), LOOK);
  private static final WebhookPace PATIENT =
      new WebhookPace(
          10_000, Duration.ofMillis(20), Duration.ofMillis(50), Duration.ofSeconds(1), LOOK);
  private static final String SECRET = "a-secret-of-both-of-us";

  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final StoreConfig.Database database;
  private final Store store;
  private final Webhooks webhooks;
  private final Webhooks patient;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Received> received = new CopyOnWriteArrayList<>();

  /** Status by the number of the request, from 0. */
  private volatile IntUnaryOperator script = _ -> 204;

  private record Received(String path, String signature, String body) {
    JsonNode json() {
      return JsonMapper.shared().readTree(body);
    }
  }

  private HttpServer server = server(0);

  WebhooksTest(@TempDir Path folder) {
    this.database = new StoreConfig.Database.Sqlite(folder.resolve("postern.db"));
    this.store = open();
    this.webhooks = new Webhooks(store.outbox(), Clock.systemUTC(), metrics, QUICK);
    this.patient = new Webhooks(store.outbox(), Clock.systemUTC(), metrics, PATIENT);
  }

  /** One more node. */
  private Store open() {
    return Store.open(TestConfig.of(database), Store.Schema.MIGRATE, Clock.systemUTC());
  }

  private HttpServer server(int port) {
    try {
      HttpServer made =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      made.createContext("/", this::answer);
      made.setExecutor(threads);
      made.start();
      return made;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      int number = received.size();
      received.add(
          new Received(
              exchange.getRequestURI().getPath(),
              exchange.getRequestHeaders().getFirst(WebhookSignature.HEADER),
              body));
      exchange.getResponseHeaders().set("Location", "/elsewhere");
      exchange.sendResponseHeaders(script.applyAsInt(number), -1);
    }
  }

  @AfterEach
  void stop() {
    webhooks.close();
    patient.close();
    store.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private static Webhook at(int port) {
    return new Webhook(URI.create("http://127.0.0.1:" + port + "/hook"), Secret.ofText(SECRET));
  }

  private Webhook hook() {
    return at(server.getAddress().getPort());
  }

  /** Tells of something whose upstream has that name. */
  private void tell(String upstream) {
    store
        .outbox()
        .tell(
            new SiteEvent.ConsentNeeded(
                Instant.parse("2026-11-30T12:00:00Z"),
                new SiteEvent.Owner("u1", "alice@example.com"),
                upstream,
                "invalid_grant AADSTS50173"));
  }

  private List<String> upstreams() {
    return received.stream().map(got -> got.json().path("upstream").asString()).toList();
  }

  private double count(String outcome) {
    return metrics.get("postern.webhook.deliveries").tag("outcome", outcome).counter().count();
  }

  private void awaitCount(String outcome, int number) {
    await().atMost(PATIENCE).until(() -> count(outcome) == number);
  }

  @Test
  void anEventSaysWhatHappenedAndToWhom() {
    webhooks.follow(List.of(hook()));
    tell("e1");
    awaitCount("delivered", 1);
    assertThat(received.getFirst().body())
        .matches("\\{\"id\":\"[0-9a-f]{28}\",.*")
        .endsWith(
            """
            ,"event":"consent-needed","at":"2026-11-30T12:00:00Z","user":"alice@example.com",\
            "upstream":"e1","reason":"invalid_grant AADSTS50173"}\
            """);
    assertThat(received.getFirst().body()).doesNotContain(SECRET);
  }

  @Test
  void theSnippetOfTheDocumentTakesOurSignatureAndNoOther(@TempDir Path folder) throws Exception {
    webhooks.follow(List.of(hook()));
    tell("e1");
    awaitCount("delivered", 1);
    Received got = received.getFirst();
    assertThat(verified(folder, SECRET, got.signature(), got.body())).isEqualTo("True");
    assertThat(verified(folder, "another-secret", got.signature(), got.body())).isEqualTo("False");
    assertThat(verified(folder, SECRET, got.signature(), got.body().replace("alice", "bob")))
        .isEqualTo("False");
    String old =
        WebhookSignature.of(
            Secret.ofText(SECRET), Instant.now().minus(Duration.ofMinutes(6)), got.body());
    assertThat(verified(folder, SECRET, old, got.body())).as("a replay").isEqualTo("False");
    assertThat(verified(folder, SECRET, "nonsense", got.body())).isEqualTo("False");
  }

  /** What the function of docs/webhooks.md says. */
  private static String verified(Path folder, String secret, String signature, String body)
      throws IOException, InterruptedException {
    Matcher snippet =
        Pattern.compile("(?s)```python\n(.*?)```")
            .matcher(Files.readString(Path.of("..", "docs", "webhooks.md")));
    assertThat(snippet.find()).isTrue();
    Path program =
        Files.writeString(
            folder.resolve("verify.py"),
            snippet.group(1)
                + "\nimport sys\nprint(is_from_postern(*[a.encode() if i != 1 else a"
                + " for i, a in enumerate(sys.argv[1:])]))\n");
    Process python =
        new ProcessBuilder("python3", program.toString(), secret, signature, body)
            .redirectErrorStream(true)
            .start();
    String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(python.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return said.strip();
  }

  @Test
  void whatWasNotTakenIsSentAgainAsTheSameEvent() {
    script = number -> number < 2 ? 500 : 200;
    webhooks.follow(List.of(hook()));
    tell("e1");
    awaitCount("delivered", 1);
    assertThat(received)
        .extracting(Received::body)
        .hasSize(3)
        .containsOnly(received.getFirst().body());
    assertThat(count("retried")).isEqualTo(2);
  }

  @Test
  void isGivenUpAfterAllTriesAndTheNextOneIsSent() {
    script = number -> number < QUICK.tries() ? 503 : 200;
    webhooks.follow(List.of(hook()));
    tell("e1");
    tell("e2");
    awaitCount("delivered", 1);
    assertThat(count("given-up")).isEqualTo(1);
    assertThat(received).hasSize(QUICK.tries() + 1);
    assertThat(received.getLast().json().path("upstream").asString()).isEqualTo("e2");
  }

  @Test
  void redirectionIsNotFollowed() {
    script = _ -> 307;
    webhooks.follow(List.of(hook()));
    tell("e1");
    awaitCount("given-up", 1);
    assertThat(received).extracting(Received::path).containsOnly("/hook");
  }

  @Test
  void receiverThatStallsHoldsUpNoOther() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      webhooks.follow(List.of(at(silent.getLocalPort()), hook()));
      tell("e1");
      awaitCount("delivered", 1);
      awaitCount("given-up", 1);
    }
  }

  @Test
  void longAnswerIsNotRead() throws IOException {
    try (ServerSocket talkative = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      threads.execute(() -> {
        try (var socket = talkative.accept()) {
          int _ = socket.getInputStream().read();
          var out = socket.getOutputStream();
          out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
          for (int i = 0; i < 8192; i++) {
            out.write(new byte[8192]);
          }
          received.add(new Received("read to its end", "", ""));
        } catch (IOException _) {
          received.add(new Received("broken", "", ""));
        }
      });
      webhooks.follow(List.of(at(talkative.getLocalPort())));
      tell("e1");
      awaitCount("delivered", 1);
      await().atMost(PATIENCE).until(() -> !received.isEmpty());
      assertThat(received.getFirst().path()).isEqualTo("broken");
    }
  }

  @Test
  void receiverThatStartsAgainGetsWhatWaited() {
    int port = server.getAddress().getPort();
    server.stop(0);
    patient.follow(List.of(at(port)));
    tell("e1");
    await().atMost(PATIENCE).until(() -> count("retried") >= 1);
    server = server(port);
    awaitCount("delivered", 1);
  }

  @Test
  void whatWaitsWhenTheNodeStopsIsToldAfterTheNextStartInOrder() {
    script = _ -> 500;
    patient.follow(List.of(hook()));
    List<String> all = IntStream.range(0, 20).mapToObj(i -> "e" + i).toList();
    all.forEach(this::tell);
    await().atMost(PATIENCE).until(() -> count("retried") >= 2);
    patient.close();
    store.close();
    received.clear();
    script = _ -> 200;
    try (Store next = open();
        Webhooks later = new Webhooks(next.outbox(), Clock.systemUTC(), metrics, PATIENT)) {
      later.follow(List.of(hook()));
      awaitCount("delivered", 20);
    }
    assertThat(upstreams()).containsExactlyElementsOf(all);
    assertThat(count("dropped")).isZero();
  }

  @Test
  void oneOfTwoNodesTellsAndTheOtherGoesOnWhereItStopped() {
    try (Store second = open();
        Webhooks other = new Webhooks(second.outbox(), Clock.systemUTC(), metrics, PATIENT)) {
      patient.follow(List.of(hook()));
      tell("e1");
      awaitCount("delivered", 1);
      other.follow(List.of(hook()));
      tell("e2");
      awaitCount("delivered", 2);
      script = number -> number < 4 ? 500 : 200;
      tell("e3");
      await().atMost(PATIENCE).until(() -> count("retried") >= 1);
      patient.close();
      awaitCount("delivered", 3);
    }
    assertThat(upstreams()).startsWith("e1", "e2", "e3").endsWith("e3").hasSize(5);
  }

  @Test
  void aReceiverIsToldOfWhatItWantsAlone() {
    Webhook choosy =
        new Webhook(hook().url(), Secret.ofText(SECRET), Set.of(EventKind.CONSENT_NEEDED));
    webhooks.follow(List.of(choosy));
    store
        .outbox()
        .tell(new SiteEvent.UpstreamDown(Instant.now(), "mx1/1", "mailstore", "imap", "connect"));
    tell("e1");
    awaitCount("delivered", 1);
    webhooks.follow(List.of(hook()));
    store
        .outbox()
        .tell(new SiteEvent.UpstreamDown(Instant.now(), "mx1/1", "mailstore", "imap", "connect"));
    awaitCount("delivered", 2);
    assertThat(received)
        .extracting(got -> got.json().path("event").asString())
        .containsExactly("consent-needed", "upstream-down");
  }

  @Test
  void reloadKeepsWhatWaitsForWhoIsStillThere() {
    script = _ -> 500;
    Webhook kept = hook();
    patient.follow(List.of(kept));
    tell("e1");
    await().atMost(PATIENCE).until(() -> !received.isEmpty());
    patient.follow(List.of(hook(), at(server.getAddress().getPort())));
    script = _ -> 200;
    awaitCount("delivered", 1);
    patient.follow(List.of());
    tell("e2");
    patient.close();
    assertThat(upstreams()).doesNotContain("e2");
  }

  @Test
  void closingIsQuickWhileAnEventWaitsForAnotherTry() {
    script = _ -> 500;
    Webhooks resting =
        new Webhooks(
            store.outbox(),
            Clock.systemUTC(),
            metrics,
            new WebhookPace(
                9, Duration.ofHours(1), Duration.ofHours(1), Duration.ofSeconds(1), LOOK));
    resting.follow(List.of(hook()));
    tell("e1");
    awaitCount("retried", 1);
    long began = System.nanoTime();
    resting.close();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    assertThat(store.outbox().next(hook().key())).as("still waits").isPresent();
  }
}
