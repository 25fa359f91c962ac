package dev.postern.deploy.cli;

import dev.postern.deploy.cli.Surroundings.Wanted;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern user upstream-password}. */
@Command(
    name = "upstream-password",
    mixinStandardHelpOptions = true,
    description = {
      "Keep the user's own password at an upstream, sealed.",
      "It is read from standard input, or asked for at a terminal."
    },
    footer = {"", "Example:", "  postern user upstream-password alice@example.com < FILE"})
final class UpstreamPasswordCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Parameters(paramLabel = "NAME")
  private String name = "";

  @Option(
      names = "--upstream",
      paramLabel = "NAME",
      description = "Needed when several upstreams log in with stored passwords.")
  private Optional<String> upstream = Optional.empty();

  UpstreamPasswordCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    return invocation.withStore((store, configuration) -> {
      User user = UserCommands.find(store, name);
      String target = storedPasswordUpstream(configuration, upstream.or(user::upstream));
      try (Secret password =
          invocation
              .surroundings()
              .secrets()
              .read(Wanted.secret("Password of " + name + " at " + target))) {
        store.users().setUpstreamPassword(name, target, password, invocation.actor());
      }
      ObjectNode json = Output.object().put("user", user.name()).put("upstream", target);
      invocation
          .output()
          .result(json, "Sealed the password of " + user.name() + " at " + target + ".");
      return 0;
    });
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
}
