package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.store.audit.Changes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code postern changes}: who changed what, and alarms. */
@Command(
    name = "changes",
    mixinStandardHelpOptions = true,
    description = "What people and Postern itself changed, and alarms; the latest first.",
    footer = {
      "",
      "Examples:",
      "  postern changes --user alice@example.com",
      "  postern changes --action alarm --since 7d",
      "  postern changes --json | jq 'select(.action == \"app-password.revoke\") | .before'"
    })
final class ChangesCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--user", paramLabel = "NAME", description = "Of this user and what is theirs.")
  private Optional<String> user = Optional.empty();

  @Option(names = "--actor", paramLabel = "NAME", description = "Made by this account.")
  private Optional<String> actor = Optional.empty();

  @Option(
      names = "--action",
      paramLabel = "WORD",
      description = "user, app-password, alarm, or one action such as user.disable.")
  private Optional<String> action = Optional.empty();

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "24h, 7d, 2026-11-24 or 2026-11-24T12:00:00Z.")
  private Optional<Since> since = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "Most lines. Default: 100.")
  private int limit;

  ChangesCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    if (limit < 1) {
      throw new ParameterException(spec.commandLine(), "--limit must be 1 or more");
    }
    Changes.Query query = new Changes.Query(user, actor, action, since.map(Since::at));
    return invocation.withStore((store, _) -> {
      TextTable table = new TextTable("AT", "WHO", "BY WAY OF", "ACTION", "SUBJECT", "REASON");
      int shown = 0;
      List<Changes.Entry> page;
      Optional<String> after = Optional.empty();
      do {
        page = store.changes().list(query, after, Math.min(limit - shown, Changes.LONGEST_PAGE));
        page.forEach(entry -> show(entry, table));
        shown += page.size();
        after = page.isEmpty() ? after : Optional.of(page.getLast().id());
      } while (!page.isEmpty() && shown < limit);
      invocation.output().text(shown == 0 ? "No changes on record." : table.toString());
      return 0;
    });
  }

  private void show(Changes.Entry entry, TextTable table) {
    if (invocation.output().isJson()) {
      invocation.output().json(AuditViews.json(entry));
    } else {
      table.row(
          Views.time(entry.at()),
          entry.actor().who(),
          entry.actor().channel(),
          entry.action(),
          entry.subject().name().map(name -> name + " ").orElse("") + entry.subject().id(),
          entry.reason().orElse("-"));
    }
  }
}
