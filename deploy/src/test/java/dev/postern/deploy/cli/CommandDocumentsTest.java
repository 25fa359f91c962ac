package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The list of commands in the documents is that of the program. */
final class CommandDocumentsTest {
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(postern [a-z -]+)` \\|");

  @Test
  void everyCommandIsInTheListAndNoOther() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "commands.md"));
    List<String> listed = ROW.matcher(page).results().map(row -> row.group(1)).toList();

    assertThat(listed).containsExactlyInAnyOrderElementsOf(names());
  }

  @Test
  void theReadmeLeadsToTheList() throws IOException {
    assertThat(Files.readString(Path.of("..", "README.md"))).contains("(docs/commands.md)");
  }

  private static List<String> names() {
    CommandLine root =
        CommandLines.commandLine(
            CommandRun.surroundings(
                Path.of("."),
                "",
                new ByteArrayOutputStream(),
                new ByteArrayOutputStream(),
                RequestsOfTest.stopped()));
    return commands(root).map(leaf -> leaf.getCommandSpec().qualifiedName()).toList();
  }

  /** Those that do something; most that have commands of their own do not. */
  private static Stream<CommandLine> commands(CommandLine line) {
    Stream<CommandLine> own =
        line.getSubcommands().isEmpty() || line.getCommand() instanceof Callable<?>
            ? Stream.of(line)
            : Stream.empty();
    return Stream.concat(
        own, line.getSubcommands().values().stream().flatMap(CommandDocumentsTest::commands));
  }
}
