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

/** The helpdesk has a user try again, and reads in the log what was said. */
@Tag("peers")
class TraceThroughCurlTest {
  private static final String ALICE = "alice@example.test";
  private static final String BOB = "bob@example.test";
  private static final String WRONG = "kzvq-xwjh-93tm-hv7q";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Test
  void showsWhatCurlAndTheMailServerSaidToOneAnother() {
    try (MailHouse house = MailHouse.open(List.of(ALICE, BOB));
        PosternServer postern = house.site().serve()) {
      Account alice = house.site().account(ALICE);
      Account bob = house.site().account(BOB);
      assertThat(imaps(house, postern, alice)).isZero();
      assertThat(shown(postern)).as("nobody is traced").isEmpty();

      JsonNode trace = start(house, postern);
      assertThat(trace.path("user").asString()).isEqualTo(ALICE);
      await()
          .atMost(PATIENCE)
          .until(() -> {
            assertThat(imaps(house, postern, new Account(ALICE, WRONG, ""))).isEqualTo(67);
            return !shown(postern).isEmpty();
          });
      assertThat(shown(postern))
          .anyMatch(line -> line.contains("way=C: line=\"<tag> AUTHENTICATE PLAIN"))
          .anyMatch(line -> line.contains("way=S: line=\"<login refused: wrong-secret>\""))
          .anyMatch(line -> line.contains("way=S: line=\"<tag> NO [AUTHENTICATIONFAILED] "))
          .allMatch(line -> line.contains(" user=" + ALICE + " "));

      assertThat(imaps(house, postern, bob)).isZero();
      assertThat(imaps(house, postern, alice)).isZero();
      await()
          .atMost(PATIENCE)
          .until(() -> shown(postern).getLast().contains("<hands over; the trace ends here>"));
      assertThat(shown(postern))
          .anyMatch(line -> line.contains("way=U> line=\"P1 AUTHENTICATE PLAIN <response>\""))
          .anyMatch(line -> line.contains("way=U< line=\"P1 OK"))
          .allMatch(line -> line.contains(" user=" + ALICE + " "));

      assertThat(house.site().run("trace", "stop", ALICE).path("stopped").booleanValue()).isTrue();
      int before = shown(postern).size();
      await()
          .atMost(PATIENCE)
          .until(() -> {
            int known = shown(postern).size();
            assertThat(imaps(house, postern, alice)).isZero();
            return shown(postern).size() == known;
          });
      assertThat(shown(postern)).hasSizeGreaterThanOrEqualTo(before);
      for (String secret : List.of(alice.password(), bob.password(), WRONG)) {
        assertThat(postern.process().printed()).doesNotContain(secret);
      }
    }
  }

  private static JsonNode start(MailHouse house, PosternServer postern) {
    String token =
        house
            .site()
            .run("token", "create", "desk", "--role", "helpdesk")
            .path("token")
            .stringValue();
    return JsonMapper.shared()
        .readTree(
            Program.run(
                    List.of(
                        "bash",
                        "-c",
                        "curl -sS --fail-with-body -H \"Authorization: Bearer $TOKEN\""
                            + " -H 'Content-Type: application/json'"
                            + " --data-binary '{\"user\": \"alice@example.test\", \"minutes\": 5}'"
                            + " http://127.0.0.1:"
                            + postern.admin()
                            + "/api/v1/traces"),
                    "",
                    Duration.ofMinutes(1),
                    Map.of("TOKEN", token))
                .succeeded()
                .out());
  }

  private static int imaps(MailHouse house, PosternServer postern, Account account) {
    return CurlAs.run(
            house.folder(),
            house.certificates(),
            account,
            "imaps://localhost:" + postern.imaps() + "/")
        .exit();
  }

  private static List<String> shown(PosternServer postern) {
    return postern.process().printed().lines().filter(l -> l.contains("login traced")).toList();
  }
}
