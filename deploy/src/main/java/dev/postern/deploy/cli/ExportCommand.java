package dev.postern.deploy.cli;

import dev.postern.admin.view.ChangeView;
import dev.postern.admin.view.EndedSessionView;
import dev.postern.admin.view.ExportView;
import dev.postern.admin.view.SignInView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.audit.Exports;
import dev.postern.store.audit.Exports.Numbered;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern export}: the record, for those who take it elsewhere. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "The record as one JSON object a line, each with its number. Go on behind the last one:",
      "nothing is missed. What has changed since comes again with its id and a higher number."
    },
    footer = {
      "",
      "Examples:",
      "  postern export changes > changes.jsonl",
      "  postern export sessions --after $(tail -n1 sessions.jsonl | jq .number) >> sessions.jsonl",
      "  postern export sign-ins --follow | ship-to-siem"
    })
final class ExportCommand implements Callable<Integer> {
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** A part of the record. */
  enum Kind {
    CHANGES,
    SIGN_INS,
    SESSIONS
  }

  @Parameters(
      paramLabel = "RECORD",
      description = "changes, sign-ins, or sessions: those that have ended.")
  private Kind kind = Kind.CHANGES;

  @Option(
      names = "--after",
      paramLabel = "N",
      defaultValue = "0",
      description = "Lines with higher numbers. Default: all.")
  private long after;

  @Option(names = "--limit", paramLabel = "N", description = "Most lines. Default: all.")
  private Optional<Long> limit = Optional.empty();

  @Option(names = "--follow", description = "Wait for more, until interrupted.")
  private boolean isFollowing;

  ExportCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    if (after < 0 || limit.orElse(1L) < 1) {
      throw new ParameterException(
          spec.commandLine(), "--after must be 0 or more, and --limit 1 or more");
    }
    return invocation.withStore((store, _) -> {
      Exports exports = store.exports();
      switch (kind) {
        case CHANGES -> export(exports::changes, ChangeView::json);
        case SIGN_INS -> export(exports::signIns, SignInView::json);
        case SESSIONS -> export(exports::sessions, EndedSessionView::json);
      }
      return 0;
    });
  }

  /** Gives a page of a record. */
  private interface Source<T> {
    List<Numbered<T>> page(long after, int limit);
  }

  private <T> void export(Source<T> source, Function<T, ObjectNode> view) {
    long left = limit.orElse(Long.MAX_VALUE);
    long place = after;
    boolean isGoingOn = true;
    while (isGoingOn && left > 0) {
      int most = (int) Math.min(left, Exports.LONGEST_PAGE);
      List<Numbered<T>> page = source.page(place, most);
      page.forEach(line -> invocation.output().json(ExportView.json(line, view)));
      left -= page.size();
      place = page.isEmpty() ? place : page.getLast().number();
      isGoingOn = page.size() == most || (isFollowing && hasWaited());
    }
  }

  /** Whether there is still somebody who waits for more. */
  private boolean hasWaited() {
    try {
      Thread.sleep(PAUSE);
      return !invocation.surroundings().out().checkError();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
