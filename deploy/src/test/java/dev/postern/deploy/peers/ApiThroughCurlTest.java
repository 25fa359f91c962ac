package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.deploy.peers.PosternSite.Account;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The document's own samples, as an operator pastes them, make an app password that logs in, and
 * end it.
 */
@Tag("peers")
class ApiThroughCurlTest {
  private static final String ALICE = "alice@example.test";
  private static final JsonMapper JSON = JsonMapper.shared();

  @Test
  void whatTheDocumentSaysWorksWhenItIsPasted() throws Exception {
    try (MailHouse house = MailHouse.open(List.of(ALICE));
        PosternServer postern = house.site().serve()) {
      Samples samples =
          new Samples(
              postern.admin(),
              house
                  .site()
                  .run("token", "create", "operator", "--role", "operator")
                  .path("token")
                  .stringValue());

      assertThat(samples.run("addUser", Map.of()).path("user").stringValue()).isEqualTo(ALICE);
      JsonNode made = samples.run("createAppPassword", Map.of());
      String id = made.path("id").stringValue();
      Account account = new Account(ALICE, made.path("password").stringValue(), id);
      Map<String, String> real = Map.of("ap_0123456789abcdef", id);
      try (ImapLogin live = ImapLogin.attempt(house.certificates(), postern.imaps(), account)) {
        assertThat(live.reply()).startsWith("a OK");
        await().until(() -> samples.run("listSessions", real).path("items").size() == 1);
        assertThat(samples.run("getAppPassword", real).path("state").stringValue())
            .isEqualTo("active");

        assertThat(samples.run("revokeAppPassword", real).path("state").stringValue())
            .isEqualTo("revoked");

        live.awaitEnd();
      }
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> {
            try (ImapLogin again =
                ImapLogin.attempt(house.certificates(), postern.imaps(), account)) {
              return !again.isAccepted();
            }
          });
      assertThat(
              samples.run("listChanges", real).path("items").path(0).path("action").stringValue())
          .isEqualTo("app-password.revoke");
    }
  }

  /** Those of {@code /openapi.json} for curl, by the names of their operations. */
  private static final class Samples {
    private final int port;
    private final String token;
    private final JsonNode document;

    Samples(int port, String token) {
      this.port = port;
      this.token = token;
      this.document =
          JSON.readTree(
              Program.run("curl", "-sS", "http://127.0.0.1:" + port + "/openapi.json")
                  .succeeded()
                  .out());
    }

    JsonNode run(String operation, Map<String, String> real) {
      String command =
          source(operation)
              .replace("127.0.0.1:8080", "127.0.0.1:" + port)
              .replace("alice@example.com", ALICE)
              .replace("alice%40example.com", ALICE.replace("@", "%40"));
      for (Map.Entry<String, String> name : real.entrySet()) {
        command = command.replace(name.getKey(), name.getValue());
      }
      return JSON.readTree(
          Program.run(
                  List.of(
                      "bash", "-c", "uuidgen() { cat /proc/sys/kernel/random/uuid; }\n" + command),
                  "",
                  Duration.ofMinutes(1),
                  Map.of("TOKEN", token))
              .succeeded()
              .out());
    }

    private String source(String operation) {
      return document
          .path("paths")
          .valueStream()
          .flatMap(JsonNode::valueStream)
          .filter(described -> described.path("operationId").asString("").equals(operation))
          .findFirst()
          .orElseThrow()
          .path("x-codeSamples")
          .path(0)
          .path("source")
          .stringValue();
    }
  }
}
