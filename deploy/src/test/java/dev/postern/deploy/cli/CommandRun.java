package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.cli.Surroundings.Requests;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A command that ran in this process, and what it said.
 *
 * @param out standard output
 * @param err standard error
 */
record CommandRun(int exitCode, String out, String err) {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  static CommandRun of(Path folder, String... arguments) {
    return withInput(folder, "", arguments);
  }

  static CommandRun withInput(Path folder, String input, String... arguments) {
    return run(folder, input, Map.of(), Clock.systemUTC(), arguments);
  }

  /** A command that runs so much later. */
  static CommandRun after(Duration later, Path folder, String... arguments) {
    return run(folder, "", Map.of(), Clock.offset(Clock.systemUTC(), later), arguments);
  }

  /** A command with these variables in its environment. */
  static CommandRun in(Map<String, String> environment, Path folder, String... arguments) {
    return run(folder, "", environment, Clock.systemUTC(), arguments);
  }

  private static CommandRun run(
      Path folder,
      String input,
      Map<String, String> environment,
      Clock clock,
      String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Surroundings surroundings =
        surroundings(folder, input, out, err, environment, clock, RequestsOfTest.stopped());
    int exitCode = CommandLines.run(surroundings, arguments);
    return new CommandRun(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  static Surroundings surroundings(
      Path folder,
      String input,
      ByteArrayOutputStream out,
      ByteArrayOutputStream err,
      Requests requests) {
    return surroundings(folder, input, out, err, Map.of(), Clock.systemUTC(), requests);
  }

  static Surroundings surroundings(
      Path folder,
      String input,
      ByteArrayOutputStream out,
      ByteArrayOutputStream err,
      Map<String, String> environment,
      Clock clock,
      Requests requests) {
    InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
    return new Surroundings(
        in,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        SecretPrompts.stream(in),
        environment,
        folder,
        clock,
        false,
        requests);
  }

  /** Runs a command that must succeed. */
  static CommandRun good(Path folder, String... arguments) {
    CommandRun run = of(folder, arguments);
    assertThat(run.exitCode()).as(run.toString()).isZero();
    return run;
  }

  /** The only line of JSON on standard output. */
  JsonNode json() {
    List<JsonNode> lines = jsonLines(out);
    assertThat(lines).as(toString()).hasSize(1);
    return lines.getFirst();
  }

  /** The only line of JSON on standard error. */
  JsonNode error() {
    List<JsonNode> lines = jsonLines(err);
    assertThat(lines).as(toString()).hasSize(1);
    return lines.getFirst();
  }

  List<JsonNode> jsonLines() {
    return jsonLines(out);
  }

  static List<JsonNode> jsonLines(String text) {
    return text.lines().map(MAPPER::readTree).toList();
  }
}
