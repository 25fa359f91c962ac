package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** A command that runs in this process until it is stopped. */
final class RunningCommand implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final RequestsOfTest requests = new RequestsOfTest();
  private final CompletableFuture<Integer> exitCode;

  private RunningCommand(Clock clock, Path folder, String... arguments) {
    Surroundings surroundings =
        CommandRun.surroundings(folder, "", out, err, Map.of(), clock, requests);
    exitCode =
        CompletableFuture.supplyAsync(
            () -> CommandLines.run(surroundings, arguments),
            task -> Thread.ofPlatform().name("command").start(task));
  }

  static RunningCommand start(Path folder, String... arguments) {
    return start(Clock.systemUTC(), folder, arguments);
  }

  /** A command with another clock. */
  static RunningCommand start(Clock clock, Path folder, String... arguments) {
    return new RunningCommand(clock, folder, arguments);
  }

  /** The line of JSON that has that key, once it is there. */
  JsonNode awaitLine(String key, String value) {
    return await()
        .atMost(LONGEST)
        .until(
            () -> {
              assertThat(exitCode.isDone()).as(this::said).isFalse();
              return CommandRun.jsonLines(completeLines()).stream()
                  .filter(line -> line.path(key).asString("").equals(value))
                  .findFirst()
                  .orElse(null);
            },
            line -> line != null);
  }

  /** What is on standard output now, without a line that is still being written. */
  String completeLines() {
    String text = out.toString(StandardCharsets.UTF_8);
    return text.substring(0, text.lastIndexOf('\n') + 1);
  }

  /** What is on standard error now. */
  String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** Asks it to stop; it waits for its sessions. */
  void askToStop() {
    requests.askToStop();
  }

  /** Asks it to read its configuration again. */
  void reload() {
    requests.reload();
  }

  /** Stops it at once and returns its exit code. */
  int stop() {
    requests.askToStop();
    requests.hurry();
    return exitCode();
  }

  /** Waits until it ends by itself. */
  int exitCode() {
    return exitCode.orTimeout(LONGEST.toSeconds(), TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    stop();
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
  }
}
