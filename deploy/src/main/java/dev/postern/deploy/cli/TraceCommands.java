package dev.postern.deploy.cli;

import dev.postern.admin.view.TraceView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.trace.Trace;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code postern trace …}. */
@Command(
    name = "trace",
    mixinStandardHelpOptions = true,
    description = {
      "Shows a user's logins in the log, line by line, for some minutes.",
      "On every node within a second or two; without any secret, and up to the moment when the mail"
          + " server takes over."
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  postern trace start alice@example.com"})
final class TraceCommands {
  private final Invocation invocation;

  TraceCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      name = "start",
      mixinStandardHelpOptions = true,
      description = {
        "Show a user's logins from now on.",
        "In place of a trace of that user from before. It ends by itself."
      },
      footer = {
        "",
        "Examples:",
        "  postern trace start alice@example.com",
        "  postern trace start alice@example.com --minutes 30"
      })
  int start(
      @Parameters(paramLabel = "USER", description = "The user's login name.") String user,
      @Option(
              names = "--minutes",
              paramLabel = "NUMBER",
              defaultValue = "10",
              description = "For so long, 1 to 60; 10 if nothing is said.")
          int minutes)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      Trace trace = store.traces().start(user, Duration.ofMinutes(minutes), invocation.actor());
      invocation.output().result(TraceView.json(trace), words(trace));
      return 0;
    });
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "List traces that are on, the oldest first.",
      footer = {"", "Example:", "  postern trace list --json | jq -r .user"})
  int list() throws ConfigException {
    return invocation.withStore((store, _) -> {
      List<Trace> traces = store.traces().list();
      TextTable table = new TextTable("ID", "USER", "ENDS", "STARTED", "BY");
      for (Trace trace : traces) {
        if (invocation.output().isJson()) {
          invocation.output().json(TraceView.json(trace));
        } else {
          table.row(
              trace.id(),
              trace.user(),
              Views.time(trace.endsAt()),
              Views.time(trace.startedAt()),
              trace.startedBy());
        }
      }
      invocation
          .output()
          .text(
              traces.isEmpty()
                  ? "Nobody is traced. To trace: postern trace start USER"
                  : table.toString());
      return 0;
    });
  }

  @Command(
      name = "stop",
      mixinStandardHelpOptions = true,
      description = "End a trace.",
      footer = {"", "Example:", "  postern trace stop alice@example.com"})
  int stop(
      @Parameters(paramLabel = "TRACE", description = "Its id, or its user's login name.")
          String which)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      store.traces().stop(which, invocation.actor());
      invocation
          .output()
          .result(
              Output.object().put("trace", which).put("stopped", true),
              "The trace of " + which + " has ended.");
      return 0;
    });
  }

  private static String words(Trace trace) {
    return "Logins of "
        + trace.user()
        + " are shown in the log until "
        + Views.time(trace.endsAt())
        + ". To read: journalctl -u postern | grep 'login traced'";
  }
}
