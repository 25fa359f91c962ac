package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** App passwords seen, changed in place and ended in numbers, on SQLite. */
final class LifecycleCommandsTest {
  private static final String ALICE = "alice@example.com";
  private int made;
  private static final String BOB = "bob@example.org";

  private final Path folder;

  LifecycleCommandsTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
    CommandRun.good(folder, "user", "add", ALICE);
    CommandRun.good(folder, "user", "add", BOB);
  }

  @Test
  void showsOneWithAllThatIsKnown() {
    JsonNode made = create(ALICE);
    String id = made.path("id").asString();

    JsonNode shown = good("app-password show " + id).json();

    assertThat(shown.has("password")).isFalse();
    assertThat(shown.path("id").asString()).isEqualTo(id);
    assertThat(shown.path("user").asString()).isEqualTo(ALICE);
    assertThat(shown.path("label").asString()).isEqualTo("Phone");
    assertThat(shown.path("state").asString()).isEqualTo("active");
    assertThat(shown.path("lastUse").isNull()).isTrue();
    String text = CommandRun.good(folder, "app-password", "show", id).out();
    assertThat(text).contains(id, ALICE, "Phone", "read-send", "active", "never");
    assertThat(text).doesNotContain(made.path("password").asString());
  }

  @Test
  void renamesAndChangesInPlace() {
    String id = create(ALICE).path("id").asString();

    assertThat(
            CommandRun.good(folder, "app-password", "rename", id, "--label", "New phone", "--json")
                .json()
                .path("label")
                .asString())
        .isEqualTo("New phone");
    JsonNode changed =
        good("app-password set "
                + id
                + " --for send --network 192.0.2.0/24 --expires 30d --idle-expires 7d")
            .json();
    assertThat(words(changed.path("scopes"))).containsExactly("submission");
    assertThat(words(changed.path("networks"))).containsExactly("192.0.2.0/24");
    assertThat(changed.path("expiresAt").isNull()).isFalse();
    assertThat(changed.path("idleExpiresAfter").asString()).isEqualTo("7d");
    JsonNode widened =
        good("app-password set "
                + id
                + " --for read-send --any-network --expires never --idle-expires never --label x")
            .json();
    assertThat(words(widened.path("scopes"))).hasSize(3);
    assertThat(widened.path("networks")).isEmpty();
    assertThat(widened.path("expiresAt").isNull()).isTrue();
    assertThat(widened.path("idleExpiresAfter").isNull()).isTrue();
    assertThat(good("app-password show " + id).json()).isEqualTo(widened);
    assertThat(good("changes --action app-password.edit").jsonLines()).hasSize(3);
  }

  @Test
  void wrongUsageIsOneLineAndChangesNothing() {
    JsonNode before = good("app-password show " + create(ALICE).path("id").asString()).json();
    String id = before.path("id").asString();
    for (String arguments :
        List.of(
            "app-password show",
            "app-password rename " + id,
            "app-password set " + id,
            "app-password set " + id + " --for smtp",
            "app-password set " + id + " --network 192.0.2.1/24",
            "app-password set " + id + " --network 192.0.2.0/24 --any-network",
            "app-password set " + id + " --expires 2001-01-31",
            "app-password set " + id + " --expires 2027-02-30",
            "app-password set " + id + " --expires soon",
            "app-password set " + id + " --idle-expires 0s",
            "app-password set " + id + " --idle-expires 36501d",
            "app-password revoke " + id + " --dry-run",
            "app-password revoke " + id + " --domain example.com",
            "app-password revoke --dry-run",
            "app-password revoke --made-before 2999-01-31",
            "app-password revoke --made-before 2026-02-30",
            "app-password revoke --made-before yesterday",
            "app-password revoke --domain example.com --all")) {
      CommandRun run = run(arguments);
      CommandRun text = CommandRun.of(folder, arguments.split(" ", -1));

      assertThat(run.exitCode()).as(arguments + run).isEqualTo(2);
      assertThat(run.out()).isEmpty();
      assertThat(run.error().path("error").asString()).as(arguments).isEqualTo("usage");
      assertThat(text.exitCode()).isEqualTo(2);
      assertThat(text.err()).as(arguments).startsWith("postern: ").hasLineCount(1);
    }
    assertThat(good("app-password show " + id).json()).isEqualTo(before);
  }

  @Test
  void refusesWithTheReasonAndWhatWouldBeRight() {
    JsonNode before = good("app-password show " + create(ALICE).path("id").asString()).json();
    String id = before.path("id").asString();

    refused("app-password show ap_no", "not-found", "no app password");
    refused("app-password rename ap_no --label x", "not-found", "no app password");
    refused("app-password set ap_no --for send", "not-found", "no app password");
    refused("app-password rename " + id + " --label " + "x".repeat(65), "invalid", "1 to 64");
    refused("app-password set " + id + " --expires 40000d", "invalid", "later than");
    refused("app-password revoke " + id + " --reason " + "x".repeat(201), "invalid", "1 to 200");
    refused("app-password revoke --domain alice@example.com", "invalid", "domain");
    refused("app-password revoke --pepper p%", "invalid", "pepper");
    refused("app-password revoke --user nobody@example.com --all", "not-found", "nobody@example");
    refused(
        "app-password revoke --user nobody@example.com --made-before 1s", "not-found", "nobody");
    refused("app-password revoke --pepper missing", "not-found", "pepper");
    assertThat(good("app-password show " + id).json()).isEqualTo(before);

    good("app-password revoke " + id);
    refused("app-password set " + id + " --for send", "state", "revoked");
    refused("app-password rename " + id + " --label x", "state", "revoked");
  }

  @Test
  void widensOnlyWithinThePolicy() {
    String id = create(ALICE).path("id").asString();
    good("app-password set " + id + " --for send");
    good("policy set --domain example.com --for send --expires-after 30d");

    refused("app-password set " + id + " --for read-send", "invalid", "policy of domain");
    assertThat(good("app-password set " + id + " --expires 60d").json().path("expiresAt").isNull())
        .as("an end where there was none narrows")
        .isFalse();
    refused("app-password set " + id + " --expires 90d", "invalid", "policy of domain");
    assertThat(good("app-password set " + id + " --expires 10d").json().path("expiresAt").isNull())
        .isFalse();
  }

  @Test
  void rotatingSaysWhatIsLessThanBefore() {
    String id = create(ALICE).path("id").asString();
    good("policy set --domain example.com --scope imap --scope submission --network 192.0.2.0/24");

    CommandRun run = good("app-password rotate " + id);

    assertThat(words(run.json().path("scopes"))).containsExactly("imap", "submission");
    assertThat(words(run.json().path("networks"))).containsExactly("192.0.2.0/24");
    assertThat(run.err()).contains("for imap, submission", "from 192.0.2.0/24");
    String other = create(BOB).path("id").asString();
    assertThat(good("app-password rotate " + other).err()).isEmpty();
    good("policy set --domain example.org --for send");
    String next = good("app-password list " + BOB).jsonLines().getFirst().path("id").asString();
    refused("app-password rotate " + next, "state", "allows submission alone");
  }

  @Test
  void revokesByDomainAfterAForecast() {
    String one = create(ALICE).path("id").asString();
    String two = create(ALICE).path("id").asString();
    String other = create(BOB).path("id").asString();

    JsonNode forecast = good("app-password revoke --domain example.com --dry-run").json();
    assertThat(forecast.path("dryRun").asBoolean()).isTrue();
    assertThat(forecast.path("appPasswords").asInt()).isEqualTo(2);
    assertThat(forecast.path("users").asInt()).isEqualTo(1);
    assertThat(forecast.path("sample").valueStream().map(sample -> sample.path("id").asString()))
        .containsExactlyInAnyOrder(one, two);
    assertThat(state(one)).isEqualTo("active");
    assertThat(
            CommandRun.good(
                    folder, "app-password", "revoke", "--domain", "example.com", "--dry-run")
                .out())
        .startsWith("Would revoke 2 of 1 user, among them:\n");

    CommandRun run = good("app-password revoke --domain example.com --reason breach");

    assertThat(run.json().path("revoked").asInt()).isEqualTo(2);
    assertThat(state(one)).isEqualTo("revoked");
    assertThat(state(two)).isEqualTo("revoked");
    assertThat(state(other)).isEqualTo("active");
    assertThat(good("changes --action app-password.revoke").jsonLines())
        .hasSize(2)
        .allMatch(change -> change.path("reason").asString().equals("breach"));
    assertThat(good("app-password revoke --domain example.com").json().path("revoked").asInt())
        .isZero();
  }

  @Test
  void revokesByTimeAndPepper() {
    String one = create(ALICE).path("id").asString();
    String other = create(BOB).path("id").asString();

    assertThat(good("app-password revoke --made-before 1d").json().path("revoked").asInt())
        .isZero();
    String pepper = good("keys status pepper").jsonLines().getFirst().path("key").asString();
    assertThat(
            good("app-password revoke --pepper " + pepper + " --user " + ALICE + " --dry-run")
                .json()
                .path("appPasswords")
                .asInt())
        .isEqualTo(1);
    assertThat(
            good("app-password revoke --made-before 0s --user " + ALICE)
                .json()
                .path("revoked")
                .asInt())
        .isEqualTo(1);
    assertThat(state(one)).isEqualTo("revoked");
    assertThat(good("app-password revoke --pepper " + pepper).json().path("revoked").asInt())
        .isEqualTo(1);
    assertThat(state(other)).isEqualTo("revoked");
  }

  /** The first is called Phone, the next ones have a number. */
  private JsonNode create(String user) {
    made++;
    return good("app-password create " + user + " --label Phone" + (made == 1 ? "" : made)).json();
  }

  private String state(String id) {
    return good("app-password show " + id).json().path("state").asString();
  }

  private void refused(String arguments, String error, String detail) {
    CommandRun run = run(arguments);
    assertThat(run.exitCode()).as(arguments + run).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.error().path("error").asString()).as(arguments + run).isEqualTo(error);
    assertThat(run.error().path("detail").asString()).contains(detail);
    assertThat(run.error().path("remedy").asString()).as(arguments).isNotEmpty();
    CommandRun text = CommandRun.of(folder, arguments.split(" ", -1));
    assertThat(text.err()).startsWith("postern: ").hasLineCount(1);
  }

  private static List<String> words(JsonNode array) {
    return array.valueStream().map(JsonNode::asString).toList();
  }

  private CommandRun run(String arguments) {
    return CommandRun.of(
        folder,
        Stream.concat(Stream.of(arguments.split(" ", -1)), Stream.of("--json"))
            .toArray(String[]::new));
  }

  private CommandRun good(String arguments) {
    CommandRun run = run(arguments);
    assertThat(run.exitCode()).as(run.toString()).isZero();
    return run;
  }
}
