package dev.postern.deploy.cli;

import dev.postern.admin.view.SessionView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.Sessions;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code postern sessions …}: who is logged in, on all nodes. */
@Command(
    name = "sessions",
    mixinStandardHelpOptions = true,
    description = "Who is logged in, on all nodes.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Example:",
      "  postern sessions list --user alice@example.com",
      "  postern sessions kick --address 192.0.2.0/24"
    })
final class SessionsCommands {
  private static final int LOOKS = 25;
  private static final int LOOK_MILLIS = 200;

  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  SessionsCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = {
        "Sessions of all nodes, the newest first. Starts and ends show within a second, bytes",
        "within half a minute."
      },
      footer = {
        "",
        "Examples:",
        "  postern sessions list --protocol submission --address 192.0.2.0/24",
        "  postern sessions list --limit 100000 --json | jq -r .user | sort | uniq -c"
      })
  int list(
      @Mixin SessionConditions conditions,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "100",
              description = "Most lines. Default: 100.")
          int limit)
      throws ConfigException {
    if (limit < 1) {
      throw usage("list", "--limit must be 1 or more");
    }
    return invocation.withStore((store, _) -> {
      TextTable table = SessionViews.table();
      int shown = show(store.sessions(), conditions.filter(store), limit, table);
      invocation.output().text(shown == 0 ? "No such session." : table.toString());
      return 0;
    });
  }

  private int show(Sessions sessions, SessionFilter which, int limit, TextTable table) {
    int shown = 0;
    Optional<String> after = Optional.empty();
    while (shown < limit) {
      List<Sessions.Entry> page =
          sessions.list(which, after, Math.min(limit - shown, Sessions.LONGEST_PAGE));
      if (page.isEmpty()) {
        break;
      }
      for (Sessions.Entry session : page) {
        if (invocation.output().isJson()) {
          invocation.output().json(SessionView.json(session));
        } else {
          SessionViews.row(session, table);
        }
      }
      shown += page.size();
      after = Optional.of(page.getLast().key());
    }
    return shown;
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = {
        "End sessions on every node within a second: those that match when the node hears of it.",
        "Their clients may log in again; to keep somebody out, suspend the app password.",
        "Waits up to 5 seconds for those that are in the list."
      },
      footer = {
        "",
        "Examples:",
        "  postern sessions kick --user alice@example.com --reason \"mailbox moves\"",
        "  postern sessions kick --upstream mailstore",
        "  postern sessions kick --all"
      })
  int kick(
      @Mixin SessionConditions conditions,
      @Option(names = "--all", description = "Every session of the site.") boolean isAll,
      @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the audit.")
          Optional<String> reason)
      throws ConfigException {
    if (isAll != conditions.isEmpty()) {
      throw usage("kick", "give some conditions, or --all");
    }
    return invocation.withStore((store, _) -> {
      Sessions.Kick kick =
          store
              .sessions()
              .kick(
                  conditions.filter(store),
                  reason.orElse("ended on the command line"),
                  invocation.actor());
      int seen = kick.keys().size();
      int left = awaitEnd(store.sessions(), kick);
      invocation
          .output()
          .result(
              Output.object()
                  .put("sessions", kick.which().text())
                  .put("seen", seen)
                  .put("ended", seen - left),
              told(seen, left));
      return left == 0 ? 0 : 1;
    });
  }

  private static String told(int seen, int left) {
    if (seen == 0) {
      return "No such session was in the list. Any that is not in it yet has been told to end.";
    }
    return left == 0
        ? "Ended " + seen + (seen == 1 ? " session." : " sessions.")
        : "Ended "
            + (seen - left)
            + " of "
            + seen
            + " sessions; the others' nodes do not answer: see 'postern nodes'.";
  }

  /** How many have not ended after a while. */
  private static int awaitEnd(Sessions sessions, Sessions.Kick kick) {
    int left = sessions.left(kick);
    try {
      for (int look = 0; left > 0 && look < LOOKS; look++) {
        Thread.sleep(LOOK_MILLIS);
        left = sessions.left(kick);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return left;
  }

  private ParameterException usage(String command, String detail) {
    return new ParameterException(spec.commandLine().getSubcommands().get(command), detail);
  }
}
