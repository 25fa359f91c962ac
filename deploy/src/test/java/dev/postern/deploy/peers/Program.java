package dev.postern.deploy.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An installed program, run to its end. */
final class Program {
  /** Where Debian puts servers; not in everybody's {@code PATH}. */
  private static final List<String> SERVER_FOLDERS =
      List.of("/usr/sbin", "/sbin", "/usr/lib/postfix/sbin");

  private Program() {}

  /**
   * What a program did.
   *
   * @param out its standard output, as UTF-8
   * @param err its standard error, as UTF-8
   */
  record Result(List<String> command, int exit, String out, String err) {

    /** This, if the program ended with 0. */
    Result succeeded() {
      if (exit != 0) {
        throw new AssertionError(this + "\n" + out + "\n" + err);
      }
      return this;
    }

    @Override
    public String toString() {
      return command.getFirst() + " ended with " + exit;
    }
  }

  /** The path of an installed program. */
  static String find(String name) {
    return Stream.concat(
            Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":")),
            SERVER_FOLDERS.stream())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () -> new AssertionError(name + " is not installed; ./verify installs what tests need"))
        .toString();
  }

  /** Runs a command for at most a minute without input. */
  static Result run(String... command) {
    return run(List.of(command), "", Duration.ofMinutes(1), Map.of());
  }

  /**
   * Runs a command; killed with its children when it takes longer.
   *
   * @param input its standard input
   * @param environment added to this process's own
   */
  static Result run(
      List<String> command, String input, Duration limit, Map<String, String> environment) {
    try {
      Path folder = Files.createTempDirectory("program");
      Path in = Files.writeString(folder.resolve("in"), input);
      Path out = folder.resolve("out");
      Path err = folder.resolve("err");
      List<String> found = new ArrayList<>(command);
      if (!found.getFirst().contains("/")) {
        found.set(0, find(found.getFirst()));
      }
      ProcessBuilder builder = new ProcessBuilder(found);
      builder.environment().putAll(environment);
      Process process =
          builder
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        throw new AssertionError(
            command.getFirst() + " took longer than " + limit + ":\n" + text(out) + text(err));
      }
      Result result = new Result(command, process.exitValue(), text(out), text(err));
      for (Path file : List.of(in, out, err, folder)) {
        Files.delete(file);
      }
      return result;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", stopped);
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
