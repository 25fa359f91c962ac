package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.store.Store;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.oauth.Consents.Code;
import dev.postern.store.oauth.Consents.Progress;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.time.Duration;
import java.time.Instant;
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
      "Have a user consent at the provider, with a code that is typed in there.",
      "The person may do that on any device; the command waits for it."
    },
    footer = {"", "Example:", "  postern oauth connect alice@example.com"})
final class OAuthConnectCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Parameters(paramLabel = "USER")
  private String name = "";

  @Option(
      names = "--upstream",
      paramLabel = "NAME",
      description = "Needed when several upstreams want consent.")
  private Optional<String> upstream = Optional.empty();

  @Option(
      names = "--other-mailbox",
      description = "Take the consent of a mailbox with another name, as for a shared one.")
  private boolean isOtherTaken;

  OAuthConnectCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    return invocation.withStore((store, configuration) -> {
      User user = UserCommands.find(store, name);
      OAuthClient client = client(configuration, upstream.or(user::upstream));
      Minted consent = consent(store, client);
      try {
        requireSameMailbox(user, consent);
        OAuthAccount account =
            store
                .oauthAccounts()
                .connect(user.name(), client.upstream(), consent, invocation.actor());
        invocation
            .output()
            .result(
                OAuthCommands.json(account),
                user.name() + " is connected at " + client.upstream() + ".");
      } finally {
        consent.refreshToken().ifPresent(Secret::close);
        consent.accessToken().close();
      }
      return 0;
    });
  }

  /** The upstream that is meant, among those that want consent. */
  private static OAuthClient client(Configuration configuration, Optional<String> named) {
    Invocation.requireUpstream(configuration, named);
    List<OAuthClient> all =
        configuration.gateway().oauthClients().stream()
            .filter(client -> client.flow() instanceof OAuthFlow.Consent)
            .filter(client -> named.isEmpty() || named.get().equals(client.upstream()))
            .toList();
    if (all.size() == 1) {
      return all.getFirst();
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

  private Minted consent(Store store, OAuthClient client) {
    try {
      Code code = store.consents().begin(client);
      Instant end = invocation.surroundings().clock().instant().plus(code.life());
      invocation
          .output()
          .result(
              Output.object()
                  .put("code", code.userCode())
                  .put("page", code.page().toString())
                  .put("expiresAt", end.toString()),
              "Open "
                  + code.page()
                  + " and type in the code "
                  + code.userCode()
                  + " there.\n"
                  + "Waiting until "
                  + Views.time(end)
                  + " …");
      return waited(store, client, code, end);
    } catch (TokenTroubleException e) {
      throw OAuthAdvice.failure(client, e.trouble());
    }
  }

  private Minted waited(Store store, OAuthClient client, Code code, Instant end)
      throws TokenTroubleException {
    Duration pause = code.pause();
    while (invocation.surroundings().clock().instant().isBefore(end)) {
      pause(pause);
      switch (store.consents().ask(client, code)) {
        case Progress.Given(Minted consent) -> {
          return consent;
        }
        case Progress.Waiting(Duration next) -> pause = next;
        case Progress.Declined() ->
            throw new CommandFailure(
                "declined", "consent was declined at the provider", "nothing was changed");
        case Progress.Expired() -> end = Instant.MIN;
      }
    }
    throw new CommandFailure(
        "expired", "nobody typed in the code in time", "repeat the command for another code");
  }

  private static void pause(Duration length) {
    try {
      Thread.sleep(length);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", "the command was interrupted", "repeat it");
    }
  }

  /** Who consents for another mailbox would have his mail read by the user. */
  private void requireSameMailbox(User user, Minted consent) {
    String expected = user.upstreamUser().orElse(user.name());
    Optional<String> other =
        consent.subject().filter(subject -> !subject.equalsIgnoreCase(expected));
    if (other.isPresent() && !isOtherTaken) {
      throw new CommandFailure(
          "other-mailbox",
          "the consent is of "
              + other.get().replaceAll("[^ -~]", "?")
              + ", and the mailbox of "
              + user.name()
              + " is "
              + expected,
          "sign in at the provider as "
              + expected
              + ", or, if that mailbox is shared with the other, add --other-mailbox");
    }
  }
}
