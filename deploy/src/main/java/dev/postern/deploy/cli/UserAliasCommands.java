package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.store.auth.User;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern user alias …}. */
@Command(
    name = "alias",
    mixinStandardHelpOptions = true,
    description = "Other names that a user may log in with.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  postern user alias add alice@example.com sales@example.com"})
final class UserAliasCommands {
  private final Invocation invocation;

  UserAliasCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = {
        "Let a user log in with another name too.",
        "Every app password of the user works with it; the mailbox is that of the user."
      },
      footer = {"", "Example:", "  postern user alias add alice@example.com sales@example.com"})
  int add(
      @Parameters(paramLabel = "USER") String name,
      @Parameters(paramLabel = "ALIAS", description = "A name that nobody has yet.") String alias)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      User user = UserCommands.find(store, name);
      store.users().addAlias(user.name(), alias, invocation.actor());
      show(user, store.users().aliases(user.name()));
      return 0;
    });
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = {
        "Take another name of a user away again.",
        "Sessions that are open go on; new logins with the name fail at once."
      },
      footer = {"", "Example:", "  postern user alias remove alice@example.com sales@example.com"})
  int remove(
      @Parameters(paramLabel = "USER") String name, @Parameters(paramLabel = "ALIAS") String alias)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      User user = UserCommands.find(store, name);
      store.users().removeAlias(user.name(), alias, invocation.actor());
      show(user, store.users().aliases(user.name()));
      return 0;
    });
  }

  private void show(User user, List<String> aliases) {
    ObjectNode json = Output.object().put("user", user.name());
    ArrayNode list = json.putArray("aliases");
    aliases.forEach(list::add);
    invocation
        .output()
        .result(
            json,
            user.name()
                + (aliases.isEmpty()
                    ? " logs in with no other name."
                    : " also logs in as " + String.join(", ", aliases) + "."));
  }
}
