package dev.postern.deploy.cli;

import static java.time.temporal.ChronoUnit.MILLIS;

import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.store.Store;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.oauth.ConsentLinks;
import dev.postern.store.oauth.ConsentLinks.Outcome;
import dev.postern.store.oauth.ConsentOwner;
import dev.postern.store.oauth.Consents.Code;
import dev.postern.store.oauth.Consents.Progress;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.TokenTrouble;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** From the browser's return to the consent: discovery, exchange and the database. */
  private static final Duration TRADE = Duration.ofSeconds(30);

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
      OAuthClient client = client(configuration, upstream.or(user::upstream));
      ConsentOwner owner = owner(store, configuration, client, user);
      OAuthAccount account =
          switch (way(client)) {
            case DEVICE_CODE -> byCode(store, client, user, owner);
            case AUTHORIZATION_CODE -> byLink(store, configuration, client, user, owner);
          };
      invocation
          .output()
          .result(
              OAuthCommands.json(account),
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

  // ---- in a browser

  private OAuthAccount byLink(
      Store store, Configuration configuration, OAuthClient client, User user, ConsentOwner owner) {
    Instant began = now();
    URI back = configuration.admin().consentRedirect();
    URI page;
    try {
      page = store.consentLinks().make(client, user.name(), back, owner, invocation.actor());
    } catch (TokenTroubleException e) {
      throw failed(client, e.trouble());
    }
    Instant end = began.plus(ConsentLinks.LIFE);
    invocation
        .output()
        .result(
            Output.object()
                .put("page", page.toString())
                .put("comesBackTo", back.toString())
                .put("expiresAt", end.toString()),
            "Open this link in a browser, as the owner of the mailbox:\n\n" + page + "\n");
    Link link = new Link(client, query(page).getOrDefault("state", ""), back, began, end);
    return isPasted ? pasted(store, link) : awaited(store, link, user);
  }

  /**
   * A link that somebody was shown.
   *
   * @param back where the provider sends the browser afterwards
   */
  private record Link(OAuthClient client, String state, URI back, Instant began, Instant end) {
    @Override
    public String toString() {
      return "Link[" + client.upstream() + "]";
    }
  }

  /** The browser came to an address that it could not open; what stands there is all we need. */
  private OAuthAccount pasted(Store store, Link link) {
    Map<String, String> brought;
    try (Secret line =
        invocation.surroundings().secrets().read("The address that the browser ended at")) {
      brought =
          brought(
              line.expose(bytes -> new String(bytes, StandardCharsets.UTF_8)).strip(), link.back());
    } catch (IllegalArgumentException _) {
      brought = Map.of();
    }
    if (!brought.containsKey("state")) {
      throw new CommandFailure(
          "invalid",
          "that is not the address that the browser ends at",
          "paste the whole line from its address bar; it begins with " + link.back() + "?");
    }
    if (!link.state().equals(brought.get("state"))) {
      throw new CommandFailure(
          "expired",
          "that address is of another link than the one above",
          "repeat the command, and open the link that it shows");
    }
    Optional<Secret> code = Optional.ofNullable(brought.get("code")).map(Secret::ofText);
    try {
      return settled(
          link.client(),
          store
              .consentLinks()
              .follow(
                  link.state(),
                  code,
                  Optional.ofNullable(brought.get("error")),
                  List.of(link.client())));
    } finally {
      code.ifPresent(Secret::close);
    }
  }

  /** Empty if the address is another; browsers may leave out the scheme when they show it. */
  private static Map<String, String> brought(String address, URI back) {
    String scheme = "^https?://";
    String beginning = back.toString().replaceFirst(scheme, "") + "?";
    String shown = address.replaceFirst(scheme, "");
    return shown.startsWith(beginning)
        ? query(URI.create(back + "?" + shown.substring(beginning.length())))
        : Map.of();
  }

  private static Map<String, String> query(URI address) {
    Map<String, String> found = new HashMap<>();
    for (String pair : Optional.ofNullable(address.getRawQuery()).orElse("").split("&", -1)) {
      int at = pair.indexOf('=');
      if (at > 0) {
        found.put(
            pair.substring(0, at),
            URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8));
      }
    }
    return found;
  }

  private OAuthAccount settled(OAuthClient client, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Connected(OAuthAccount account) -> account;
      case Outcome.NoSuchLink() ->
          throw new CommandFailure(
              "expired", "the link has ended or was used before", "repeat the command");
      case Outcome.Declined(String code) ->
          throw new CommandFailure("declined", "the provider says: " + code, "nothing was changed");
      case Outcome.OtherMailbox(String expected, Optional<String> got) ->
          throw otherMailbox(expected, got);
      case Outcome.Failed(var trouble) -> throw failed(client, trouble);
    };
  }

  /**
   * The node that the browser comes back to writes it down; of what went wrong it tells the browser
   * and its log, and the link is gone.
   */
  private OAuthAccount awaited(Store store, Link link, User user) {
    invocation
        .output()
        .text(
            "The browser comes back to "
                + link.back()
                + ", where postern serve must answer.\nWaiting until "
                + Views.time(link.end())
                + " …");
    Instant end = link.end();
    boolean isFollowed = false;
    while (now().isBefore(end)) {
      Optional<OAuthAccount> connected = connected(store, link, user);
      if (connected.isPresent()) {
        return connected.get();
      }
      if (!isFollowed && !store.consentLinks().isWaiting(link.state())) {
        isFollowed = true;
        end = now().plus(TRADE);
      }
      pause(LOOK);
    }
    throw isFollowed
        ? new CommandFailure(
            "unsuccessful",
            "the link was used without success",
            "The browser and the log of postern serve say why; repeat the command")
        : new CommandFailure(
            "expired",
            "nobody came back from the provider in time",
            "repeat the command; where the browser cannot reach the admin port, add --paste");
  }

  private static Optional<OAuthAccount> connected(Store store, Link link, User user) {
    return ConsentState.account(store.oauthAccounts(), user.name(), link.client().upstream())
        .filter(account -> account.state() == OAuthAccount.State.CONNECTED)
        .filter(account -> !account.connectedAt().isBefore(link.began().truncatedTo(MILLIS)));
  }

  private Instant now() {
    return invocation.surroundings().clock().instant();
  }

  // ---- with a code

  private OAuthAccount byCode(Store store, OAuthClient client, User user, ConsentOwner owner) {
    Minted consent = consent(store, client);
    try {
      if (!owner.gave(consent)) {
        throw otherMailbox(owner.mailbox(), consent.subject());
      }
      return store
          .oauthAccounts()
          .connect(user.name(), client.upstream(), consent, invocation.actor());
    } finally {
      consent.refreshToken().ifPresent(Secret::close);
      consent.accessToken().close();
    }
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
      Instant end = now().plus(code.life());
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
      throw failed(client, e.trouble());
    }
  }

  private Minted waited(Store store, OAuthClient client, Code code, Instant end)
      throws TokenTroubleException {
    Duration pause = code.pause();
    while (now().isBefore(end)) {
      pause(pause);
      switch (store.consents().ask(client, code, pause)) {
        case Progress.Given(Minted consent) -> {
          return consent;
        }
        case Progress.Waiting(Duration next, Optional<TokenTrouble> trouble) -> {
          pause = next;
          trouble.ifPresent(this::unsaid);
        }
        case Progress.Declined() ->
            throw new CommandFailure(
                "declined", "consent was declined at the provider", "nothing was changed");
        case Progress.Expired() -> end = Instant.MIN;
      }
    }
    throw new CommandFailure(
        "expired", "nobody typed in the code in time", "repeat the command for another code");
  }

  private void unsaid(TokenTrouble trouble) {
    invocation
        .output()
        .note(
            "The provider does not say: "
                + trouble.kind().word()
                + ": "
                + trouble.detail()
                + "; asking again …");
  }

  private static void pause(Duration length) {
    try {
      Thread.sleep(length);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", "the command was interrupted", "repeat it");
    }
  }

  private CommandFailure failed(OAuthClient client, TokenTrouble trouble) {
    return OAuthAdvice.failure(client, trouble, now());
  }

  private static CommandFailure otherMailbox(String expected, Optional<String> got) {
    return new CommandFailure(
        "other-mailbox",
        got.map(name -> "the consent is of " + name.replaceAll("[^ -~]", "?"))
                .orElse("the provider does not say whose consent it is")
            + ", and the mailbox is "
            + expected,
        got.map(name ->
                "sign in at the provider as "
                    + expected
                    + ", or, if that mailbox is shared with the other, add --other-mailbox "
                    + name.replaceAll("[^!-~]", "?"))
            .orElse(
                "ask for its name as well (login.scopes: openid, email), or add"
                    + " --unnamed-mailbox"));
  }
}
