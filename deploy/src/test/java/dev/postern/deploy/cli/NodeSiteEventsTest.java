package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.node.Node;
import dev.postern.deploy.starter.DevelopmentCertificate;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a receiver gets of what happens on a site that runs. */
@Timeout(180)
final class NodeSiteEventsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(45);
  private static final String ALICE = "alice@example.com";
  private static final String GREETING = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready";

  private final Path folder;
  private final List<JsonNode> received = new CopyOnWriteArrayList<>();
  private final HttpServer receiver;
  private LineServer upstream = new LineServer(GREETING, NodeSiteEventsTest::refuse);

  NodeSiteEventsTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.receiver =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          try (exchange) {
            received.add(
                JsonMapper.shared()
                    .readTree(
                        new String(
                            exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            exchange.sendResponseHeaders(204, -1);
          }
        });
    receiver.start();
  }

  private static String refuse(String line) {
    return line.split(" ", 2)[0] + " NO not here";
  }

  @BeforeEach
  void makeSite() throws IOException {
    CommandRun.good(folder, "init", "--upstream", "generic");
    Path secret = Files.writeString(folder.resolve("secrets/webhook"), "a-secret-of-both-of-us\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    edit(yaml ->
        yaml.replaceFirst("(?ms)^upstreams:.*?(?=^store:)", "")
                .replaceFirst(
                    "(?ms)^listeners:.*?(?=^tls:)",
                    "listeners:\n  - { protocol: imap, bind: \"127.0.0.1:0\", tls: implicit }\n")
                .replace("127.0.0.1:8080", "127.0.0.1:0")
            + """

            upstreams:
              mailstore:
                imap: "imap://127.0.0.1:%d"
                login: { method: stored-password }
            webhooks:
              - { url: "http://127.0.0.1:%d/hook", secret: "${file:secrets/webhook}" }
            """
                .formatted(upstream.port(), receiver.getAddress().getPort()));
    CommandRun.good(folder, "user", "add", ALICE);
  }

  private void edit(UnaryOperator<String> change) throws IOException {
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(configuration, change.apply(Files.readString(configuration)));
  }

  @AfterEach
  void stop() {
    receiver.stop(0);
    upstream.close();
  }

  private Node start() throws Exception {
    Configuration configuration =
        new ConfigLoader(Map.of()).loadToServe(folder.resolve("postern.yaml"));
    return Node.start(configuration, Clock.systemUTC());
  }

  private JsonNode awaited(String event) {
    await().atMost(PATIENCE).until(() -> !all(event).isEmpty());
    return all(event).getFirst();
  }

  private List<JsonNode> all(String event) {
    return received.stream().filter(got -> got.path("event").asString().equals(event)).toList();
  }

  private void logIn(Node node, String password) throws Exception {
    int port = node.gateway().listeners().getFirst().address().getPort();
    try (TlsClient imap = TlsClient.connect(port, folder.resolve("tls/ca.pem"))) {
      String _ = imap.readUntil("* OK");
      imap.send("a ID (\"name\" \"Thunderbird\")");
      String _ = imap.readUntil("a ");
      imap.send("b LOGIN " + ALICE + " " + password);
      String _ = imap.readUntil("b ");
    }
  }

  @Test
  void theLifeOfAnAppPasswordIsTold() throws Exception {
    try (Node node = start()) {
      JsonNode made =
          CommandRun.good(folder, "--json", "app-password", "create", ALICE, "--label", "phone")
              .json();
      String id = made.path("id").asString();
      String secret = made.path("password").asString();
      JsonNode created = awaited("app-password-created");
      assertThat(created.path("appPassword").asString()).isEqualTo(id);
      assertThat(created.path("channel").asString()).isEqualTo("cli");
      logIn(node, secret);
      for (String event : List.of("app-password-used-first", "app-password-new-network")) {
        JsonNode used = awaited(event);
        assertThat(used.path("appPassword").asString()).isEqualTo(id);
        assertThat(used.path("user").asString()).isEqualTo(ALICE);
        assertThat(used.path("label").asString()).isEqualTo("phone");
        assertThat(used.path("from").asString()).isEqualTo("127.0.0.1");
        assertThat(used.path("protocol").asString()).isEqualTo("imap");
        assertThat(used.path("client").asString()).contains("Thunderbird");
      }
      CommandRun.good(folder, "app-password", "revoke", id, "--reason", "lost");
      JsonNode revoked = awaited("app-password-revoked");
      assertThat(revoked.path("reason").asString()).isEqualTo("lost");
      assertThat(revoked.path("by").asString()).isEqualTo(System.getProperty("user.name"));
      await()
          .atMost(PATIENCE)
          .until(() -> {
            logIn(node, secret);
            return !all("app-password-refused-after-revocation").isEmpty();
          });
      assertThat(received.toString()).doesNotContain(secret);
    }
    assertThat(received).extracting(event -> event.path("id").asString()).doesNotHaveDuplicates();
    assertThat(received).hasSize(5);
  }

  @Test
  void guessesOfOneUserAreToldOnce() throws Exception {
    try (Node node = start()) {
      for (String name : List.of(ALICE, "nobody@example.com")) {
        for (int i = 0; i < 120; i++) {
          var _ =
              node.store()
                  .verifier()
                  .verify(
                      new Attempt(
                          name,
                          Secret.ofText("%016d".formatted(i)),
                          Scope.IMAP,
                          Protection.TLS_1_3,
                          "plain",
                          InetAddress.ofLiteral("203.0." + i + ".1"),
                          "guesser"))
                  .toCompletableFuture()
                  .join();
        }
      }
      JsonNode told = awaited("user-throttled");
      assertThat(told.path("user").asString()).isEqualTo(ALICE);
      assertThat(told.path("from").asString()).startsWith("203.0.");
    }
    assertThat(received).hasSize(1);
  }

  @Test
  void anUpstreamThatIsGoneAndComesBackIsTold() throws Exception {
    edit(yaml ->
        yaml.replace("/webhook}\" }", "/webhook}\", events: [upstream-down, upstream-up] }"));
    int port = upstream.port();
    upstream.close();
    try (Node _ = start()) {
      JsonNode down = awaited("upstream-down");
      assertThat(down.path("upstream").asString()).isEqualTo("mailstore");
      assertThat(down.path("protocol").asString()).isEqualTo("imap");
      assertThat(down.path("node").asString()).contains("/" + ProcessHandle.current().pid());
      assertThat(down.path("cause").asString()).startsWith("connect");
      upstream = LineServer.at(port, GREETING, NodeSiteEventsTest::refuse);
      JsonNode up = awaited("upstream-up");
      assertThat(up.path("downSeconds").asInt()).isGreaterThanOrEqualTo(10);
    }
    assertThat(received).hasSize(2);
  }

  @Test
  void aCertificateThatEndsSoonIsToldOnceByTwoStarts() throws Exception {
    DevelopmentCertificate certificate =
        DevelopmentCertificate.make(
            "mail.example.com", Instant.now(), Duration.ofDays(5), new SecureRandom());
    Files.writeString(folder.resolve("tls/fullchain.pem"), certificate.chain());
    Files.writeString(folder.resolve("tls/privkey.pem"), certificate.privateKey());
    try (Node _ = start()) {
      JsonNode told = awaited("certificate-expiring");
      assertThat(told.path("days").asInt()).isEqualTo(7);
      assertThat(told.path("names").toString()).contains("mail.example.com");
    }
    try (Node _ = start()) {
      CommandRun.good(folder, "app-password", "create", ALICE, "--label", "phone");
      var _ = awaited("app-password-created");
    }
    assertThat(all("certificate-expiring")).hasSize(1);
  }

  @Test
  void whatHappensWhileNoNodeRunsIsToldLater() throws Exception {
    start().close();
    CommandRun.good(folder, "app-password", "create", ALICE, "--label", "phone");
    assertThat(received).isEmpty();
    try (Node _ = start()) {
      assertThat(awaited("app-password-created").path("label").asString()).isEqualTo("phone");
    }
  }

  @Test
  void testSaysWhatCameBack() throws IOException {
    CommandRun taken = CommandRun.good(folder, "--json", "webhooks", "test");
    assertThat(taken.json().path("isTaken").asBoolean()).isTrue();
    assertThat(awaited("test").path("id").asString()).isNotEmpty();
    receiver.stop(0);
    CommandRun refused = CommandRun.of(folder, "webhooks", "test");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.out()).contains("webhooks[0]", "127.0.0.1", "the exchange failed");
    edit(yaml -> yaml.replaceFirst("(?s)webhooks:.*", ""));
    CommandRun none = CommandRun.of(folder, "webhooks", "test");
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("no webhooks");
  }
}
