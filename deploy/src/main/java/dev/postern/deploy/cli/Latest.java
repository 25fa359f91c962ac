package dev.postern.deploy.cli;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How far back a command looks that lists the latest of something, and how many it shows. */
final class Latest {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec mixee = CommandSpec.create();

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "24h, 7d, 2026-11-24 or 2026-11-24T12:00:00Z.")
  private Optional<Since> since = Optional.empty();

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "Before that; written in the same ways.")
  private Optional<Since> until = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "Most lines. Default: 100.")
  private int limit;

  /** Where the list comes from. */
  interface Pages<T> {
    /**
     * @param after the id of what was shown last; empty at first
     * @param most entries
     */
    List<T> of(Optional<String> after, int most);
  }

  Optional<Instant> since() {
    return since.map(Since::at);
  }

  Optional<Instant> until() {
    return until.map(Since::at);
  }

  /** Refuses a number that makes no sense, before anything is opened. */
  void check() {
    if (limit < 1) {
      throw new ParameterException(mixee.commandLine(), "--limit must be 1 or more");
    }
  }

  /**
   * Shows entries page by page.
   *
   * @param longestPage most entries that {@code pages} gives at once
   * @return how many there were
   */
  <T> int show(int longestPage, Pages<T> pages, Function<T, String> id, Consumer<T> each) {
    int shown = 0;
    List<T> page;
    Optional<String> after = Optional.empty();
    do {
      page = pages.of(after, Math.min(limit - shown, longestPage));
      page.forEach(each);
      shown += page.size();
      after = page.isEmpty() ? after : Optional.of(id.apply(page.getLast()));
    } while (!page.isEmpty() && shown < limit);
    return shown;
  }
}
