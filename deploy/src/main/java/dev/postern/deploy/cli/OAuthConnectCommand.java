package dev.postern.deploy.cli;

import dev.postern.admin.view.ConsentView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.store.Store;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.User;
import dev.postern.store.oauth.ConsentOwner;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code postern oauth connect}. */
@Command(
    name = "connect",
    mixinStandardHelpOptions = true,
    description = {
      "Have a user consent at the provider: by a link for a browser that comes back to the admin"
          + " port, or with a code that is typed in there, as login.flow says.",
      "The command waits for it."
    },
    footer = {"", "Example:", "  postern oauth connect alice@example.com"})
final class OAuthConnectCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Parameters(paramLabel = "USER")
  private String name = "";

  @Option(
      names = "--upstream",
      paramLabel = "NAME",
      description =
          "Needed when several upstreams want consent, and the user's route leads to none of them.")
  private Optional<String> upstream = Optional.empty();

  @Option(
      names = "--other-mailbox",
      paramLabel = "NAME",
      description =
          "Take the consent of that one instead, as of a person who may open a shared mailbox.")
  private Optional<String> otherMailbox = Optional.empty();

  @Option(
      names = "--unnamed-mailbox",
      description = "Take it as well where the provider does not say whose it is.")
  private boolean isUnnamedTaken;

  @Option(
      names = "--paste",
      description =
          "Read the address that the browser ended at from standard input, where it cannot reach"
              + " the admin port.")
  private boolean isPasted;

  OAuthConnectCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    return invocation.withStore((store, configuration) -> {
      User user = UserCommands.find(store, name);
      OAuthClient client = client(store, configuration, user);
      ConsentOwner owner = owner(store, configuration, client, user);
      OAuthAccount account =
          switch (way(client)) {
            case DEVICE_CODE -> new ConsentByCode(invocation, store, client).of(user, owner);
            case AUTHORIZATION_CODE ->
                new ConsentByLink(invocation, store, client)
                    .of(user, owner, configuration.admin().consentRedirect(), isPasted);
          };
      invocation
          .output()
          .result(
              ConsentView.json(account),
              user.name() + " is connected at " + client.upstream() + ".");
      return 0;
    });
  }

  /** That of the mailbox which sessions of the user open there, unless another was named. */
  private ConsentOwner owner(
      Store store, Configuration configuration, OAuthClient client, User user) {
    String mailbox =
        otherMailbox.orElseGet(() -> {
          Grant grant =
              store
                  .trialGrant(user.name())
                  .orElseThrow(() ->
                      new CommandFailure(
                          "state",
                          "what the database has of " + user.name() + " cannot be used",
                          "look at the log, and: postern changes"));
          return new UpstreamRouting(configuration.gateway(), store.secretBox())
              .mailbox(grant, client.upstream());
        });
    return new ConsentOwner(mailbox, isUnnamedTaken);
  }

  private OAuthFlow.Way way(OAuthClient client) {
    return !isPasted && client.flow() instanceof OAuthFlow.Consent(OAuthFlow.Way way)
        ? way
        : OAuthFlow.Way.AUTHORIZATION_CODE;
  }

  /** The upstream that is meant, among those that want consent. */
  private OAuthClient client(Store store, Configuration configuration, User user) {
    Optional<String> named = upstream.or(user::upstream);
    Invocation.requireUpstream(configuration, named);
    List<OAuthClient> all =
        configuration.gateway().oauthClients().stream()
            .filter(client -> client.flow() instanceof OAuthFlow.Consent)
            .filter(client -> named.isEmpty() || named.get().equals(client.upstream()))
            .sorted(Comparator.comparing(OAuthClient::upstream))
            .toList();
    if (all.size() == 1) {
      return all.getFirst();
    }
    List<String> routed = ConsentState.upstreams(store, configuration.gateway(), user.name());
    List<OAuthClient> meant =
        all.stream().filter(client -> routed.contains(client.upstream())).toList();
    if (meant.size() == 1) {
      return meant.getFirst();
    }
    throw new CommandFailure(
        "state",
        all.isEmpty()
            ? named.map(it -> "upstream \"" + it + "\" wants").orElse("no upstream wants")
                + (named.isPresent() ? " no consent" : " consent")
            : "several upstreams want consent",
        all.isEmpty()
            ? "set upstreams.NAME.login: { method: oauth2, flow: device-code, … }"
            : "add --upstream "
                + String.join(" or --upstream ", all.stream().map(OAuthClient::upstream).toList()));
  }
}
