package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

final class CommandLinesTest {
  private final Path folder;

  CommandLinesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static Stream<CommandSpec> commands() {
    return withSubcommands(commandLine()).map(CommandLine::getCommandSpec);
  }

  private static CommandLine commandLine(String... arguments) {
    return CommandLines.commandLine(
        CommandRun.surroundings(
            Path.of("."),
            "",
            new ByteArrayOutputStream(),
            new ByteArrayOutputStream(),
            RequestsOfTest.stopped()),
        arguments);
  }

  private static Stream<CommandLine> withSubcommands(CommandLine line) {
    return Stream.concat(
        Stream.of(line),
        line.getSubcommands().values().stream().flatMap(CommandLinesTest::withSubcommands));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandSaysWhatItDoesWithAnExample(CommandSpec command) {
    String help = command.commandLine().getUsageMessage();

    assertThat(command.usageMessage().description()).isNotEmpty();
    assertThat(help)
        .containsPattern("Examples?:\n  " + command.qualifiedName())
        .contains("--json", "--config", "--help");
  }

  private static Stream<String> names() {
    return commandLine().getSubcommands().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void makesNoCommandButTheOneThatIsNamed(String name) {
    assertThat(commandLine(name, "--help").getSubcommands()).containsOnlyKeys(name);
  }

  @Test
  void everyCommandOfTheDesignIsThere() {
    assertThat(commands().map(CommandSpec::qualifiedName))
        .contains(
            "postern demo",
            "postern init",
            "postern check",
            "postern serve",
            "postern verify",
            "postern user add",
            "postern user list",
            "postern user show",
            "postern user disable",
            "postern user enable",
            "postern user remove",
            "postern user upstream-password",
            "postern app-password create",
            "postern app-password list",
            "postern app-password rotate",
            "postern app-password suspend",
            "postern app-password resume",
            "postern keys status",
            "postern keys add",
            "postern keys activate",
            "postern keys retire",
            "postern app-password revoke");
  }

  @Test
  void helpIsAResultAndNoError() {
    CommandRun run = CommandRun.good(folder, "app-password", "create", "--help");

    assertThat(run.out()).startsWith("Usage: postern app-password create");
    assertThat(run.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "user",
        "usr list",
        "user add",
        "check --conect",
        "app-password create alice",
        "app-password create --label Phone",
        "app-password create alice --label Phone --users-from list",
        "app-password create alice --label Phone --create-users",
        "app-password create --users-from list --label Phone --login scan1",
        "app-password create alice --label Phone --for everything",
        "app-password create alice --label Phone --expires tomorrow",
        "app-password create alice --label Phone --expires 2001-01-31",
        "app-password create alice --label Phone --idle-expires 1y",
        "app-password create alice --label Phone --network 192.0.2.1/24",
        "app-password revoke",
        "app-password revoke --all",
        "app-password revoke --user alice",
        "app-password revoke ap_1 --user alice --all",
        "verify alice",
        "verify alice --protocol smtp",
        "verify alice --protocol imap --network example.com",
        "init --upstream exchange"
      })
  void wrongUsageIsExitCodeTwoInWordsAndInJson(String arguments) {
    String[] words = arguments.isEmpty() ? new String[0] : arguments.split(" ", -1);
    CommandRun text = CommandRun.of(folder, words);
    CommandRun json =
        CommandRun.of(
            folder, Stream.concat(Stream.of(words), Stream.of("--json")).toArray(String[]::new));

    assertThat(text.exitCode()).isEqualTo(2);
    assertThat(text.err()).startsWith("postern: ").hasLineCount(1).contains("--help");
    assertThat(text.out()).isEmpty();
    assertThat(json.exitCode()).isEqualTo(2);
    assertThat(json.error().propertyNames()).containsExactly("error", "detail", "remedy");
    assertThat(json.error().path("error").asString()).isEqualTo("usage");
    assertThat(json.out()).isEmpty();
  }

  @Test
  void guessesAMistypedCommand() {
    assertThat(CommandRun.of(folder, "usr").err()).contains("did you mean");
  }

  @Test
  void saysThatThereIsNoConfiguration() {
    CommandRun run = CommandRun.of(folder, "user", "list", "--config", "missing.yaml", "--json");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.error().path("error").asString()).isEqualTo("configuration");
    assertThat(run.error().path("detail").asString()).contains("missing.yaml does not exist");
  }

  @Test
  void printsEveryProblemOfAConfigurationAsAnObjectOfItsOwn() throws Exception {
    Files.writeString(folder.resolve("postern.yaml"), "server: { nam: x }\nlisteners: []\n");

    CommandRun text = CommandRun.of(folder, "check");
    CommandRun json = CommandRun.of(folder, "check", "--json");

    String file = folder.resolve("postern.yaml").toString();
    assertThat(text.exitCode()).isEqualTo(1);
    assertThat(text.err())
        .contains(file + ":1: server.nam: is an unknown key; did you mean \"name\"?");
    assertThat(CommandRun.jsonLines(json.err()))
        .hasSizeGreaterThan(3)
        .allSatisfy(problem ->
            assertThat(problem.propertyNames())
                .contains("error", "detail", "remedy", "file", "line", "key"));
  }
}
