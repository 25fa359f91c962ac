package dev.postern.deploy.cli;

import dev.postern.admin.view.ConsentView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.auth.User;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.oauth.OAuthAccounts;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code postern oauth …}, but for connecting. */
@Command(
    name = "oauth",
    mixinStandardHelpOptions = true,
    description = {
      "Consent of users at upstreams that take no passwords.",
      "The refresh token of each is sealed in the database; it is shown to nobody."
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  postern oauth connect alice@example.com"})
final class OAuthCommands {
  private static final int PAGE = 500;

  private final Invocation invocation;

  OAuthCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = {
        "Show who is connected, and who must consent again.",
        "Without a name: all users. Those that need consent cannot read or send."
      },
      footer = {"", "Example:", "  postern oauth status --needs-consent"})
  int status(
      @Parameters(paramLabel = "USER", arity = "0..1") Optional<String> name,
      @Option(names = "--needs-consent", description = "Only those.") boolean isNeedy)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      Optional<State> only = isNeedy ? Optional.of(State.NEEDS_CONSENT) : Optional.empty();
      TextTable table =
          new TextTable("USER", "UPSTREAM", "STATE", "SINCE", "MAILBOX", "LAST TAKEN", "WHY");
      int shown = 0;
      if (name.isPresent()) {
        User user = UserCommands.find(store, name.get());
        for (OAuthAccount account : store.oauthAccounts().of(user.name())) {
          if (only.isEmpty() || only.get() == account.state()) {
            show(account, table);
            shown++;
          }
        }
      } else {
        List<OAuthAccount> page = store.oauthAccounts().list(only, "", PAGE);
        while (!page.isEmpty()) {
          page.forEach(account -> show(account, table));
          shown += page.size();
          page = store.oauthAccounts().list(only, OAuthAccounts.cursor(page.getLast()), PAGE);
        }
      }
      invocation
          .output()
          .text(
              shown == 0
                  ? (isNeedy
                      ? "Nobody needs to consent."
                      : "Nobody is connected. To connect: postern oauth connect USER")
                  : table.toString());
      return 0;
    });
  }

  private void show(OAuthAccount account, TextTable table) {
    if (invocation.output().isJson()) {
      invocation.output().json(ConsentView.json(account));
    } else {
      table.row(
          account.user(),
          account.upstream(),
          account.state().word(),
          Views.time(account.since()),
          account.subject().orElse("unknown"),
          Views.time(account.refreshedAt()),
          account.reason());
    }
  }

  @Command(
      name = "disconnect",
      mixinStandardHelpOptions = true,
      description = {
        "Forget a user's consent: the sealed token is taken out of the database.",
        "What the provider knows of it stays until it is ended there as well."
      },
      footer = {"", "Example:", "  postern oauth disconnect alice@example.com"})
  int disconnect(
      @Parameters(paramLabel = "USER") String name,
      @Option(
              names = "--upstream",
              paramLabel = "NAME",
              description = "Needed when the user is connected at several.")
          Optional<String> upstream)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      User user = UserCommands.find(store, name);
      List<String> connected =
          store.oauthAccounts().of(user.name()).stream()
              .filter(account -> account.state() != State.DISCONNECTED)
              .map(OAuthAccount::upstream)
              .toList();
      if (upstream.isEmpty() && connected.size() > 1) {
        throw new CommandFailure(
            "state",
            user.name() + " is connected at several upstreams",
            "add --upstream " + String.join(" or --upstream ", connected));
      }
      String target =
          upstream
              .or(() -> connected.stream().findFirst())
              .orElseThrow(() ->
                  new CommandFailure(
                      "not-found",
                      user.name() + " is connected nowhere",
                      "see: postern oauth status " + user.name()));
      OAuthAccount ended =
          store.oauthAccounts().disconnect(user.name(), target, invocation.actor());
      invocation
          .output()
          .result(
              ConsentView.json(ended),
              "Forgot the consent of "
                  + user.name()
                  + " at "
                  + target
                  + ". End it at the provider as well.");
      return 0;
    });
  }
}
