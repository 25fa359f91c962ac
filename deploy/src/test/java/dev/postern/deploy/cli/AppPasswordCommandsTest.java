package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Users, app passwords and verify, on SQLite. */
final class AppPasswordCommandsTest {
  private static final String ALICE = "alice@example.com";
  private int made;

  private final Path folder;

  AppPasswordCommandsTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
    CommandRun.good(folder, "user", "add", ALICE);
  }

  @Test
  void showsTheSecretOnceInGroupsForPeople() {
    CommandRun run = CommandRun.good(folder, "app-password", "create", ALICE, "--label", "Phone");

    assertThat(run.out())
        .containsPattern("\n    [0-9a-z]{4} [0-9a-z]{4} [0-9a-z]{4} [0-9a-z]{4}\n")
        .contains("app-password revoke ap_");
    String list = CommandRun.good(folder, "app-password", "list", ALICE).out();
    assertThat(list).contains("Phone", "read-send", "active");
    String secret = run.out().lines().toList().get(2).strip();
    assertThat(list).doesNotContain(secret.substring(0, 9));
  }

  @Test
  void givesTheSecretWithoutSeparatorsToPrograms() {
    JsonNode created = create("--for", "read", "--network", "192.0.2.0/24", "--expires", "90d");

    assertThat(created.path("password").asString()).matches("[0-9a-z]{16}");
    assertThat(created.path("id").asString()).startsWith("ap_");
    assertThat(created.path("user").asString()).isEqualTo(ALICE);
    JsonNode listed = CommandRun.good(folder, "app-password", "list", ALICE, "--json").json();
    assertThat(listed.has("password")).isFalse();
    assertThat(listed.path("scopes").valueStream().map(JsonNode::asString))
        .containsExactly("imap", "pop3");
    assertThat(listed.path("networks").valueStream().map(JsonNode::asString))
        .containsExactly("192.0.2.0/24");
    assertThat(listed.path("expiresAt").asString()).isNotEmpty();
    assertThat(listed.path("state").asString()).isEqualTo("active");
  }

  @Test
  void verifyFollowsAnAppPasswordThroughItsLife() {
    JsonNode created = create();
    String id = created.path("id").asString();
    String secret = created.path("password").asString();

    JsonNode accepted = verify(secret);
    assertThat(accepted.path("outcome").asString()).isEqualTo("accepted");
    assertThat(accepted.path("upstream").asString()).isEqualTo("mailstore");
    assertThat(accepted.path("endpoint").asString()).isEqualTo("imap.example.com:993");
    assertThat(accepted.path("method").asString()).isEqualTo("master-user");

    CommandRun.good(folder, "app-password", "suspend", id, "--reason", "lost");
    assertThat(reason(secret)).isEqualTo("suspended");
    CommandRun.good(folder, "app-password", "resume", id);
    assertThat(reason(secret)).isEmpty();
    CommandRun.good(folder, "user", "disable", ALICE);
    assertThat(reason(secret)).isEqualTo("user-disabled");
    CommandRun.good(folder, "user", "enable", ALICE);
    assertThat(reason(secret)).isEmpty();
    CommandRun.good(folder, "app-password", "revoke", id);
    assertThat(reason(secret)).isEqualTo("revoked");
    CommandRun again = CommandRun.of(folder, "app-password", "resume", id, "--json");
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.error().path("error").asString()).isEqualTo("state");
  }

  @Test
  void verifySaysWhyNot() {
    String secret =
        create("--for", "send", "--network", "192.0.2.0/24").path("password").asString();

    assertThat(reason(secret)).isEqualTo("out-of-scope");
    assertThat(verify(secret, "submission", "198.51.100.1").path("reason").asString())
        .isEqualTo("out-of-network");
    assertThat(verify(secret, "submission", "192.0.2.9").path("outcome").asString())
        .isEqualTo("accepted");
    assertThat(reason("hello")).isEqualTo("wrong-shape");
    assertThat(reason("0123456789abcdef")).isEqualTo("wrong-secret");
  }

  @Test
  void makesThoseForOldDevicesForSendingFromKnownNetworksAlone() {
    JsonNode scanner = create("--for", "send", "--network", "192.0.2.0/24", "--legacy");
    JsonNode modern = create("--for", "send", "--network", "192.0.2.0/24");
    assertThat(onLegacyListener(scanner).path("outcome").asString()).isEqualTo("accepted");
    assertThat(onLegacyListener(modern).path("reason").asString()).isEqualTo("out-of-lane");
    assertThat(scanner.path("lane").asString()).isEqualTo("legacy");
    assertThat(CommandRun.good(folder, "app-password", "show", scanner.path("id").asString()).out())
        .containsPattern("Lane +legacy: also over old TLS or none");
    assertThat(create().path("lane").asString()).isEqualTo("ordinary");

    for (List<String> lacking :
        List.of(List.of("--for", "send"), List.of("--network", "192.0.2.0/24"))) {
      List<String> arguments =
          new ArrayList<>(
              List.of("app-password", "create", ALICE, "--label", "S", "--legacy", "--json"));
      arguments.addAll(lacking);
      CommandRun refused = CommandRun.of(folder, arguments.toArray(String[]::new));
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.error().path("error").asString()).isEqualTo("invalid");
      assertThat(refused.error().path("remedy").asString()).contains("--");
    }
  }

  @Test
  void verifyTakesTheSecretAsPeopleTypeIt() {
    String secret = create().path("password").asString().replaceAll(".{4}(?!$)", "$0 ");

    assertThat(reason(secret.toUpperCase(java.util.Locale.ROOT))).isEmpty();
  }

  @Test
  void verifyLeavesNoTrace() {
    JsonNode old = create();
    String fresh =
        CommandRun.good(folder, "app-password", "rotate", old.path("id").asString(), "--json")
            .json()
            .path("password")
            .asString();

    assertThat(reason(fresh)).isEmpty();

    assertThat(reason(old.path("password").asString()))
        .as("the old one ends at the first real use of the new one")
        .isEmpty();
    assertThat(CommandRun.good(folder, "app-password", "list", ALICE, "--json").jsonLines())
        .hasSize(2)
        .allMatch(password -> password.path("lastUse").isNull());
  }

  @Test
  void verifySaysWhenNoRouteLeadsAnywhere() throws IOException {
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration).replace("match: \"*\"", "match: \"*@example.org\""));
    String secret = create().path("password").asString();

    CommandRun run =
        CommandRun.withInput(folder, secret + "\n", "verify", ALICE, "--protocol", "imap");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).contains("But no session", "no route");
  }

  @Test
  void verifyNeedsASecret() {
    CommandRun run = CommandRun.of(folder, "verify", ALICE, "--protocol", "imap", "--json");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.error().path("error").asString()).isEqualTo("invalid");
    assertThat(run.error().path("detail").asString()).isEqualTo("no secret was given");
  }

  @Test
  void aRotationWithoutOverlapEndsTheOldOneAtOnce() {
    JsonNode old = create("--network", "127.0.0.0/8");
    JsonNode fresh =
        CommandRun.good(
                folder,
                "app-password",
                "rotate",
                old.path("id").asString(),
                "--overlap",
                "0s",
                "--json")
            .json();

    assertThat(fresh.path("label")).isEqualTo(old.path("label"));
    assertThat(fresh.path("networks")).isEqualTo(old.path("networks"));
    assertThat(reason(fresh.path("password").asString())).isEmpty();
    assertThat(reason(old.path("password").asString())).isEqualTo("revoked");
  }

  @Test
  void revokesAllOfAUser() {
    String one = create().path("password").asString();
    String two = create().path("password").asString();

    CommandRun run =
        CommandRun.good(folder, "app-password", "revoke", "--user", ALICE, "--all", "--json");

    assertThat(run.jsonLines())
        .hasSize(2)
        .allMatch(password -> password.path("state").asString().equals("revoked"));
    assertThat(reason(one)).isEqualTo("revoked");
    assertThat(reason(two)).isEqualTo("revoked");
  }

  @Test
  void makesOneForEachListedUser() throws IOException {
    List<String> users =
        IntStream.range(0, 700).mapToObj(i -> "user%03d@example.com".formatted(i)).toList();
    Files.writeString(
        folder.resolve("users.txt"), "# new this term\n\n" + String.join("\n", users) + "\n");

    CommandRun run =
        CommandRun.good(
            folder,
            "app-password",
            "create",
            "--users-from",
            "users.txt",
            "--create-users",
            "--label",
            "Migration");

    List<JsonNode> lines = run.jsonLines();
    assertThat(lines).extracting(line -> line.path("user").asString()).isEqualTo(users);
    assertThat(lines).allMatch(line -> line.size() == 3 && line.has("password") && line.has("id"));
    assertThat(lines.stream().map(line -> line.path("password").asString()).distinct())
        .hasSize(700);
    JsonNode last = lines.getLast();
    CommandRun verified =
        CommandRun.withInput(
            folder,
            last.path("password").asString(),
            "verify",
            last.path("user").asString(),
            "--protocol",
            "imap");
    assertThat(verified.exitCode()).isZero();
    assertThat(CommandRun.good(folder, "user", "list", "--json").jsonLines()).hasSize(701);
  }

  @Test
  void bulkWorkStopsAtAnUnknownUserAndSaysHowFarItCame() throws IOException {
    Files.writeString(folder.resolve("users.txt"), ALICE + "\nnobody@example.com\n");

    CommandRun run =
        CommandRun.of(
            folder,
            "app-password",
            "create",
            "--users-from",
            "users.txt",
            "--label",
            "x",
            "--json");

    assertThat(run.exitCode()).isEqualTo(1);
    JsonNode error = run.error();
    assertThat(error.path("error").asString()).isEqualTo("not-found");
    assertThat(error.path("detail").asString())
        .contains("nobody@example.com")
        .contains("(" + run.jsonLines().size() + " of 2 were made)");
  }

  @Test
  void readsTheListFromStandardInputAndCountsARepeatedUserOnce() {
    CommandRun run =
        CommandRun.withInput(
            folder,
            ALICE + "\n" + ALICE + "\n",
            "app-password",
            "create",
            "--users-from",
            "-",
            "--label",
            "x");

    assertThat(run.exitCode()).isZero();
    assertThat(run.jsonLines()).hasSize(1);
    assertThat(run.err()).contains("listed twice");
  }

  @Test
  void keepsUsersWithTheirUpstream() {
    JsonNode added =
        CommandRun.good(
                folder,
                "user",
                "add",
                "Bob@Example.com",
                "--upstream",
                "mailstore",
                "--upstream-user",
                "bob",
                "--json")
            .json();
    assertThat(added.path("user").asString()).isEqualTo("bob@example.com");
    assertThat(added.path("upstreamUser").asString()).isEqualTo("bob");

    String users =
        CommandRun.good(folder, "user", "list", "--json").jsonLines().stream()
            .map(user -> user.path("user").asString())
            .collect(Collectors.joining(" "));
    assertThat(users).isEqualTo(ALICE + " bob@example.com");
    assertThat(CommandRun.good(folder, "user", "show", "bob@example.com").out())
        .contains("mailstore", "bob");
    CommandRun.good(folder, "user", "remove", "bob@example.com");
    CommandRun gone = CommandRun.of(folder, "user", "show", "bob@example.com", "--json");
    assertThat(gone.exitCode()).isEqualTo(1);
    assertThat(gone.error().path("error").asString()).isEqualTo("not-found");
  }

  @Test
  void refusesAnUpstreamThatIsNotConfigured() {
    CommandRun run =
        CommandRun.of(folder, "user", "add", "bob@example.com", "--upstream", "mailstor", "--json");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.error().path("remedy").asString()).contains("mailstore");
    assertThat(CommandRun.of(folder, "user", "show", "bob@example.com").exitCode()).isEqualTo(1);
  }

  @Test
  void sealsAnUpstreamPasswordFromStandardInput() throws IOException {
    CommandRun wrongMethod =
        CommandRun.withInput(folder, "pw\n", "user", "upstream-password", ALICE, "--json");
    assertThat(wrongMethod.exitCode()).isEqualTo(1);
    assertThat(wrongMethod.error().path("detail").asString()).contains("stored passwords");
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            .replaceAll("(?m)^    login: .*$", "    login: { method: stored-password }"));
    String secret = create().path("password").asString();
    assertThat(verify(secret).path("detail").asString()).contains("no stored password");

    CommandRun run =
        CommandRun.withInput(folder, "hunter2hunter2\n", "user", "upstream-password", ALICE);

    assertThat(run.exitCode()).isZero();
    assertThat(run.out() + run.err()).doesNotContain("hunter2");
    assertThat(verify(secret).path("method").asString()).isEqualTo("stored-password");
    assertThat(CommandRun.good(folder, "user", "show", ALICE).out()).contains("for mailstore");
    assertThat(
            Files.readString(
                folder.resolve("postern.db"), java.nio.charset.StandardCharsets.ISO_8859_1))
        .doesNotContain("hunter2");
  }

  /** The first is called Phone, the next ones have a number. */
  private JsonNode create(String... more) {
    made++;
    String label = made == 1 ? "Phone" : "Phone " + made;
    String[] arguments =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(
                    "app-password", "create", ALICE, "--label", label, "--json"),
                java.util.stream.Stream.of(more))
            .toArray(String[]::new);
    return CommandRun.good(folder, arguments).json();
  }

  private JsonNode verify(String secret) {
    return verify(secret, "imap", "127.0.0.1");
  }

  private JsonNode onLegacyListener(JsonNode created) {
    return verify(created.path("password").asString(), "submission", "192.0.2.9", "--legacy");
  }

  private JsonNode verify(String secret, String protocol, String network, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("verify", ALICE, "--protocol", protocol, "--network", network, "--json"));
    arguments.addAll(List.of(more));
    CommandRun run = CommandRun.withInput(folder, secret + "\n", arguments.toArray(String[]::new));
    JsonNode json = run.json();
    boolean isSession = json.has("endpoint");
    assertThat(run.exitCode()).isEqualTo(isSession ? 0 : 1);
    return json;
  }

  /** Why it is refused; empty if it is not. */
  private String reason(String secret) {
    return verify(secret).path("reason").asString("");
  }
}
