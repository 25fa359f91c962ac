package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.config.ConfigLoader;
import dev.postern.store.Store;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Delegation;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Who still logs in with his own password, on the command line. */
final class ReadinessCommandTest {
  private static final String ALICE = "alice@example.com";
  private static final String OWN = "Summer holidays!";

  private final Path folder;

  ReadinessCommandTest(@TempDir Path folder) throws Exception {
    this.folder = folder;
    CommandRun.good(folder, "init");
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            + "\npass-through: [ { domain: example.com, mode: observe } ]\n");
  }

  @Test
  void saysSoWhereThereIsNobody() {
    assertThat(CommandRun.good(folder, "report", "readiness").out()).contains("There are no users");
  }

  @Test
  void showsWhoIsLeftToMoveAndWithWhat() throws Exception {
    CommandRun.good(folder, "user", "add", "bob@example.org");
    usesOwnPassword("Thunderbird");
    usesOwnPassword("");

    String table = CommandRun.good(folder, "report", "readiness").out();
    assertThat(table)
        .containsPattern(
            "alice@example.com +observe +not-started +0 +\\S+ +imap, imap \"Thunderbird\"")
        .containsPattern("bob@example.org +- +idle +0 +- +-")
        .contains("0 of 2 users are ready, 1 not-started, 1 idle.");
    assertThat(CommandRun.good(folder, "report", "readiness", "--state", "idle").out())
        .contains("bob@example.org")
        .doesNotContain(ALICE);
    List<JsonNode> lines =
        CommandRun.good(folder, "report", "readiness", "--json", "--state", "not-started")
            .jsonLines();
    assertThat(lines).hasSize(1);
    JsonNode client = lines.getFirst().path("clients").path(1);
    assertThat(lines.getFirst().path("mode").asString()).isEqualTo("observe");
    assertThat(client.path("client").asString()).isEqualTo("Thunderbird");
    assertThat(client.path("behind").asBoolean()).isTrue();
    assertThat(client.path("shutOut").asBoolean(true)).isFalse();
    assertThat(client.has("ownPasswordAt")).isTrue();
    assertThat(client.has("appPasswordAt")).isFalse();
    assertThat(CommandRun.of(folder, "report", "readiness", "--state", "nonsense").exitCode())
        .isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "3651"})
  void refusesDaysThatMakeNoSense(String days) {
    CommandRun run = CommandRun.of(folder, "report", "readiness", "--days", days, "--json");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.error().path("error").asString()).isEqualTo("usage");
    assertThat(run.error().path("detail").asString()).contains("--days must be 1 to 3650");
  }

  @Test
  void looksBackTenYears() {
    assertThat(CommandRun.good(folder, "report", "readiness", "--days", "3650").out())
        .contains("There are no users");
  }

  /** By one protocol she got in, by another she is refused, with nothing to move there before. */
  @Test
  void namesWhoIsShutOutAmongThoseThatAreLeft() throws Exception {
    CommandRun.good(folder, "user", "add", ALICE);
    String issued =
        CommandRun.good(folder, "app-password", "create", ALICE, "--label", "x", "--json")
            .json()
            .path("password")
            .asString();
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration, Files.readString(configuration).replace("mode: observe", "mode: enforce"));
    assertThat(login(Scope.POP3, OWN, "")).isInstanceOf(AuthOutcome.Rejected.class);
    assertThat(login(Scope.IMAP, issued, "Thunderbird")).isInstanceOf(AuthOutcome.Accepted.class);

    assertThat(CommandRun.good(folder, "report", "readiness").out())
        .containsPattern("alice@example.com +enforce +shut-out +1 +- +pop3\\n")
        .contains("0 of 1 user is ready, 1 shut-out.");
    JsonNode clients =
        CommandRun.good(folder, "report", "readiness", "--json", "--state", "shut-out")
            .json()
            .path("clients");
    assertThat(clients.valueStream().map(one -> one.path("shutOut").asBoolean()))
        .containsExactly(false, true);
  }

  /** And asks nobody. */
  @Test
  void verifySaysThatTheUpstreamWouldBeAsked() {
    CommandRun said =
        CommandRun.withInput(folder, OWN + "\n", "verify", ALICE, "--protocol", "imap");
    assertThat(said.out()).contains("Delegated", "alice@example.com's own", "own password");
    JsonNode json =
        CommandRun.withInput(folder, OWN + "\n", "verify", ALICE, "--protocol", "imap", "--json")
            .json();
    assertThat(json.path("outcome").asString()).isEqualTo("delegated");
    assertThat(json.path("user").asString()).isEqualTo(ALICE);
    assertThat(CommandRun.good(folder, "user", "list").out()).doesNotContain(ALICE);
  }

  private void usesOwnPassword(String client) throws Exception {
    AuthOutcome outcome = login(Scope.IMAP, OWN, client);
    assertThat(outcome).isInstanceOf(AuthOutcome.Accepted.class);
  }

  /** A login that the upstream takes, if it comes to that; it is on record. */
  private AuthOutcome login(Scope protocol, String secret, String client) throws Exception {
    try (Store store =
        Store.open(
            new ConfigLoader(Map.of()).load(folder.resolve("postern.yaml")).store(),
            Store.Schema.MIGRATE,
            Clock.systemUTC())) {
      AuthOutcome outcome =
          store
              .verifier()
              .verify(
                  new Attempt(
                      ALICE,
                      Secret.ofText(secret),
                      protocol,
                      Protection.TLS_1_3,
                      "plain",
                      InetAddress.ofLiteral("192.0.2.1"),
                      client))
              .toCompletableFuture()
              .join();
      return outcome instanceof AuthOutcome.Delegate(Delegation delegation)
          ? delegation.taken().toCompletableFuture().join().outcome()
          : outcome;
    }
  }
}
