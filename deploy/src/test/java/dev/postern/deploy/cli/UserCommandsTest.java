package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code postern user set} where it is about mailboxes, and {@code user list}, on SQLite. */
final class UserCommandsTest {
  private static final String ALICE = "alice@example.com";
  private static final String BOB = "bob@example.org";

  private final Path folder;

  UserCommandsTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
    CommandRun.good(folder, "user", "add", ALICE);
    CommandRun.good(folder, "user", "add", BOB);
  }

  @Test
  void movesAUserAndBack() throws Exception {
    String upstream = anUpstream();
    JsonNode moved =
        good("user set " + ALICE + " --upstream " + upstream + " --upstream-user Box").json();
    assertThat(moved.path("upstream").asString()).isEqualTo(upstream);
    assertThat(moved.path("upstreamUser").asString()).isEqualTo("Box");
    assertThat(CommandRun.good(folder, "user", "set", ALICE, "--protected").out())
        .isEqualTo(ALICE + ": upstream " + upstream + " as Box, no group, protected.\n");

    JsonNode half = good("user set " + ALICE + " --no-upstream-user").json();
    assertThat(half.path("upstream").asString()).isEqualTo(upstream);
    assertThat(half.path("upstreamUser").isNull()).isTrue();
    JsonNode back = good("user set " + ALICE + " --no-upstream").json();
    assertThat(back.path("upstream").isNull()).isTrue();
    assertThat(back.path("protected").asBoolean()).isTrue();
    assertThat(good("changes --action user.edit").jsonLines()).hasSize(4);
  }

  @Test
  void refusesAMailboxThatCannotBe() {
    assertThat(error("user set " + ALICE + " --upstream nowhere")).isEqualTo("not-found");
    assertThat(run("user set " + ALICE + " --upstream a --no-upstream").exitCode()).isEqualTo(2);
    assertThat(run("user set " + ALICE + " --upstream-user a --no-upstream-user").exitCode())
        .isEqualTo(2);
    assertThat(good("changes --action user.edit").jsonLines()).isEmpty();
  }

  @Test
  void listsThoseWhoAreAskedFor() {
    assertThat(names("")).containsExactly(ALICE, BOB);
    assertThat(names(" --domain example.org")).containsExactly(BOB);
    assertThat(names(" --starts-with al")).containsExactly(ALICE);
    assertThat(names(" --disabled")).isEmpty();
    CommandRun.good(folder, "user", "disable", BOB);
    CommandRun.good(folder, "user", "set", ALICE, "--protected", "--group", "g");
    assertThat(names(" --disabled")).containsExactly(BOB);
    assertThat(names(" --protected")).containsExactly(ALICE);
    assertThat(names(" --group g")).containsExactly(ALICE);
    assertThat(names(" --group g --disabled")).isEmpty();
    assertThat(CommandRun.good(folder, "user", "list", "--group", "h").out())
        .isEqualTo("No such users.\n");
    assertThat(error("user list --domain %")).isEqualTo("invalid");
  }

  /** One that {@code init} wrote. */
  private String anUpstream() throws Exception {
    List<String> lines = Files.readAllLines(folder.resolve("postern.yaml"));
    return lines.get(lines.indexOf("upstreams:") + 1).strip().replace(":", "");
  }

  private List<String> names(String conditions) {
    return good("user list" + conditions).jsonLines().stream()
        .map(user -> user.path("user").asString())
        .toList();
  }

  private String error(String arguments) {
    CommandRun run = run(arguments);
    assertThat(run.exitCode()).as(arguments + run).isOne();
    return run.error().path("error").asString();
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
