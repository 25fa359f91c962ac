package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code postern policy} and {@code user set}, on SQLite. */
final class PolicyCommandsTest {
  private static final String ALICE = "alice@example.com";

  private final Path folder;

  PolicyCommandsTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
    CommandRun.good(folder, "user", "add", ALICE);
  }

  @Test
  void theNarrowestPolicyDecidesEachRule() {
    good("policy set --limit 30 --length 20 --expires-after never");
    good("policy set --domain Example.COM --limit 20 --expires-after 365d --for send");
    good(
        "policy set --group finance --form argon2id --network 192.0.2.0/24 --network 2001:db8::/32");
    good("user set " + ALICE + " --group Finance");
    good("policy set --user " + ALICE + " --limit 2 --idle-expires-after 30d --may-create yes");

    JsonNode policy = good("policy show --user " + ALICE).json();

    assertThat(policy.path("subject").asString()).isEqualTo("user");
    assertThat(policy.path("name").asString()).isEqualTo(ALICE);
    assertThat(policy.path("mayCreate").asBoolean()).isTrue();
    assertThat(policy.path("limit").asInt()).isEqualTo(2);
    assertThat(policy.path("length").asInt()).isEqualTo(20);
    assertThat(policy.path("form").asString()).isEqualTo("argon2id");
    assertThat(words(policy.path("scopes"))).containsExactly("submission");
    assertThat(words(policy.path("networks")))
        .containsExactly("192.0.2.0/24", "2001:db8:0:0:0:0:0:0/32");
    assertThat(policy.path("expiresAfter").asString()).isEqualTo("365d");
    assertThat(policy.path("idleExpiresAfter").asString()).isEqualTo("30d");
    assertThat(policy.path("unusedExpiresAfter").asString()).isEqualTo("never");
    JsonNode from = policy.path("from");
    assertThat(from.path("limit").asString()).isEqualTo("user " + ALICE);
    assertThat(from.path("form").asString()).isEqualTo("group finance");
    assertThat(from.path("scopes").asString()).isEqualTo("domain example.com");
    assertThat(from.path("length").asString()).isEqualTo("site");
    assertThat(from.path("unusedExpiresAfter").asString()).isEqualTo("configuration");
    assertThat(CommandRun.good(folder, "policy", "show", "--user", ALICE).out())
        .startsWith("Policy of the user " + ALICE + ":\n")
        .containsPattern("limit +2 +user alice@example.com");
  }

  @Test
  void setKeepsTheOtherRulesAndClearTakesAllOrSomeAway() {
    good("policy set --group g --limit 5 --length 24");
    assertThat(good("policy set --group g --any-network --scope imap").json().path("limit").asInt())
        .isEqualTo(5);

    JsonNode partly = good("policy clear --group g --rule limit --rule for").json();
    assertThat(partly.path("limit").asInt()).isEqualTo(40);
    assertThat(partly.path("scopes")).hasSize(3);
    assertThat(partly.path("length").asInt()).isEqualTo(24);
    assertThat(partly.path("from").path("length").asString()).isEqualTo("group g");
    assertThat(partly.path("from").path("networks").asString()).isEqualTo("group g");

    JsonNode all = good("policy clear --group g").json();
    assertThat(all.path("length").asInt()).isEqualTo(16);
    assertThat(actions())
        .containsExactly("policy.clear", "policy.clear", "policy.set", "policy.set");
  }

  @Test
  void aPolicyDecidesWhatIsMade() {
    good("policy set --user " + ALICE + " --may-create no");
    CommandRun refused = bad("app-password create " + ALICE + " --label Phone");
    assertThat(refused.error().path("error").asString()).isEqualTo("state");
    assertThat(refused.error().path("detail").asString()).contains("policy of user " + ALICE);
    assertThat(good("user show " + ALICE).json().path("activeAppPasswords").asInt()).isZero();

    good("policy clear --user " + ALICE + " --rule may-create");
    good("policy set --domain example.com --length 32 --expires-after 30d");
    JsonNode made = good("app-password create " + ALICE + " --label Phone").json();
    assertThat(made.path("password").asString()).hasSize(32);
    assertThat(made.path("expiresAt").asString()).isNotEmpty();
  }

  @Test
  void userShowHasThePolicyAsAnObject() {
    good("policy set --user " + ALICE + " --limit 7");

    JsonNode policy = good("user show " + ALICE).json().path("policy");

    assertThat(policy.path("limit").asInt()).isEqualTo(7);
    assertThat(policy.path("from").path("limit").asString()).isEqualTo("user " + ALICE);
    assertThat(CommandRun.good(folder, "user", "show", ALICE).out()).contains("at most 7");
  }

  @Test
  void badValuesAreUsageInOneLineAndChangeNothing() {
    for (String arguments :
        List.of(
            "policy set",
            "policy set --group g",
            "policy set --group g --user " + ALICE + " --limit 1",
            "policy set --limit many",
            "policy set --form md5",
            "policy set --for everything",
            "policy set --scope smtp",
            "policy set --for send --scope imap",
            "policy set --network 192.0.2.1/24",
            "policy set --network example.com",
            "policy set --network 192.0.2.0/24 --any-network",
            "policy set --may-create maybe",
            "policy set --expires-after tomorrow",
            "policy set --expires-after 0s",
            "policy set --expires-after 36501d",
            "policy set --idle-expires-after -1d",
            "policy clear --rule size",
            "policy show --group a --domain b",
            "user set " + ALICE,
            "user set " + ALICE + " --group g --no-group",
            "user set " + ALICE + " --protected --not-protected")) {
      CommandRun run = run(arguments);
      CommandRun text = CommandRun.of(folder, arguments.split(" ", -1));

      assertThat(run.exitCode()).as(arguments + run).isEqualTo(2);
      assertThat(run.out()).isEmpty();
      assertThat(run.error().path("error").asString()).as(arguments).isEqualTo("usage");
      assertThat(text.exitCode()).isEqualTo(2);
      assertThat(text.err()).as(arguments).startsWith("postern: ").hasLineCount(1);
    }
    assertThat(actions()).isEmpty();
  }

  @Test
  void saysWhatWouldBeRight() {
    assertThat(bad("policy set --limit 0").error().path("detail").asString()).contains("1 to 1000");
    assertThat(bad("policy set --length 15").error().path("detail").asString())
        .contains("16 to 32");
    assertThat(bad("policy set --form md5").error().path("detail").asString())
        .contains("keyed or argon2id");
    assertThat(bad("policy set --scope smtp").error().path("detail").asString())
        .contains("imap, submission or pop3");
    assertThat(bad("policy set --may-create maybe").error().path("detail").asString())
        .contains("yes or no");
    assertThat(bad("policy set --network 192.0.2.1/24").error().path("detail").asString())
        .contains("192.0.2.0/24");
    assertThat(bad("policy clear --rule size").error().path("detail").asString())
        .contains("idle-expires-after");
  }

  @Test
  void whatCannotBeIsRefusedWithWords() {
    for (String arguments :
        List.of(
            "policy set --user nobody@example.com --limit 1",
            "policy clear --user nobody@example.com",
            "policy show --user nobody@example.com",
            "user set nobody@example.com --protected")) {
      CommandRun run = bad(arguments);
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.error().path("error").asString()).as(arguments).isEqualTo("not-found");
      assertThat(run.error().path("detail").asString()).contains("nobody@example.com");
      assertThat(run.error().path("remedy").asString()).isNotEmpty();
    }
    for (String arguments :
        List.of(
            "policy set --domain alice@example.com --limit 1",
            "policy set --domain % --limit 1",
            "policy set --limit 0",
            "policy set --limit 1001",
            "policy set --length 15",
            "policy set --length 33",
            "policy set --group a/b --limit 1",
            "user set " + ALICE + " --group a/b")) {
      CommandRun run = bad(arguments);
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.error().path("error").asString()).as(arguments).isEqualTo("invalid");
      assertThat(run.error().path("remedy").asString()).isNotEmpty();
    }
    assertThat(actions()).isEmpty();
  }

  @Test
  void putsUsersIntoGroupsAndProtectsThem() {
    CommandRun first = good("user set " + ALICE + " --group Finance --protected");
    assertThat(first.json().path("group").asString()).isEqualTo("finance");
    assertThat(first.json().path("protected").asBoolean()).isTrue();
    assertThat(first.err()).as("perhaps a typing error").contains("nobody else is in the group");
    assertThat(bad("app-password create " + ALICE + " --label x").error().path("detail").asString())
        .contains("protected");
    assertThat(CommandRun.good(folder, "user", "show", ALICE).out()).contains("none: protected");

    JsonNode later = good("user set " + ALICE + " --no-group --not-protected").json();
    assertThat(later.path("group").isNull()).isTrue();
    assertThat(later.path("protected").asBoolean()).isFalse();
    assertThat(good("changes --action user.edit").jsonLines()).hasSize(2);
  }

  /** Such a group has what it is for. */
  @Test
  void aGroupThatMovesInNeedsNoPolicy() throws Exception {
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration) + "\npass-through: [ { group: pilot, mode: enforce } ]\n");
    assertThat(good("user set " + ALICE + " --group Pilot").err()).isEmpty();
    assertThat(good("user set " + ALICE + " --group Pliot").err()).contains("nobody else is in");
  }

  private List<String> actions() {
    return good("changes --action policy").jsonLines().stream()
        .map(change -> change.path("action").asString())
        .toList();
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

  private CommandRun bad(String arguments) {
    CommandRun run = run(arguments);
    assertThat(run.exitCode()).as(arguments + run).isNotZero();
    assertThat(run.out()).isEmpty();
    return run;
  }
}
