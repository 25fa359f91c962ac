package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.GatewayConfig.LoginMethod;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.Edit;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
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

  @Spec private CommandSpec spec = CommandSpec.create();

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
      boolean needsPassword =
          configuration.gateway().upstreams().values().stream()
              .anyMatch(UserCommands::isStoredPassword);
      invocation
          .output()
          .result(
              Views.json(user),
              "Added "
                  + user.name()
                  + ".\n"
                  + (needsPassword
                      ? "Next, the password of the mailbox: postern user upstream-password "
                          + user.name()
                          + "\nThen: "
                      : "Next: ")
                  + "postern app-password create "
                  + user.name()
                  + " --label Phone");
      return 0;
    });
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "List users by name.",
      footer = {"", "Example:", "  postern user list --json | jq -r .user"})
  int list() throws ConfigException {
    return invocation.withStore((store, _) -> {
      TextTable table = new TextTable("USER", "STATE", "UPSTREAM", "UPSTREAM USER", "CREATED");
      String after = "";
      List<User> page = store.users().list(after, PAGE);
      boolean isEmpty = page.isEmpty();
      while (!page.isEmpty()) {
        for (User user : page) {
          show(user, table);
          after = user.name();
        }
        page = store.users().list(after, PAGE);
      }
      invocation
          .output()
          .text(isEmpty ? "No users yet. Add one: postern user add NAME" : table.toString());
      return 0;
    });
  }

  private void show(User user, TextTable table) {
    if (invocation.output().isJson()) {
      invocation.output().json(Views.json(user));
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
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Show one user.",
      footer = {"", "Example:", "  postern user show alice@example.com"})
  int show(@Parameters(paramLabel = "NAME") String name) throws ConfigException {
    return invocation.withStore((store, _) -> {
      User user = find(store, name);
      List<String> stored = store.users().upstreamPasswords(name);
      List<AppPassword> passwords = store.appPasswords().list(name);
      long active =
          passwords.stream()
              .filter(password -> password.state() instanceof AppPassword.State.Active)
              .count();
      ObjectNode json = Views.json(user);
      ArrayNode upstreams = json.putArray("upstreamPasswords");
      stored.forEach(upstreams::add);
      json.put("activeAppPasswords", active);
      json.put("policy", PolicyViews.lineOf(store, user.name()));
      TextTable table = new TextTable("User", user.name());
      table.row("State", user.disabled().map(d -> "disabled: " + d.reason()).orElse("active"));
      table.row("Upstream", user.upstream().orElse("by route"));
      table.row("Mailbox there", user.upstreamUser().orElse(user.name()));
      table.row("Stored passwords", stored.isEmpty() ? "none" : "for " + String.join(", ", stored));
      table.row("App passwords", active + " active, " + passwords.size() + " in all");
      table.row("Group", user.group().orElse("none"));
      table.row(
          "New app passwords",
          user.isProtected() ? "none: protected" : PolicyViews.lineOf(store, user.name()));
      table.row("Created", Views.time(user.createdAt()) + " by " + user.createdBy());
      invocation.output().result(json, table.toString());
      return 0;
    });
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = {
        "Put a user into a group, whose policy then applies, or out of it.",
        "A protected user gets no new app passwords; those that exist go on."
      },
      footer = {
        "",
        "Examples:",
        "  postern user set alice@example.com --group finance",
        "  postern user set root@example.com --protected"
      })
  int set(
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--group", paramLabel = "GROUP", description = "Put the user there.")
          Optional<String> group,
      @Option(names = "--no-group", description = "Take the user out of the group.") boolean isOut,
      @Option(names = "--protected", description = "Nobody makes app passwords for the user.")
          boolean isProtected,
      @Option(names = "--not-protected", description = "Undo that.") boolean isNotProtected)
      throws ConfigException {
    if ((group.isPresent() && isOut) || (isProtected && isNotProtected)) {
      throw usage("these two say the opposite");
    }
    if (group.isEmpty() && !isOut && !isProtected && !isNotProtected) {
      throw usage("give something to change: --group, --no-group, --protected, --not-protected");
    }
    return invocation.withStore((store, _) -> {
      if (group.isPresent() && !store.users().isGroup(group.get())) {
        invocation
            .output()
            .note(
                "nobody else is in the group "
                    + group.get()
                    + ", and it has no policy yet: postern policy set --group "
                    + group.get()
                    + " …");
      }
      Edit<Optional<String>> toGroup =
          group.isPresent() || isOut ? new Edit.To<>(group) : new Edit.Keep<>();
      Edit<Boolean> protection =
          isProtected || isNotProtected ? new Edit.To<>(isProtected) : new Edit.Keep<>();
      User user = store.users().edit(name, toGroup, protection, invocation.actor());
      invocation
          .output()
          .result(
              Views.json(user),
              user.name()
                  + ": "
                  + user.group().map(g -> "group " + g).orElse("no group")
                  + (user.isProtected() ? ", protected." : ", not protected."));
      return 0;
    });
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
              Views.json(user),
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
      invocation.output().result(Views.json(user), "Enabled " + user.name() + ".");
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

  @Command(
      name = "upstream-password",
      mixinStandardHelpOptions = true,
      description = {
        "Keep the user's own password at an upstream, sealed.",
        "It is read from standard input, or asked for at a terminal."
      },
      footer = {"", "Example:", "  postern user upstream-password alice@example.com < FILE"})
  int upstreamPassword(
      @Parameters(paramLabel = "NAME") String name,
      @Option(
              names = "--upstream",
              paramLabel = "NAME",
              description = "Needed when several upstreams log in with stored passwords.")
          Optional<String> upstream)
      throws ConfigException {
    return invocation.withStore((store, configuration) -> {
      User user = find(store, name);
      String target = storedPasswordUpstream(configuration, upstream.or(user::upstream));
      try (Secret password =
          invocation.surroundings().secrets().read("Password of " + name + " at " + target)) {
        store.users().setUpstreamPassword(name, target, password, invocation.actor());
      }
      ObjectNode json = Output.object().put("user", user.name()).put("upstream", target);
      invocation
          .output()
          .result(json, "Sealed the password of " + user.name() + " at " + target + ".");
      return 0;
    });
  }

  private ParameterException usage(String message) {
    return new ParameterException(Objects.requireNonNull(spec.subcommands().get("set")), message);
  }

  private static String storedPasswordUpstream(
      Configuration configuration, Optional<String> named) {
    Invocation.requireUpstream(configuration, named);
    List<String> candidates =
        configuration.gateway().upstreams().values().stream()
            .filter(UserCommands::isStoredPassword)
            .map(Upstream::name)
            .sorted()
            .toList();
    if (named.isPresent()) {
      if (!candidates.contains(named.get())) {
        throw new CommandFailure(
            "state",
            "upstream \"" + named.get() + "\" does not log in with stored passwords",
            "set upstreams." + named.get() + ".login: { method: stored-password }");
      }
      return named.get();
    }
    if (candidates.size() != 1) {
      throw new CommandFailure(
          "state",
          candidates.isEmpty()
              ? "no upstream logs in with stored passwords"
              : "several upstreams log in with stored passwords",
          candidates.isEmpty()
              ? "set upstreams.NAME.login: { method: stored-password }"
              : "add --upstream " + String.join(" or --upstream ", candidates));
    }
    return candidates.getFirst();
  }

  private static boolean isStoredPassword(Upstream upstream) {
    return switch (upstream.login()) {
      case LoginMethod.StoredPassword() -> true;
      case LoginMethod.MasterUser _ -> false;
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
