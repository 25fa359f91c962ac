package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.node.Node;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.TokenAnswer;
import dev.postern.store.oauth.TokenSource.Freshness;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whom a node tells that a user must consent again. */
final class NodeWebhooksTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path folder;
  private final ScriptedProvider provider = new ScriptedProvider();
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final HttpServer receiver;

  NodeWebhooksTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.receiver =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          try (exchange) {
            received.add(
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(204, -1);
          }
        });
    receiver.start();
  }

  @BeforeEach
  void makeSite() throws IOException {
    CommandRun.good(folder, "init", "--upstream", "generic");
    Path secret = Files.writeString(folder.resolve("secrets/webhook"), "a-secret-of-both-of-us\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
                .replaceFirst("(?ms)^upstreams:.*?(?=^store:)", "")
                .replaceFirst(
                    "(?ms)^listeners:.*?(?=^tls:)",
                    "listeners:\n  - { protocol: imap, bind: \"127.0.0.1:0\", tls: implicit }\n")
                .replace("127.0.0.1:8080", "127.0.0.1:0")
            + """

            upstreams:
              cloud:
                imap: "imap://127.0.0.1:1"
                login: { method: oauth2, flow: device-code, client-id: postern, scopes: [ mail ],
                    token-endpoint: "%s", device-endpoint: "%s" }
            webhooks:
              - { url: "http://127.0.0.1:%d/hook", secret: "${file:secrets/webhook}",
                  events: [ consent-needed ] }
            """
                .formatted(
                    provider.tokenEndpoint(),
                    provider.at("/device"),
                    receiver.getAddress().getPort()));
    CommandRun.good(folder, "user", "add", "alice@example.com");
    provider.script(form ->
        "/device".equals(form.get("path"))
            ? Answer.json(
                200,
                """
                {"device_code":"d","user_code":"ABCD","verification_uri":"https://id.example/code",
                 "expires_in":600,"interval":1}
                """)
            : Answer.tokens("at", "rt"));
    CommandRun.good(folder, "oauth", "connect", "alice@example.com", "--unnamed-mailbox");
  }

  @AfterEach
  void stop() {
    receiver.stop(0);
    provider.close();
  }

  @Test
  void aConsentThatEndsIsToldOnce() throws Exception {
    provider.script(_ -> Answer.error("invalid_grant", "AADSTS50173: revoked"));
    Configuration configuration =
        new ConfigLoader(Map.of()).loadToServe(folder.resolve("postern.yaml"));
    try (Node node = Node.start(configuration, Clock.systemUTC())) {
      OAuthClient client = configuration.gateway().oauthClients().getFirst();
      String userId = node.store().users().find("alice@example.com").orElseThrow().id();
      for (int i = 0; i < 3; i++) {
        TokenAnswer answer =
            node.store()
                .tokens()
                .token(client, client.account(userId, "alice@example.com"), Freshness.USUAL)
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        assertThat(answer).isInstanceOf(TokenAnswer.Denied.class);
      }
      await().atMost(PATIENCE).until(() -> !received.isEmpty());
    }
    assertThat(received).hasSize(1);
    JsonNode event = JsonMapper.shared().readTree(received.getFirst());
    assertThat(event.path("event").asString()).isEqualTo("consent-needed");
    assertThat(event.path("user").asString()).isEqualTo("alice@example.com");
    assertThat(event.path("upstream").asString()).isEqualTo("cloud");
    assertThat(event.path("reason").asString()).isEqualTo("invalid_grant AADSTS50173");
    assertThat(event.path("id").asString()).isNotEmpty();
  }
}
