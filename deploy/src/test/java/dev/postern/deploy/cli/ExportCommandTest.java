package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.deploy.config.ConfigLoader;
import dev.postern.store.Store;
import dev.postern.store.auth.Scope;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.Mailbox;
import dev.postern.store.session.SessionStart;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code postern export}, and what {@code user export} and {@code erase} do with sessions. */
final class ExportCommandTest {
  private static final String ALICE = "alice@example.com";

  private final Path folder;

  ExportCommandTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
    CommandRun.good(folder, "user", "add", ALICE);
    CommandRun.good(folder, "user", "add", "bob@example.com");
  }

  private List<JsonNode> exported(String... arguments) {
    return CommandRun.good(
            folder, Stream.concat(Stream.of("export"), Stream.of(arguments)).toArray(String[]::new))
        .jsonLines();
  }

  private static List<Long> numbers(List<JsonNode> lines) {
    return lines.stream().map(line -> line.path("number").asLong()).toList();
  }

  @Test
  void goesOnBehindANumber() {
    assertThat(numbers(exported("changes", "--limit", "1"))).containsExactly(1L);
    List<JsonNode> rest = exported("changes", "--after", "1");
    assertThat(numbers(rest)).startsWith(2L).doesNotContain(1L);
    assertThat(rest.getLast().path("subjectName").asString()).isEqualTo("bob@example.com");
    assertThat(exported("changes", "--after", rest.getLast().path("number").toString())).isEmpty();
    assertThat(exported("sign-ins")).isEmpty();
    assertThat(CommandRun.of(folder, "export", "changes", "--after", "1000").exitCode())
        .isEqualTo(1);
    assertThat(CommandRun.of(folder, "export", "changes", "--after", "-1").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of(folder, "export", "secrets").exitCode()).isEqualTo(2);
  }

  @Test
  void sessionsThatHaveEndedAreAPersonsData() throws Exception {
    try (Store node =
        Store.open(
            new ConfigLoader(Map.of()).load(folder.resolve("postern.yaml")).store(),
            Store.Schema.REQUIRE_CURRENT,
            Clock.systemUTC())) {
      node.joinAsNode("mx1/4711");
      InetSocketAddress phone = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 40_000);
      LiveSession session =
          node.sessionRegistry()
              .begin(
                  new SessionStart(
                      "s1",
                      node.sessions().userIdOf(ALICE),
                      "ap_phone",
                      Scope.IMAP,
                      phone,
                      phone,
                      "Some Mailer",
                      Instant.now()));
      session.routed(new Mailbox("mailstore", "mail.internal", Optional.of("alice-box")));
      session.close("idle");
      await().until(() -> !exported("sessions").isEmpty());
    }
    JsonNode line = exported("sessions").getFirst();
    assertThat(line.path("end").asString()).isEqualTo("idle");
    assertThat(line.path("mailbox").asString()).isEqualTo("alice-box");
    assertThat(line.path("upstreamHost").asString()).isEqualTo("mail.internal");
    JsonNode person = CommandRun.good(folder, "user", "export", ALICE).json();
    assertThat(person.path("endedSessions").path(0).path("session").asString()).isEqualTo("s1");

    CommandRun.good(folder, "user", "erase", ALICE, "--yes");
    assertThat(exported("sessions", "--after", "1"))
        .singleElement()
        .satisfies(again -> {
          assertThat(again.path("id")).isEqualTo(line.path("id"));
          assertThat(again.toString()).doesNotContain("alice", "192.0.2.7", "ap_phone", "Mailer");
        });
  }
}
