package dev.postern.deploy.cli;

import dev.postern.admin.view.UserView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.store.Page;
import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern user …}. */
@Command(
    name = "user",
    mixinStandardHelpOptions = true,
    description = "Users: who may own app passwords.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  postern user add alice@example.com"})
final class UserCommands {
  private static final int PAGE = 500;

  private final Invocation invocation;

  UserCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Add a user.",
      footer = {
        "",
        "Examples:",
        "  postern user add alice@example.com",
        "  postern user add bob@example.com --upstream mailstore --upstream-user bob"
      })
  int add(
      @Parameters(paramLabel = "NAME", description = "Login name, usually the mail address.")
          String name,
      @Option(
              names = "--upstream",
              paramLabel = "NAME",
              description = "Pin to this upstream, before any route.")
          Optional<String> upstream,
      @Option(
              names = "--upstream-user",
              paramLabel = "NAME",
              description = "Name of the mailbox there, where it differs.")
          Optional<String> upstreamUser)
      throws ConfigException {
    return invocation.withStore((store, configuration) -> {
      Invocation.requireUpstream(configuration, upstream);
      User user = store.users().add(name, upstream, upstreamUser, invocation.actor());
      invocation
          .output()
          .result(UserView.json(user), "Added " + user.name() + ".\n" + next(configuration, user));
      return 0;
    });
  }

  /** What a new user needs before a login goes through. */
  private static String next(Configuration configuration, User user) {
    List<Upstream> upstreams =
        configuration.gateway().upstreams().values().stream()
            .filter(upstream -> user.upstream().map(upstream.name()::equals).orElse(true))
            .toList();
    List<String> steps = new ArrayList<>();
    if (upstreams.stream().anyMatch(UserCommands::isStoredPassword)) {
      steps.add(", the password of the mailbox: postern user upstream-password " + user.name());
    }
    if (upstreams.stream().anyMatch(ConsentState::isWanted)) {
      steps.add(", consent at the provider: postern oauth connect " + user.name());
    }
    steps.add(": postern app-password create " + user.name() + " --label Phone");
    return "Next" + String.join("\nThen", steps);
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "List users by name: all, or those who meet every condition.",
      footer = {
        "",
        "Examples:",
        "  postern user list --json | jq -r .user",
        "  postern user list --domain example.com --disabled"
      })
  int list(
      @Option(names = "--domain", paramLabel = "DOMAIN", description = "Of that domain.")
          Optional<String> domain,
      @Option(names = "--group", paramLabel = "GROUP", description = "In that group.")
          Optional<String> group,
      @Option(names = "--disabled", description = "Who may not log in.") boolean isDisabled,
      @Option(names = "--protected", description = "For whom nobody makes app passwords.")
          boolean isProtected,
      @Option(
              names = "--starts-with",
              paramLabel = "TEXT",
              description = "Whose name begins with that.")
          Optional<String> start)
      throws ConfigException {
    UserFilter filter =
        new UserFilter(
            domain,
            group,
            Optional.of(true).filter(_ -> isDisabled),
            Optional.of(true).filter(_ -> isProtected),
            start);
    return invocation.withStore((store, _) -> {
      TextTable table = new TextTable("USER", "STATE", "UPSTREAM", "UPSTREAM USER", "CREATED");
      boolean isEmpty = true;
      Optional<String> after = Optional.of("");
      while (after.isPresent()) {
        Page<User> page = store.users().list(filter, after.get(), PAGE);
        page.items().forEach(user -> show(user, table));
        isEmpty = isEmpty && page.items().isEmpty();
        after = page.next();
      }
      String none =
          filter.equals(UserFilter.ALL)
              ? "No users yet. Add one: postern user add NAME"
              : "No such users.";
      invocation.output().text(isEmpty ? none : table.toString());
      return 0;
    });
  }

  private void show(User user, TextTable table) {
    if (invocation.output().isJson()) {
      invocation.output().json(UserView.json(user));
    } else {
      table.row(
          user.name(),
          user.disabled().isPresent() ? "disabled" : "active",
          user.upstream().orElse("-"),
          user.upstreamUser().orElse("-"),
          Views.time(user.createdAt()));
    }
  }

  @Command(
      name = "disable",
      mixinStandardHelpOptions = true,
      description = "End the user's sessions and refuse new logins, until enabled again.",
      footer = {"", "Example:", "  postern user disable alice@example.com --reason \"phone lost\""})
  int disable(
      @Parameters(paramLabel = "NAME") String name,
      @Option(
              names = "--reason",
              paramLabel = "TEXT",
              defaultValue = "disabled on the command line")
          String reason)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      User user = store.users().disable(name, reason, invocation.actor());
      invocation
          .output()
          .result(
              UserView.json(user),
              "Disabled " + user.name() + ". Undo with: postern user enable " + user.name());
      return 0;
    });
  }

  @Command(
      name = "enable",
      mixinStandardHelpOptions = true,
      description = "Let a disabled user log in again.",
      footer = {"", "Example:", "  postern user enable alice@example.com"})
  int enable(@Parameters(paramLabel = "NAME") String name) throws ConfigException {
    return invocation.withStore((store, _) -> {
      User user = store.users().enable(name, invocation.actor());
      invocation.output().result(UserView.json(user), "Enabled " + user.name() + ".");
      return 0;
    });
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Remove a user with all app passwords and stored passwords.",
      footer = {"", "Example:", "  postern user remove alice@example.com"})
  int remove(@Parameters(paramLabel = "NAME") String name) throws ConfigException {
    return invocation.withStore((store, _) -> {
      User user = find(store, name);
      store.users().remove(name, invocation.actor());
      ObjectNode json = Output.object().put("user", user.name()).put("state", "removed");
      invocation.output().result(json, "Removed " + user.name() + ".");
      return 0;
    });
  }

  static boolean isStoredPassword(Upstream upstream) {
    return switch (upstream.login()) {
      case LoginMethod.StoredPassword() -> true;
      case LoginMethod.MasterUser _,
          LoginMethod.PassThrough _,
          LoginMethod.OAuth2 _,
          LoginMethod.SignedToken _,
          LoginMethod.Fixed _,
          LoginMethod.Trusted _ ->
          false;
    };
  }

  static User find(Store store, String name) {
    return store
        .users()
        .find(name)
        .orElseThrow(() ->
            new RefusedException(
                RefusedException.Code.NOT_FOUND,
                "there is no user " + name,
                "add one with: postern user add NAME, or look: postern user list"));
  }
}
