package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code postern export --follow} beside a running node, until it is told to end. */
@Tag("peers")
class ExportFollowTest {
  private static final int TERMINATED = 143;

  @Test
  void whatComesLaterIsToldOnceAndInOrder() throws Exception {
    try (PeerFolder folder = PeerFolder.make()) {
      PosternSite site =
          PosternSite.make(
              folder,
              PeerCertificates.make(folder.path()),
              UPSTREAMS,
              "  database: \"sqlite:postern.db\"");
      try (PosternServer server = site.serve();
          PosternApi api = PosternApi.of(site)) {
        api.addUser(server, "before@example.test");
        JsonNode last;
        try (PeerProcess export =
            PeerProcess.start(
                "export",
                folder.path().resolve("export.log"),
                site.command("export", "changes", "--follow"))) {
          awaitUsers(export, List.of("before@example.test"));
          for (int i = 0; i < 5; i++) {
            api.addUser(server, name(i));
          }
          awaitUsers(export, names(5));
          api.addUser(server, name(5));
          awaitUsers(export, names(6));

          assertThat(export.end()).isEqualTo(TERMINATED);
          List<JsonNode> lines = lines(export.printed());
          assertThat(lines)
              .extracting(line -> line.path("number").asLong())
              .isSorted()
              .doesNotHaveDuplicates();
          assertThat(lines).extracting(line -> line.path("id")).doesNotHaveDuplicates();
          assertThat(export.printed().lines()).as("nothing but lines").hasSameSizeAs(lines);
          last = lines.getLast();
        }
        api.addUser(server, "after@example.test");
        JsonNode next = site.run("export", "changes", "--after", last.path("number").toString());
        assertThat(next.path("subjectName").asString()).isEqualTo("after@example.test");
      }
    }
  }

  private static String name(int i) {
    return "u" + i + "@example.test";
  }

  /** All that were added so far. */
  private static List<String> names(int later) {
    return IntStream.range(-1, later)
        .mapToObj(i -> i < 0 ? "before@example.test" : name(i))
        .toList();
  }

  private static void awaitUsers(PeerProcess export, List<String> users) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .failFast(export::mustBeAlive)
        .untilAsserted(() -> assertThat(added(export.printed())).isEqualTo(users));
  }

  private static List<String> added(String printed) {
    return lines(printed).stream()
        .filter(line -> line.path("action").asString().equals("user.add"))
        .map(line -> line.path("subjectName").asString())
        .toList();
  }

  /** Without one that is still being written. */
  private static List<JsonNode> lines(String printed) {
    return printed
        .substring(0, printed.lastIndexOf('\n') + 1)
        .lines()
        .filter(line -> line.startsWith("{"))
        .map(JsonMapper.shared()::readTree)
        .toList();
  }

  private static final String UPSTREAMS =
      """
      upstreams:
        nowhere:
          imap: "imap://127.0.0.1:1"
          submission: "submission://127.0.0.1:1"
          pop3: "pop3://127.0.0.1:1"
          login: { method: stored-password }
      routes:
        - { match: "*", upstream: nowhere }
      """;
}
