package dev.postern.deploy.cli;

import dev.postern.admin.view.PolicyView;
import dev.postern.admin.view.UserView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.GatewayConfig.MailboxRewriting;
import dev.postern.store.Store;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.User;
import dev.postern.store.oauth.OAuthAccount;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern user show}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description = "Show one user, and what new app passwords of that user may be.",
    footer = {"", "Example:", "  postern user show alice@example.com"})
final class UserShowCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Parameters(paramLabel = "NAME")
  private String name = "";

  UserShowCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    return invocation.withStore((store, configuration) -> {
      User user = UserCommands.find(store, name);
      List<String> aliases = store.users().aliases(name);
      List<String> stored = store.users().upstreamPasswords(name);
      List<AppPassword> passwords = store.appPasswords().list(name);
      long active = passwords.stream().filter(UserShowCommand::isActive).count();
      Ruling ruling = Ruling.of(store, user.name());
      ObjectNode json = UserView.json(user);
      ArrayNode otherNames = json.putArray("aliases");
      aliases.forEach(otherNames::add);
      ArrayNode upstreams = json.putArray("upstreamPasswords");
      stored.forEach(upstreams::add);
      List<Consent> consents = consents(store, configuration, user);
      ArrayNode letIn = json.putArray("consents");
      consents.forEach(consent -> letIn.add(consent.json()));
      json.put("activeAppPasswords", active);
      switch (ruling) {
        case Ruling.Known(AppPasswordPolicy policy) -> json.set("policy", PolicyView.json(policy));
        case Ruling.Unknown(String why) -> json.putNull("policy").put("policyProblem", why);
      }
      TextTable table = new TextTable("User", user.name());
      table.row("Aliases", aliases.isEmpty() ? "none" : String.join(", ", aliases));
      table.row("State", user.disabled().map(d -> "disabled: " + d.reason()).orElse("active"));
      table.row("Upstream", user.upstream().orElse("by route"));
      table.row("Mailbox there", user.upstreamUser().orElse(mailbox(user, configuration)));
      table.row("Stored passwords", stored.isEmpty() ? "none" : "for " + String.join(", ", stored));
      consents.forEach(consent -> table.row("Consent", consent.line()));
      table.row("App passwords", active + " active, " + passwords.size() + " in all");
      table.row("Group", user.group().orElse("none"));
      table.row("New app passwords", user.isProtected() ? "none: protected" : ruling.line());
      table.row("Created", Views.time(user.createdAt()) + " by " + user.createdBy());
      invocation.output().result(json, table.toString());
      return 0;
    });
  }

  /**
   * Whether the user has let us in where that is wanted.
   *
   * @param state {@code none} if nobody ever did
   */
  private record Consent(String upstream, String state, String reason) {
    static Consent of(Store store, User user, String upstream) {
      Optional<OAuthAccount> account =
          ConsentState.account(store.oauthAccounts(), user.name(), upstream);
      return new Consent(
          upstream,
          account.map(known -> known.state().word()).orElse("none"),
          account.map(OAuthAccount::reason).orElse(""));
    }

    String line() {
      return state + " at " + upstream + (reason.isEmpty() ? "" : ": " + reason);
    }

    ObjectNode json() {
      return Output.object().put("upstream", upstream).put("state", state).put("reason", reason);
    }
  }

  /** At the upstream that sessions of the user lead to. */
  private static List<Consent> consents(Store store, Configuration configuration, User user) {
    return ConsentState.upstreams(store, configuration.gateway(), user.name()).stream()
        .map(name -> Consent.of(store, user, name))
        .toList();
  }

  private static String mailbox(User user, Configuration configuration) {
    boolean isRewritten =
        configuration.gateway().routes().stream()
            .anyMatch(route -> !route.rewriting().equals(MailboxRewriting.NONE));
    return isRewritten ? "by route" : user.name();
  }

  private static boolean isActive(AppPassword password) {
    return switch (password.state()) {
      case AppPassword.State.Active _ -> true;
      case AppPassword.State.Suspended _,
          AppPassword.State.Revoked _,
          AppPassword.State.Expired _ ->
          false;
    };
  }
}
