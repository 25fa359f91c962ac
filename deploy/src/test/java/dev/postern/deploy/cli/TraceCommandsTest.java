package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code postern trace}, on SQLite. */
final class TraceCommandsTest {
  private static final String ALICE = "alice@example.com";

  private final Path folder;

  TraceCommandsTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
    CommandRun.good(folder, "user", "add", ALICE);
  }

  @Test
  void startsListsAndStops() {
    Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    JsonNode started = good("trace", "start", "Alice@example.com").json();
    assertThat(started.path("user").asString()).isEqualTo(ALICE);
    assertThat(Instant.parse(started.path("endsAt").asString()))
        .isBetween(before.plusSeconds(600), Instant.now().plusSeconds(600));
    assertThat(good("trace", "list").jsonLines()).containsExactly(started);
    assertThat(CommandRun.good(folder, "trace", "list").out())
        .containsPattern("ID +USER +ENDS")
        .containsPattern(started.path("id").asString() + " +" + ALICE);
    assertThat(CommandRun.after(Duration.ofMinutes(11), folder, "trace", "list").out())
        .as("what has ended")
        .contains("postern trace start USER");

    JsonNode stopped = good("trace", "stop", ALICE).json();
    assertThat(stopped.path("stopped").booleanValue()).isTrue();
    CommandRun again = CommandRun.of(folder, "trace", "stop", ALICE, "--json");
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.error().path("error").asString()).isEqualTo("not-found");
    assertThat(good("changes", "--action", "trace").jsonLines())
        .extracting(change -> change.path("action").asString())
        .containsExactly("trace.stop", "trace.start");
  }

  @Test
  void isStoppedByItsIdAndLastsAsLongAsIsSaid() {
    JsonNode started = good("trace", "start", ALICE, "--minutes", "60").json();
    Duration time =
        Duration.between(
            Instant.parse(started.path("startedAt").asString()),
            Instant.parse(started.path("endsAt").asString()));
    assertThat(time).isEqualTo(Duration.ofHours(1));
    CommandRun.good(folder, "trace", "stop", started.path("id").asString());
    assertThat(good("trace", "list").jsonLines()).isEmpty();
  }

  @Test
  void refusesAWrongTimeAndAStranger() {
    for (String minutes : new String[] {"0", "61", "-5"}) {
      CommandRun run =
          CommandRun.of(folder, "trace", "start", ALICE, "--minutes=" + minutes, "--json");
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.error().path("error").asString()).isEqualTo("invalid");
      assertThat(run.error().path("remedy").asString()).isNotBlank();
    }
    assertThat(CommandRun.of(folder, "trace", "start", ALICE, "--minutes", "x").exitCode())
        .isEqualTo(2);
    CommandRun stranger = CommandRun.of(folder, "trace", "start", "nobody", "--json");
    assertThat(stranger.error().path("error").asString()).isEqualTo("not-found");
  }

  @Test
  void saysWhereToRead() {
    assertThat(CommandRun.good(folder, "trace", "start", ALICE).out())
        .contains(ALICE, "journalctl -u postern | grep 'login traced'");
  }

  private CommandRun good(String... arguments) {
    String[] withJson = Arrays.copyOf(arguments, arguments.length + 1);
    withJson[arguments.length] = "--json";
    return CommandRun.good(folder, withJson);
  }
}
