package dev.postern.deploy.cli;

import dev.postern.admin.view.ChangeView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.audit.Changes;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

  @Option(names = "--user", paramLabel = "NAME", description = "Of this user and what is theirs.")
  private Optional<String> user = Optional.empty();

  @Option(names = "--actor", paramLabel = "NAME", description = "Made by this account.")
  private Optional<String> actor = Optional.empty();

  @Option(
      names = "--action",
      paramLabel = "WORD",
      description = "user, app-password, alarm, or one action such as user.disable.")
  private Optional<String> action = Optional.empty();

  @Mixin private Latest latest = new Latest();

  ChangesCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    latest.check();
    Changes.Query query = new Changes.Query(user, actor, action, latest.since(), latest.until());
    return invocation.withStore((store, _) -> {
      TextTable table = new TextTable("AT", "WHO", "BY WAY OF", "ACTION", "SUBJECT", "REASON");
      int shown =
          latest.show(
              Changes.LONGEST_PAGE,
              (after, most) -> store.changes().list(query, after, most),
              Changes.Entry::id,
              entry -> show(entry, table));
      invocation.output().text(shown == 0 ? "No changes on record." : table.toString());
      return 0;
    });
  }

  private void show(Changes.Entry entry, TextTable table) {
    if (invocation.output().isJson()) {
      invocation.output().json(ChangeView.json(entry));
    } else {
      table.row(
          Views.time(entry.at()),
          entry.actor().who(),
          entry.actor().channel().word()
              + entry.actor().from().map(from -> " from " + from.getHostAddress()).orElse(""),
          entry.action(),
          entry.subject().name().map(name -> name + " ").orElse("") + entry.subject().id(),
          entry.reason().orElse("-"));
    }
  }
}
