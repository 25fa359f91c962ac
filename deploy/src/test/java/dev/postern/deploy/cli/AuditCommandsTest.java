package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.config.ConfigLoader;
import dev.postern.store.Store;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.SignIn;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.event.EventKind;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The record, read and ended on the command line. */
final class AuditCommandsTest {
  private static final String ALICE = "alice@example.com";

  private final Path folder;

  AuditCommandsTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
    CommandRun.good(folder, "user", "add", ALICE);
  }

  @Test
  void showsAttemptsAndFiltersThem() throws Exception {
    note(ALICE, "192.0.2.1", "wrong-shape");
    note(ALICE, "198.51.100.1", "expired");
    note("nobody@example.com", "192.0.2.9", "unknown-user");

    assertThat(reasons()).containsExactlyInAnyOrder("wrong-shape", "expired", "unknown-user");
    assertThat(reasons("--user", ALICE)).containsExactlyInAnyOrder("wrong-shape", "expired");
    assertThat(reasons("--network", "192.0.2.0/24"))
        .containsExactlyInAnyOrder("wrong-shape", "unknown-user");
    assertThat(reasons("--reason", "expired", "--since", "1h")).containsExactly("expired");
    assertThat(reasons("--until", "1h")).isEmpty();
    assertThat(reasons("--since", "1h", "--until", "9999-01-01T00:00:00Z")).hasSize(3);
    assertThat(reasons("--outcome", "accepted")).isEmpty();
    assertThat(reasons("--limit", "2")).hasSize(2);
    JsonNode entry = CommandRun.good(folder, "sign-ins", "--reason", "expired", "--json").json();
    assertThat(entry.path("user").asString()).isEqualTo(ALICE);
    assertThat(entry.path("from").asString()).isEqualTo("198.51.100.1");
    assertThat(entry.path("attempts").asLong()).isEqualTo(1);
    String table = CommandRun.good(folder, "sign-ins").out();
    assertThat(table).contains(ALICE, "wrong-shape", "@example.com").doesNotContain("nobody");
    assertThat(CommandRun.of(folder, "sign-ins", "--since", "yesterday").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of(folder, "sign-ins", "--limit", "0").exitCode()).isEqualTo(2);
  }

  /** That there were none must not be read out of a slip. */
  @ParameterizedTest
  @CsvSource({
    "--outcome, reject, 'accepted, rejected, throttled, unavailable'",
    "--outcome, Rejected, 'accepted, rejected, throttled, unavailable'",
    "--reason, wrongsecret, ' wrong-secret, '",
    "--reason, Wrong-Secret, ' upstream-timeout, '",
    "--reason, upstream-nonsense, ' own-password-unjudged, '"
  })
  void refusesWordsThatNoAttemptHas(String option, String word, String known) {
    CommandRun run = CommandRun.of(folder, "sign-ins", option, word);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("\"" + word + "\" is unknown; write one of ").contains(known);
    assertThat(run.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "database",
        "own-password",
        "own-password-unjudged",
        "user-sessions",
        "too-many-guesses",
        "upstream-login-refused"
      })
  void takesEveryWordThatOneMayHave(String word) {
    assertThat(CommandRun.good(folder, "sign-ins", "--reason", word).out()).contains("No attempts");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1"})
  void whatIsUnusedIsSoForADayAtLeast(String days) {
    CommandRun run = CommandRun.of(folder, "report", "--unused", days);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--unused must be 1 or more");
  }

  /** They are for those who check and serve. */
  @Test
  void aCommandSaysNothingOfWhatServesTooLittle() throws Exception {
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            + "\npass-through: [ { domain: example.com, mode: observe } ]\n");
    assertThat(CommandRun.good(folder, "user", "show", ALICE).err()).isEmpty();
    assertThat(CommandRun.good(folder, "check").err()).contains("warning: ", "not told");
  }

  @Test
  void showsWhoChangedWhat() {
    CommandRun.good(folder, "user", "disable", ALICE, "--reason", "on leave");

    List<JsonNode> changes =
        CommandRun.good(folder, "changes", "--user", ALICE, "--json").jsonLines();
    assertThat(changes)
        .extracting(change -> change.path("action").asString())
        .containsExactly("user.disable", "user.add");
    assertThat(changes.getFirst().path("channel").asString()).isEqualTo("cli");
    assertThat(changes.getFirst().path("before").path("state").asString()).isEqualTo("active");
    assertThat(changes.getFirst().path("after").path("reason").asString()).isEqualTo("on leave");
    assertThat(changes.getLast().path("before").isNull()).isTrue();
    assertThat(CommandRun.good(folder, "changes", "--action", "user.add").out()).contains(ALICE);
    assertThat(CommandRun.good(folder, "changes", "--until", "1h").out()).contains("No changes");
    assertThat(CommandRun.good(folder, "changes", "--action", "alarm").out())
        .contains("No changes");
  }

  @Test
  void oneThatNobodyUsedIsFoundOnceItIsOldEnough() throws Exception {
    CommandRun.good(folder, "app-password", "create", ALICE, "--label", "Phone");
    Instant made = Instant.now();
    List<Set<Finding>> found = new ArrayList<>();
    try (Store store = openStore()) {
      for (Duration later : List.of(Duration.ofDays(-1), Duration.ofDays(1))) {
        store
            .appPasswords()
            .forEachWorking(password -> found.add(Finding.of(password, made.plus(later))));
      }
    }
    assertThat(found.getFirst()).doesNotContain(Finding.NEVER_USED);
    assertThat(found.getLast()).contains(Finding.NEVER_USED);
  }

  @Test
  void reportsWhatShouldBeLookedAt() {
    CommandRun.good(folder, "app-password", "create", ALICE, "--label", "=cmd|' /C calc'!A0");
    CommandRun.good(
        folder, "app-password", "create", ALICE, "--label", "Phone, \"old\"", "--expires", "90d");

    CommandRun csv = CommandRun.good(folder, "report", "--format", "csv", "--unused", "1");
    assertThat(csv.out().split("\r\n")).hasSize(3);
    assertThat(csv.out())
        .startsWith("user,id,label,state,findings,")
        .contains(",'=cmd|' /C calc'!A0,", ",\"Phone, \"\"old\"\"\",")
        .contains("no-expiry made-by-others");
    List<JsonNode> lines =
        CommandRun.good(folder, "report", "--format", "json", "--finding", "no-expiry").jsonLines();
    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst().path("findings").valueStream().map(JsonNode::asString))
        .containsExactly("no-expiry", "made-by-others");
    assertThat(CommandRun.of(folder, "report", "--finding", "nonsense").exitCode()).isEqualTo(2);
  }

  @Test
  void reportsHowSecretsCame() throws Exception {
    JsonNode phone =
        CommandRun.good(folder, "app-password", "create", ALICE, "--label", "Phone", "--json")
            .json();
    JsonNode scanner =
        CommandRun.good(folder, "app-password", "create", ALICE, "--label", "Scanner", "--json")
            .json();
    assertThat(CommandRun.good(folder, "report", "--finding", "legacy-tls").out())
        .contains("Nothing to report");
    assertThat(CommandRun.good(folder, "report", "--finding", "in-clear").out())
        .contains("Nothing to report");

    try (Store store = openStore()) {
      logIn(store, phone, Protection.CLEAR);
      logIn(store, phone, Protection.TLS_1_3);
      logIn(store, scanner, Protection.TLS_1_1);
    }

    JsonNode exposed =
        CommandRun.good(folder, "report", "--format", "json", "--finding", "in-clear").json();
    assertThat(exposed.path("label").asString()).isEqualTo("Phone");
    assertThat(exposed.path("findings").valueStream().map(JsonNode::asString))
        .containsExactly("no-expiry", "made-by-others", "in-clear");
    Instant exposedAt = Instant.parse(exposed.path("exposedAt").asString());
    assertThat(exposed.path("lastUse").path("protection").asString()).isEqualTo("TLSv1.3");
    JsonNode legacy = CommandRun.good(folder, "report", "--json", "--finding", "legacy-tls").json();
    assertThat(legacy.path("label").asString()).isEqualTo("Scanner");
    assertThat(legacy.path("exposedAt").isNull()).isTrue();
    assertThat(CommandRun.good(folder, "report", "--format", "csv", "--finding", "in-clear").out())
        .contains(",127.0.0.1,imap,TLSv1.3,test," + exposedAt + ",");
    assertThat(CommandRun.good(folder, "app-password", "show", phone.path("id").asString()).out())
        .contains("from 127.0.0.1 over imap with TLSv1.3 by test")
        .contains("sent without TLS, last at " + Views.time(exposedAt));
  }

  private static void logIn(Store store, JsonNode issued, Protection protection) {
    AuthOutcome outcome =
        store
            .verifier()
            .verify(
                new Attempt(
                    ALICE,
                    Secret.ofText(issued.path("password").asString()),
                    Scope.IMAP,
                    protection,
                    "plain",
                    InetAddress.ofLiteral("127.0.0.1"),
                    "test"))
            .toCompletableFuture()
            .join();
    assertThat(outcome).isInstanceOf(AuthOutcome.Accepted.class);
  }

  /** Memory holds one block, however many there are. */
  @Test
  void reportsThousandsInBlocksWithAHeadingEach() throws Exception {
    int all = ReportCommand.BLOCK + 1;
    Files.write(
        folder.resolve("users.txt"),
        IntStream.range(0, all).mapToObj(i -> "user%05d@example.com".formatted(i)).toList());
    CommandRun.good(
        folder,
        "app-password",
        "create",
        "--users-from",
        "users.txt",
        "--create-users",
        "--label",
        "x");

    List<String> lines = CommandRun.good(folder, "report").out().lines().toList();

    assertThat(lines).filteredOn(line -> line.startsWith("USER ")).hasSize(2);
    assertThat(lines).filteredOn(line -> line.startsWith("user0")).hasSize(all).isSorted();
    assertThat(CommandRun.good(folder, "report", "--json").jsonLines()).hasSize(all);
  }

  @Test
  void listsTheNodesThatRun() throws Exception {
    assertThat(CommandRun.good(folder, "nodes").out()).contains("No node runs");
    assertThat(CommandRun.good(folder, "nodes", "--json").out()).isEmpty();
    try (Store store = openStore()) {
      Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
      store.joinAsNode("mx1");
      JsonNode node = CommandRun.good(folder, "nodes", "--json").json();
      assertThat(node.path("node").asString()).isEqualTo("mx1");
      Instant started = Instant.parse(node.path("startedAt").asString());
      assertThat(started).isBetween(before, Instant.now());
      assertThat(node.path("activeKeys").valueStream().map(JsonNode::asString))
          .hasSize(3)
          .anyMatch(key -> key.startsWith("pepper/"));
      assertThat(node.path("heldKeys")).hasSizeGreaterThanOrEqualTo(3);
      assertThat(CommandRun.good(folder, "nodes").out())
          .contains("NODE", "mx1", Views.time(started), "pepper/");
    }
    assertThat(CommandRun.good(folder, "nodes").out()).contains("No node runs");
  }

  private Store openStore() throws Exception {
    return Store.open(
        new ConfigLoader(Map.of()).load(folder.resolve("postern.yaml")).store(),
        Store.Schema.REQUIRE_CURRENT,
        Clock.systemUTC());
  }

  @Test
  void givesAPersonEverythingAndThenForgetsThem() throws Exception {
    JsonNode issued =
        CommandRun.good(folder, "app-password", "create", ALICE, "--label", "Phone", "--json")
            .json();
    note(ALICE, "192.0.2.1", "expired");
    var _ = CommandRun.good(folder, "user", "alias", "add", ALICE, "alice-s@example.com");
    var _ = CommandRun.good(folder, "policy", "set", "--user", ALICE, "--limit", "7");
    var _ = CommandRun.good(folder, "trace", "start", ALICE);
    try (Store store = openStore()) {
      store.outbox().register("them", EnumSet.allOf(EventKind.class));
    }
    var _ = CommandRun.good(folder, "app-password", "create", ALICE, "--label", "Tablet", "--json");

    CommandRun export = CommandRun.good(folder, "user", "export", ALICE);
    JsonNode document = export.json();
    assertThat(document.path("user").path("user").asString()).isEqualTo(ALICE);
    assertThat(document.path("appPasswords")).hasSize(2);
    assertThat(document.path("signIns")).hasSize(1);
    assertThat(document.path("changes")).hasSize(6);
    assertThat(document.path("policy").path("limit").asInt()).isEqualTo(7);
    assertThat(document.path("traces")).hasSize(1);
    assertThat(document.path("waitingForWebhooks").valueStream())
        .singleElement()
        .extracting(event -> event.path("label").asString())
        .isEqualTo("Tablet");
    assertThat(document.path("aliases").valueStream().map(JsonNode::asString))
        .containsExactly("alice-s@example.com");
    assertThat(export.out()).doesNotContain(issued.path("password").asString(), "$");

    CommandRun unsure = CommandRun.of(folder, "user", "erase", ALICE, "--json");
    assertThat(unsure.exitCode()).isEqualTo(1);
    assertThat(unsure.error().path("remedy").asString()).contains("--yes");
    String pseudonym =
        CommandRun.good(folder, "user", "erase", ALICE, "--yes", "--json")
            .json()
            .path("pseudonym")
            .asString();

    assertThat(CommandRun.of(folder, "user", "show", ALICE).exitCode()).isEqualTo(1);
    String left =
        CommandRun.good(folder, "sign-ins", "--json").out()
            + CommandRun.good(folder, "changes", "--json").out();
    assertThat(left).contains(pseudonym).doesNotContain("alice", "192.0.2.1", "Phone", "Tablet");
  }

  private List<String> reasons(String... arguments) {
    String[] line = new String[arguments.length + 2];
    line[0] = "sign-ins";
    line[1] = "--json";
    System.arraycopy(arguments, 0, line, 2, arguments.length);
    return CommandRun.good(folder, line).jsonLines().stream()
        .map(entry -> entry.path("reason").asString())
        .toList();
  }

  private void note(String name, String from, String reason) throws Exception {
    try (Store store = openStore()) {
      store
          .signInLog()
          .note(
              new SignIn(
                  Instant.now(),
                  Optional.empty(),
                  name,
                  Compared.NOTHING,
                  Scope.IMAP,
                  "plain",
                  InetAddress.ofLiteral(from),
                  "test",
                  "rejected",
                  reason));
    }
  }
}
