package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code postern user alias}, on SQLite. */
final class UserAliasCommandsTest {
  private static final String ALICE = "alice@example.com";
  private static final String SALES = "sales@example.com";

  private final Path folder;

  UserAliasCommandsTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
    CommandRun.good(folder, "user", "add", ALICE);
  }

  @Test
  void addsShowsAndRemoves() {
    JsonNode added =
        CommandRun.good(folder, "user", "alias", "add", ALICE, "Sales@example.com", "--json")
            .json();
    assertThat(added.path("user").asString()).isEqualTo(ALICE);
    assertThat(words(added.path("aliases"))).containsExactly(SALES);
    assertThat(CommandRun.good(folder, "user", "alias", "add", ALICE, "office").out())
        .contains(ALICE + " also logs in as office, " + SALES + ".");

    assertThat(words(shown().path("aliases"))).containsExactly("office", SALES);
    assertThat(CommandRun.good(folder, "user", "show", ALICE).out())
        .containsPattern("Aliases +office, " + SALES);

    CommandRun.good(folder, "user", "alias", "remove", ALICE, "OFFICE");
    assertThat(CommandRun.good(folder, "user", "alias", "remove", ALICE, SALES).out())
        .contains("no other name");
    assertThat(shown().path("aliases")).isEmpty();
    assertThat(CommandRun.good(folder, "user", "show", ALICE).out())
        .containsPattern("Aliases +none");
  }

  @Test
  void saysWhyNot() {
    CommandRun.good(folder, "user", "alias", "add", ALICE, SALES);
    refused("conflict", "add", ALICE, ALICE);
    refused("not-found", "add", "nobody", "office");
    refused("invalid", "add", ALICE, "two words");
    refused("not-found", "remove", ALICE, "office");
    CommandRun taken = CommandRun.of(folder, "user", "add", SALES, "--json");
    assertThat(taken.error().path("error").asString()).isEqualTo("conflict");
    assertThat(taken.error().path("detail").asString()).contains("alias");
  }

  @Test
  void anAliasIsNoUser() {
    CommandRun.good(folder, "user", "alias", "add", ALICE, SALES);
    assertThat(CommandRun.of(folder, "user", "show", SALES).exitCode()).isEqualTo(1);
    CommandRun.good(folder, "user", "remove", ALICE);
    CommandRun.good(folder, "user", "add", SALES);
  }

  private void refused(String error, String verb, String user, String alias) {
    CommandRun run = CommandRun.of(folder, "user", "alias", verb, user, alias, "--json");
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    assertThat(run.error().path("error").asString()).isEqualTo(error);
    assertThat(run.error().path("remedy").asString()).isNotEmpty();
  }

  private JsonNode shown() {
    return CommandRun.good(folder, "user", "show", ALICE, "--json").json();
  }

  private static List<String> words(JsonNode array) {
    return array.valueStream().map(JsonNode::asString).toList();
  }
}
