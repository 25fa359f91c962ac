package dev.postern.deploy.cli;

import dev.postern.admin.view.UserView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.auth.Edit;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserEdit;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code postern user set}: upstream, group and protection. */
@Command(
    name = "set",
    mixinStandardHelpOptions = true,
    description = {
      "Pin a user to another upstream or mailbox there: sessions at the one before end.",
      "Put a user into a group, whose policy then applies, or out of it.",
      "A protected user gets no new app passwords; those that exist go on."
    },
    footer = {
      "",
      "Examples:",
      "  postern user set alice@example.com --upstream archive --upstream-user alice",
      "  postern user set alice@example.com --group finance",
      "  postern user set root@example.com --protected"
    })
final class UserSetCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "NAME")
  private String name = "";

  @Option(
      names = "--upstream",
      paramLabel = "NAME",
      description = "Pin to this upstream, before any route.")
  private Optional<String> upstream = Optional.empty();

  @Option(names = "--no-upstream", description = "Go by the routes.")
  private boolean isUnpinned;

  @Option(
      names = "--upstream-user",
      paramLabel = "NAME",
      description = "Name of the mailbox there.")
  private Optional<String> upstreamUser = Optional.empty();

  @Option(names = "--no-upstream-user", description = "It is that of the user.")
  private boolean isOwnName;

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
    boolean isContradiction =
        (upstream.isPresent() && isUnpinned)
            || (upstreamUser.isPresent() && isOwnName)
            || (group.isPresent() && isOut)
            || (isProtected && isNotProtected);
    if (isContradiction) {
      throw usage("these two say the opposite");
    }
    UserEdit edit =
        new UserEdit(
            edit(upstream, isUnpinned),
            edit(upstreamUser, isOwnName),
            edit(group, isOut),
            isProtected || isNotProtected ? new Edit.To<>(isProtected) : new Edit.Keep<>(),
            OptionalLong.empty());
    if (edit.equals(UserEdit.NONE)) {
      throw usage(
          "give something to change: --upstream, --no-upstream, --upstream-user,"
              + " --no-upstream-user, --group, --no-group, --protected, --not-protected");
    }
    return invocation.withStore((store, configuration) -> {
      Invocation.requireUpstream(configuration, upstream);
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
      User user = store.users().edit(name, edit, invocation.actor());
      invocation
          .output()
          .result(
              UserView.json(user),
              user.name()
                  + ": "
                  + user.upstream().map(u -> "upstream " + u).orElse("upstream by route")
                  + user.upstreamUser().map(u -> " as " + u).orElse("")
                  + ", "
                  + user.group().map(g -> "group " + g).orElse("no group")
                  + (user.isProtected() ? ", protected." : ", not protected."));
      return 0;
    });
  }

  private static Edit<Optional<String>> edit(Optional<String> wanted, boolean isDropped) {
    return wanted.isPresent() || isDropped ? new Edit.To<>(wanted) : new Edit.Keep<>();
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
