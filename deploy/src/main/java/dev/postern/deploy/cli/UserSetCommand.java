package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.store.auth.Edit;
import dev.postern.store.auth.User;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code postern user set}: groups and protection. */
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
final class UserSetCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "NAME")
  private String name = "";

  @Option(names = "--group", paramLabel = "GROUP", description = "Put the user there.")
  private Optional<String> group = Optional.empty();

  @Option(names = "--no-group", description = "Take the user out of the group.")
  private boolean isOut;

  @Option(names = "--protected", description = "Nobody makes app passwords for the user.")
  private boolean isProtected;

  @Option(names = "--not-protected", description = "Undo that.")
  private boolean isNotProtected;

  UserSetCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    if ((group.isPresent() && isOut) || (isProtected && isNotProtected)) {
      throw usage("these two say the opposite");
    }
    if (group.isEmpty() && !isOut && !isProtected && !isNotProtected) {
      throw usage("give something to change: --group, --no-group, --protected, --not-protected");
    }
    return invocation.withStore((store, configuration) -> {
      Set<String> moving = configuration.store().guard().passThrough().groups().keySet();
      if (group.isPresent()
          && !moving.contains(group.get().strip().toLowerCase(Locale.ROOT))
          && !store.users().isGroup(group.get())) {
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

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
