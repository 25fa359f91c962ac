package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code postern user erase}: removes a person, from the record too. */
@Command(
    name = "erase",
    mixinStandardHelpOptions = true,
    description = {
      "Remove a user with all app passwords, and the person from the record: attempts to log in",
      "and changes stay, under a pseudonym and without addresses, names and reasons."
    },
    footer = {"", "Example:", "  postern user erase alice@example.com --yes"})
final class UserEraseCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Parameters(paramLabel = "NAME")
  private String name = "";

  @Option(names = "--yes", description = "Do it; it cannot be undone.")
  private boolean isConfirmed;

  UserEraseCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    if (!isConfirmed) {
      throw new CommandFailure(
          "confirmation",
          "erasing " + name + " cannot be undone",
          "look at 'postern user export " + name + "' first, then add --yes");
    }
    return invocation.withStore((store, _) -> {
      String pseudonym = store.personalData().erase(name, invocation.actor());
      invocation
          .output()
          .result(
              Output.object().put("state", "erased").put("pseudonym", pseudonym),
              "Erased. What stays on record is under " + pseudonym + ".");
      return 0;
    });
  }
}
