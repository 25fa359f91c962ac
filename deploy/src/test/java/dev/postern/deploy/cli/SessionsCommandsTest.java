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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Sessions of a node, seen and ended from the command line. */
final class SessionsCommandsTest {
  private static final String ALICE = "alice@example.com";
  private static final String BOB = "bob@example.com";

  private final Path folder;
  private final Store node;
  private final Set<LiveSession> live = ConcurrentHashMap.newKeySet();

  SessionsCommandsTest(@TempDir Path folder) throws Exception {
    this.folder = folder;
    CommandRun.good(folder, "init");
    CommandRun.good(folder, "user", "add", ALICE);
    CommandRun.good(folder, "user", "alias", "add", ALICE, "sales@example.com");
    CommandRun.good(folder, "user", "add", BOB);
    node =
        Store.open(
            new ConfigLoader(Map.of()).load(folder.resolve("postern.yaml")).store(),
            Store.Schema.REQUIRE_CURRENT,
            Clock.systemUTC());
    node.joinAsNode("mx1/4711");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private LiveSession begin(String id, String user, Scope protocol, String from) {
    InetSocketAddress local = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 993);
    LiveSession session =
        node.sessionRegistry()
            .begin(
                new SessionStart(
                    id,
                    node.sessions().userIdOf(user),
                    "ap_" + id,
                    protocol,
                    new InetSocketAddress(InetAddress.ofLiteral(from), 4000),
                    local,
                    "Mailer of " + user,
                    Instant.now()));
    session.routed(new Mailbox("mailstore", "mail.internal", Optional.of("alice")));
    live.add(session);
    return session;
  }

  private void beginThree() {
    LiveSession first = begin("one", ALICE, Scope.IMAP, "198.51.100.1");
    first.movedUp(5);
    first.relaying();
    var _ = begin("two", ALICE, Scope.SUBMISSION, "198.51.100.2");
    var _ = begin("three", BOB, Scope.IMAP, "2001:db8::3");
    await().until(() -> ids().size() == 3);
  }

  private List<String> ids(String... arguments) {
    String[] all =
        Stream.concat(Stream.of("sessions", "list", "--json"), Stream.of(arguments))
            .toArray(String[]::new);
    return CommandRun.good(folder, all).jsonLines().stream()
        .map(json -> json.path("id").asString())
        .toList();
  }

  @Test
  void listsAndNarrows() {
    beginThree();
    assertThat(ids("--user", ALICE)).containsExactlyInAnyOrder("one", "two");
    assertThat(ids("--user", "sales@example.com", "--protocol", "imap")).containsExactly("one");
    assertThat(ids("--app-password", "ap_two")).containsExactly("two");
    assertThat(ids("--address", "2001:db8::/32")).containsExactly("three");
    assertThat(ids("--client", "mailer of bob")).containsExactly("three");
    assertThat(ids("--upstream", "mailstore")).hasSize(3);
    assertThat(ids("--node", "mx1/4711", "--id", "one")).containsExactly("one");
    assertThat(ids("--node", "mx2/1")).isEmpty();
    assertThat(ids("--limit", "2")).hasSize(2);

    JsonNode one = CommandRun.good(folder, "sessions", "list", "--id", "one", "--json").json();
    assertThat(one.path("user").asString()).isEqualTo(ALICE);
    assertThat(one.path("from").asString()).isEqualTo("198.51.100.1");
    assertThat(one.path("fromPort").asInt()).isEqualTo(4000);
    assertThat(one.path("state").asString()).isEqualTo("relaying");
    assertThat(one.path("bytesUp").asLong()).isEqualTo(5);
    assertThat(CommandRun.good(folder, "sessions", "list").out())
        .contains("APP PASSWORD", ALICE, "connecting", "mx1/4711");
    assertThat(CommandRun.good(folder, "sessions", "list", "--protocol", "pop3").out())
        .contains("No such session");
    assertThat(CommandRun.of(folder, "sessions", "list", "--limit", "0").exitCode()).isEqualTo(2);
    CommandRun unknown = CommandRun.of(folder, "sessions", "list", "--user", "nobody", "--json");
    assertThat(unknown.error().path("error").asString()).isEqualTo("not-found");
  }

  @Test
  void kicksWhatIsMeantAndTellsHowManyHaveEnded() {
    node.sessionRegistry()
        .onKick(which -> live.stream().filter(which::matches).forEach(LiveSession::close));
    beginThree();

    JsonNode kicked =
        CommandRun.good(folder, "sessions", "kick", "--user", ALICE, "--reason", "moving", "--json")
            .json();
    assertThat(kicked.path("seen").asInt()).isEqualTo(2);
    assertThat(kicked.path("ended").asInt()).isEqualTo(2);
    assertThat(ids()).containsExactly("three");
    assertThat(CommandRun.good(folder, "sessions", "kick", "--all").out()).contains("Ended 1 ");
    assertThat(CommandRun.good(folder, "sessions", "kick", "--all").out()).contains("No such");

    JsonNode entry =
        CommandRun.good(folder, "changes", "--user", ALICE, "--action", "session", "--json").json();
    assertThat(entry.path("action").asString()).isEqualTo("session.kick");
    assertThat(entry.path("reason").asString()).isEqualTo("moving");
    assertThat(entry.path("subjectId").asString()).startsWith("user=");
    assertThat(CommandRun.good(folder, "changes", "--action", "session.kick", "--json").jsonLines())
        .hasSize(3);
  }

  @Test
  void aKickThatNobodyFollowsFails() {
    beginThree();
    CommandRun run = CommandRun.of(folder, "sessions", "kick", "--protocol", "imap");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).contains("Ended 0 of 2 sessions");
  }

  @Test
  void aKickWithoutAnyConditionIsWrongUsage() {
    assertThat(CommandRun.of(folder, "sessions", "kick").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of(folder, "sessions", "kick", "--all", "--user", ALICE).exitCode())
        .isEqualTo(2);
    assertThat(CommandRun.good(folder, "changes", "--action", "session").out())
        .contains("No changes");
  }

  @Test
  void aPersonsExportHoldsTheSessionsAndErasingTakesThemAway() {
    beginThree();
    JsonNode export = CommandRun.good(folder, "user", "export", ALICE).json();
    assertThat(export.path("sessions").valueStream().map(one -> one.path("id").asString()))
        .containsExactlyInAnyOrder("one", "two");
    CommandRun.good(folder, "user", "erase", ALICE, "--yes");
    assertThat(ids()).containsExactly("three");
  }
}
