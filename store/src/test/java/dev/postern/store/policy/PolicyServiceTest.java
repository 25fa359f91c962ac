package dev.postern.store.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.LoginPolicy.Ruling;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.policy.PolicyAnswers.Kind;
import dev.postern.store.policy.PolicyHook.OnFailure;
import dev.postern.store.testing.LogLines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A policy service that answers, is slow, is down, and lies. */
class PolicyServiceTest {
  private static final Duration PATIENT = Duration.ofSeconds(10);
  private static final int MOST = PolicyExchange.LIMITS.places();
  private static final int MOST_OF_A_USER = PolicyExchange.LIMITS.placesOfUser();

  private final AtomicLong ticks = new AtomicLong();
  private final PolicyService service = new PolicyService(ticks::get);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch end = new CountDownLatch(1);
  private final HttpServer server;

  PolicyServiceTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void close() {
    end.countDown();
    service.close();
    server.stop(0);
    threads.shutdownNow();
  }

  // ---- what is asked

  @Test
  void saysWhoComesFromWhereAndHow() {
    AtomicInteger asked = new AtomicInteger();
    List<String> heads = new ArrayList<>();
    List<JsonNode> bodies = new ArrayList<>();
    serve(exchange -> {
      asked.incrementAndGet();
      heads.add(exchange.getRequestMethod());
      heads.addAll(exchange.getRequestHeaders().get("Authorization"));
      heads.addAll(exchange.getRequestHeaders().get("Content-Type"));
      bodies.add(JsonMapper.builder().build().readTree(exchange.getRequestBody().readAllBytes()));
      answer(exchange, 200, "{\"action\":\"allow\"}");
    });
    follow(OnFailure.REFUSE, PATIENT);

    assertThat(ask()).isEqualTo(Ruling.ADMIT);

    assertThat(asked).hasValue(1);
    assertThat(heads).containsExactly("POST", "Bearer a-token", "application/json");
    assertThat(bodies.getFirst())
        .hasToString(
            "{\"user\":\"alice@example.com\",\"credential\":\"ap_1\",\"protocol\":\"imap\","
                + "\"mechanism\":\"plain\",\"address\":\"192.0.2.7\",\"tls\":\"TLSv1.3\","
                + "\"client\":\"phone\"}");
  }

  @Test
  void withoutAServiceEverybodyIsAdmittedAtOnce() {
    assertThat(service.ask(attempt(), grant()).toCompletableFuture()).isCompleted();
    assertThat(ask()).isEqualTo(Ruling.ADMIT);
    assertThat(service.answers().count(Kind.ALLOW)).isZero();
  }

  // ---- what it answers

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"action\":\"allow\"}; ADMIT; ALLOW",
        "{\"action\":\"allow\",\"because\":[1,2]}; ADMIT; ALLOW",
        "{\"action\":\"refuse\"}; REFUSE; REFUSE",
        "{\"action\":\"delay\",\"milliseconds\":0}; ADMIT; DELAY",
        "{\"action\":\"delay\",\"milliseconds\":20}; ADMIT; DELAY"
      })
  void doesWhatItSays(String body, Ruling ruling, Kind kind) {
    serve(exchange -> answer(exchange, 200, body));
    follow(OnFailure.REFUSE, PATIENT);
    assertThat(ask()).isEqualTo(ruling);
    assertThat(service.answers().count(kind)).isEqualTo(1);
    assertThat(service.answers().count(Kind.FAILURE)).isZero();
  }

  @Test
  void aDelayIsWaitedFor() {
    serve(exchange -> answer(exchange, 200, "{\"action\":\"delay\",\"milliseconds\":10000}"));
    follow(OnFailure.REFUSE, PATIENT);
    CompletableFuture<Ruling> ruling = service.ask(attempt(), grant()).toCompletableFuture();
    await().until(() -> service.answers().count(Kind.DELAY) == 1);
    assertThat(ruling).isNotDone();
  }

  // ---- what is no answer

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "allow",
        "\"allow\"",
        "[{\"action\":\"allow\"}]",
        "{\"action\":\"ALLOW\"}",
        "{\"action\":[\"allow\"]}",
        "{\"action\":true}",
        "{\"action\":\"permit\"}",
        "{\"allow\":true}",
        "{\"action\":\"allow\"",
        "{\"action\":\"allow\"} {\"action\":\"refuse\"}",
        "{\"action\":\"refuse\",\"action\":\"allow\"}",
        "{\"action\":\"delay\"}",
        "{\"action\":\"delay\",\"milliseconds\":-1}",
        "{\"action\":\"delay\",\"milliseconds\":10001}",
        "{\"action\":\"delay\",\"milliseconds\":4294967296}",
        "{\"action\":\"delay\",\"milliseconds\":1.5}",
        "{\"action\":\"delay\",\"milliseconds\":\"5\"}",
        "<html>"
      })
  void nonsenseIsAFailure(String body) {
    serve(exchange -> answer(exchange, 200, body));
    assertFails();
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 204, 301, 302, 307, 400, 401, 403, 404, 500, 503})
  void anotherStatusIsAFailure(int status) {
    serve(exchange -> {
      exchange.getResponseHeaders().add("Location", "/elsewhere");
      answer(exchange, status, status == 204 ? "" : "{\"action\":\"allow\"}");
    });
    server.createContext("/elsewhere", exchange -> answer(exchange, 200, "{\"action\":\"allow\"}"));
    assertFails();
  }

  @Test
  void aLongAnswerIsAFailureAlsoIfItWouldMakeSense() {
    String body = "{\"action\":\"allow\"" + " ".repeat(PolicyExchange.LONGEST_ANSWER) + "}";
    serve(exchange -> answer(exchange, 200, body));
    assertFails();
  }

  @Test
  void noAnswerInTimeIsAFailure() {
    serve(_ -> awaitEnd());
    assertFails(Duration.ofMillis(100));
  }

  @Test
  void norDoesABodyThatNeverEndsTakeLonger() {
    serve(exchange -> {
      exchange.sendResponseHeaders(200, 0);
      exchange.getResponseBody().write("{\"action\":".getBytes(StandardCharsets.UTF_8));
      exchange.getResponseBody().flush();
      awaitEnd();
    });
    assertFails(Duration.ofMillis(100));
  }

  @Test
  void aServiceThatIsDownIsAFailure() {
    server.stop(0);
    assertFails();
  }

  // ---- many at once

  @Test
  void moreThanSixtyFourAtOnceAreNeverAllowedAndThereIsRoomAfterwards() {
    AtomicInteger asked = new AtomicInteger();
    serve(exchange -> {
      asked.incrementAndGet();
      awaitEnd();
      answer(exchange, 200, "{\"action\":\"allow\"}");
    });
    follow(OnFailure.ALLOW, PATIENT);
    List<CompletableFuture<Ruling>> rulings = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      rulings.add(service.ask(attempt(), grant("user " + i)).toCompletableFuture());
    }
    CompletableFuture<Ruling> oneMore = service.ask(attempt(), grant()).toCompletableFuture();
    await().until(() -> asked.get() == MOST);
    assertThat(oneMore).isNotDone();
    follow(OnFailure.REFUSE, PATIENT);
    assertThat(oneMore.join()).isEqualTo(Ruling.UNKNOWN);
    end.countDown();
    assertThat(rulings).allMatch(ruling -> ruling.join() == Ruling.ADMIT);
    assertThat(ask()).isEqualTo(Ruling.ADMIT);
    assertThat(asked).hasValue(MOST + 1);
  }

  @Test
  void oneUserCannotKeepTheOthersOutAndTheNinthIsAskedWhenThereIsAPlace() {
    AtomicInteger asked = new AtomicInteger();
    serve(exchange -> {
      if (asked.incrementAndGet() > MOST_OF_A_USER) {
        answer(exchange, 200, "{\"action\":\"allow\"}");
      } else {
        awaitEnd();
        answer(exchange, 200, "{\"action\":\"refuse\"}");
      }
    });
    follow(OnFailure.ALLOW, PATIENT);
    List<CompletableFuture<Ruling>> rulings = new ArrayList<>();
    for (int i = 0; i < MOST_OF_A_USER; i++) {
      rulings.add(service.ask(attempt("phone " + i), grant()).toCompletableFuture());
    }
    await().until(() -> asked.get() == MOST_OF_A_USER);
    CompletableFuture<Ruling> ninth =
        service.ask(attempt("phone 9"), grant()).toCompletableFuture();
    assertThat(service.ask(attempt(), grant("another")).toCompletableFuture().join())
        .isEqualTo(Ruling.ADMIT);
    assertThat(ninth).isNotDone();
    end.countDown();
    assertThat(rulings).allMatch(ruling -> ruling.join() == Ruling.REFUSE);
    assertThat(ninth.join()).isEqualTo(Ruling.ADMIT);
  }

  /** Nor is any of them told anything else: a wrong secret would not be, either. */
  @Test
  void loginsThatSayTheSameAtOnceShareAQuestion() {
    AtomicInteger asked = new AtomicInteger();
    serve(exchange -> {
      asked.incrementAndGet();
      awaitEnd();
      answer(exchange, 200, "{\"action\":\"refuse\"}");
    });
    follow(OnFailure.ALLOW, PATIENT);
    List<CompletableFuture<Ruling>> rulings = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      rulings.add(service.ask(attempt(), grant()).toCompletableFuture());
    }
    end.countDown();
    assertThat(rulings).allMatch(ruling -> ruling.join() == Ruling.REFUSE);
    assertThat(asked).hasValue(1);
    assertThat(service.answers().count(Kind.REFUSE)).as("of logins").isEqualTo(MOST);
  }

  @Test
  void whoWaitsWhenAnotherServiceIsFollowedIsNeverAllowed() {
    AtomicInteger asked = new AtomicInteger();
    serve(_ -> {
      asked.incrementAndGet();
      awaitEnd();
    });
    follow(OnFailure.ALLOW, PATIENT);
    for (int i = 0; i < MOST_OF_A_USER; i++) {
      CompletionStage<Ruling> _ = service.ask(attempt("phone " + i), grant());
    }
    await().until(() -> asked.get() == MOST_OF_A_USER);
    CompletionStage<Ruling> ninth = service.ask(attempt("phone 9"), grant());
    try (LogLines log = new LogLines()) {
      service.follow(Optional.empty());
      assertThat(ninth.toCompletableFuture().join()).isEqualTo(Ruling.UNKNOWN);
      assertThat(log.lines())
          .as("at once, not in the end")
          .singleElement()
          .asString()
          .contains("another service is asked by now, or none");
    }
  }

  @Test
  void whatIsNotAnsweredInTimeIsHungUpOn() throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      URI url = URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/policy");
      service.follow(Optional.of(hook(url, OnFailure.ALLOW, Duration.ofSeconds(2))));
      CompletionStage<Ruling> ruling = service.ask(attempt(), grant());
      try (Socket call = listening.accept()) {
        call.setSoTimeout((int) PATIENT.toMillis());
        assertThat(call.getInputStream().readAllBytes()).isNotEmpty();
      }
      assertThat(ruling.toCompletableFuture().join()).isEqualTo(Ruling.ADMIT);
    }
  }

  @Test
  void failuresAreInTheLogOnceASecond() {
    serve(exchange -> answer(exchange, 500, "no\r\nreason"));
    follow(OnFailure.ALLOW, PATIENT);
    try (LogLines log = new LogLines()) {
      Ruling _ = ask();
      Ruling _ = ask();
      ticks.addAndGet(Duration.ofSeconds(1).toNanos());
      Ruling _ = ask();
      assertThat(log.lines())
          .hasSize(2)
          .allMatch(line -> line.contains("status 500") && line.contains("go on without it"));
    }
  }

  // ---- where it may be

  @Test
  void isAskedOverTlsOrOnThisMachine() {
    assertThat(PolicyHook.isFit(URI.create("https://policy.example.com/postern"))).isTrue();
    assertThat(PolicyHook.isFit(URI.create("http://127.0.0.1:8000/"))).isTrue();
    assertThat(PolicyHook.isFit(URI.create("http://[::1]:8000/"))).isTrue();
    assertThat(PolicyHook.isFit(URI.create("http://localhost/"))).isTrue();
    for (String bad :
        List.of(
            "http://policy.example.com/",
            "http://127.0.0.1.example.com/",
            "http://192.0.2.1/",
            "ftp://localhost/",
            "https://user:word@policy.example.com/",
            "/relative",
            "https:opaque")) {
      assertThat(PolicyHook.isFit(URI.create(bad))).as(bad).isFalse();
    }
    assertThatThrownBy(() -> hook(URI.create("http://192.0.2.1/"), OnFailure.ALLOW, PATIENT))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void assertFails() {
    assertFails(PATIENT);
  }

  /** Closed or open, as configured. */
  private void assertFails(Duration timeout) {
    follow(OnFailure.REFUSE, timeout);
    assertThat(ask()).isEqualTo(Ruling.UNKNOWN);
    follow(OnFailure.ALLOW, timeout);
    assertThat(ask()).isEqualTo(Ruling.ADMIT);
    assertThat(service.answers().count(Kind.FAILURE)).isEqualTo(2);
    assertThat(service.answers().count(Kind.ALLOW)).isZero();
  }

  @Test
  void theSameServiceAgainIsAskedOverTheSameConnection() {
    List<Integer> ports = new CopyOnWriteArrayList<>();
    serve(exchange -> {
      ports.add(exchange.getRemoteAddress().getPort());
      answer(exchange, 200, "{\"action\":\"allow\"}");
    });
    for (int i = 0; i < 2; i++) {
      follow(OnFailure.REFUSE, PATIENT);
      assertThat(ask()).isEqualTo(Ruling.ADMIT);
    }
    follow(OnFailure.ALLOW, PATIENT);
    assertThat(ask()).isEqualTo(Ruling.ADMIT);
    assertThat(ports.get(0)).isEqualTo(ports.get(1)).isNotEqualTo(ports.get(2));
  }

  @Test
  void aTokenThatNoHeaderCanHoldIsNotTakenNorRepeated() {
    for (String token : List.of("zwei Zeilen\nx", "schlüssel", "", "a b")) {
      assertThatThrownBy(() ->
              new PolicyHook(
                  URI.create("https://policy.example.com/"),
                  Duration.ofSeconds(1),
                  OnFailure.ALLOW,
                  Optional.of(Secret.ofText(token))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the token for the policy service is no header's value");
    }
  }

  private Ruling ask() {
    return service.ask(attempt(), grant()).toCompletableFuture().join();
  }

  private void follow(OnFailure onFailure, Duration timeout) {
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/policy");
    service.follow(Optional.of(hook(url, onFailure, timeout)));
  }

  private static PolicyHook hook(URI url, OnFailure onFailure, Duration timeout) {
    return new PolicyHook(url, timeout, onFailure, Optional.of(Secret.ofText("a-token\n")));
  }

  private void serve(HttpHandler handler) {
    server.createContext("/policy", handler);
  }

  private void awaitEnd() {
    try {
      end.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static Attempt attempt() {
    return attempt("phone");
  }

  private static Attempt attempt(String client) {
    return new Attempt(
        "alice@example.com",
        Secret.ofText("0123456789abcdef"),
        Scope.IMAP,
        Protection.TLS_1_3,
        "plain",
        InetAddress.ofLiteral("192.0.2.7"),
        client);
  }

  private static Grant grant() {
    return grant("00112233445566778899aabbccddeeff");
  }

  private static Grant grant(String userId) {
    return new Grant(
        userId,
        "alice@example.com",
        "ap_1",
        Optional.empty(),
        "alice@example.com",
        Map.of(),
        Optional.empty());
  }
}
