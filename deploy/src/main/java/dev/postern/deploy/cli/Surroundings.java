package dev.postern.deploy.cli;

import dev.postern.deploy.node.ReloadSignal;
import dev.postern.deploy.node.StopSignals;
import dev.postern.store.auth.Secret;
import java.io.BufferedOutputStream;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/**
 * What a command sees of the world, so that a test can give it another.
 *
 * @param secrets asks for a secret without showing it
 * @param folder the working directory; relative arguments start there
 * @param isWatched whether somebody looks at standard error, and progress is of use
 * @param requests what others ask of a running server
 */
public record Surroundings(
    InputStream in,
    PrintStream out,
    PrintStream err,
    SecretPrompt secrets,
    Map<String, String> environment,
    Path folder,
    Clock clock,
    boolean isWatched,
    Requests requests) {

  public Surroundings {
    environment = Map.copyOf(environment);
  }

  /** Those of this process. */
  public static Surroundings ofProcess() {
    Optional<Console> terminal = Optional.ofNullable(System.console()).filter(Console::isTerminal);
    return new Surroundings(
        System.in,
        utf8(FileDescriptor.out),
        utf8(FileDescriptor.err),
        terminal.map(SecretPrompts::terminal).orElseGet(() -> SecretPrompts.stream(System.in)),
        System.getenv(),
        Path.of("").toAbsolutePath(),
        Clock.systemUTC(),
        terminal.isPresent(),
        new SignalledRequests());
  }

  /** JSON is UTF-8, whatever the locale says. */
  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(descriptor)), false, StandardCharsets.UTF_8);
  }

  /** Where secrets come from: a person at a terminal, or standard input. */
  @FunctionalInterface
  public interface SecretPrompt {
    /**
     * Reads one line; the caller closes it.
     *
     * @throws CommandFailure if there is none
     */
    Secret read(Wanted wanted);
  }

  /**
   * A line that is asked for.
   *
   * @param prompt for a person
   * @param noun what errors call it
   * @param longest in bytes
   */
  public record Wanted(String prompt, String noun, int longest) {
    private static final int LONGEST_SECRET = 4096;

    /** A code of 6 KiB, and what else providers put beside it. */
    private static final int LONGEST_ADDRESS = 8192;

    static Wanted secret(String prompt) {
      return new Wanted(prompt, "secret", LONGEST_SECRET);
    }

    static Wanted address(String prompt) {
      return new Wanted(prompt, "address", LONGEST_ADDRESS);
    }
  }

  /** How a running server learns what it is to do; used by servers alone. */
  public interface Requests {

    /** Begins to hear requests to stop. */
    StopSignals stop();

    /** Begins to hear requests to read the configuration again. */
    void onReload(Runnable reload);
  }

  /** By signals to this process. */
  private record SignalledRequests() implements Requests {
    @Override
    public StopSignals stop() {
      return StopSignals.listen();
    }

    @Override
    public void onReload(Runnable reload) {
      ReloadSignal.listen(reload);
    }
  }
}
