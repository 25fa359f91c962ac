package dev.postern.deploy.cli;

import static java.time.temporal.ChronoUnit.MILLIS;

import dev.postern.deploy.cli.Surroundings.Wanted;
import dev.postern.store.Store;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.oauth.ConsentLinks;
import dev.postern.store.oauth.ConsentLinks.Brought;
import dev.postern.store.oauth.ConsentLinks.Outcome;
import dev.postern.store.oauth.ConsentOwner;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.oauth.OAuthClient;
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
import java.util.Set;

/** Has a person consent in a browser that comes back to the admin port. Blocks; for one use. */
final class ConsentByLink {
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** From the browser's return to the consent: discovery, exchange and the database. */
  private static final Duration TRADE = Duration.ofSeconds(30);

  /** RFC 6749 §3.1. */
  private static final Set<String> ONCE = Set.of("state", "code", "error", "iss");

  private final Invocation invocation;
  private final Store store;
  private final OAuthClient client;

  ConsentByLink(Invocation invocation, Store store, OAuthClient client) {
    this.invocation = invocation;
    this.store = store;
    this.client = client;
  }

  /**
   * Shows a link and waits until the browser came back.
   *
   * @param back where the provider sends the browser
   * @param isPasted whether somebody pastes that address, which nothing answers at
   */
  OAuthAccount of(User user, ConsentOwner owner, URI back, boolean isPasted) {
    Instant began = now();
    URI page;
    try {
      page = store.consentLinks().make(client, user.name(), back, owner, invocation.actor());
    } catch (TokenTroubleException e) {
      throw failed(e.trouble());
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
    Link link = new Link(query(page).getOrDefault("state", ""), back, began, end);
    return isPasted ? pasted(link) : awaited(link, user);
  }

  /**
   * A link that somebody was shown.
   *
   * @param back where the provider sends the browser afterwards
   */
  private record Link(String state, URI back, Instant began, Instant end) {
    @Override
    public String toString() {
      return "Link[" + back + "]";
    }
  }

  /** The browser came to an address that it could not open; what stands there is all we need. */
  private OAuthAccount pasted(Link link) {
    Map<String, String> brought;
    try (Secret line =
        invocation
            .surroundings()
            .secrets()
            .read(Wanted.address("The address that the browser ended at"))) {
      brought =
          brought(
              line.expose(bytes -> new String(bytes, StandardCharsets.UTF_8)).strip(), link.back());
    } catch (IllegalArgumentException _) {
      brought = Map.of();
    }
    Optional<String> text = said(brought, "code");
    Optional<String> error = said(brought, "error");
    if (!brought.containsKey("state") || (text.isEmpty() && error.isEmpty())) {
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
    Optional<Secret> code = text.map(Secret::ofText);
    Brought parts = new Brought(code, error, Optional.ofNullable(brought.get("iss")));
    try {
      return settled(store.consentLinks().follow(link.state(), parts, List.of(client)));
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

  /** What is empty was left out, RFC 6749 §3.1. */
  private static Optional<String> said(Map<String, String> brought, String name) {
    return Optional.ofNullable(brought.get(name)).filter(text -> !text.isEmpty());
  }

  private static Map<String, String> query(URI address) {
    Map<String, String> found = new HashMap<>();
    for (String pair : Optional.ofNullable(address.getRawQuery()).orElse("").split("&", -1)) {
      int at = pair.indexOf('=');
      if (at > 0) {
        String name = pair.substring(0, at);
        String before =
            found.put(name, URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8));
        if (before != null && ONCE.contains(name)) {
          throw new IllegalArgumentException(name + " is there twice");
        }
      }
    }
    return found;
  }

  private OAuthAccount settled(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Connected(OAuthAccount account) -> account;
      case Outcome.NoSuchLink() ->
          throw new CommandFailure(
              "expired", "the link has ended or was used before", "repeat the command");
      case Outcome.Declined(String code) ->
          throw new CommandFailure("declined", "the provider says: " + code, "nothing was changed");
      case Outcome.Unfit(var objection) -> throw OAuthAdvice.failure(objection);
      case Outcome.Failed(var trouble) -> throw failed(trouble);
    };
  }

  /**
   * The node that the browser comes back to writes it down; of what went wrong it tells the browser
   * and its log, and the link is gone.
   */
  private OAuthAccount awaited(Link link, User user) {
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
      Optional<OAuthAccount> connected = connected(link, user);
      if (connected.isPresent()) {
        return connected.get();
      }
      if (!isFollowed && !store.consentLinks().isWaiting(link.state())) {
        isFollowed = true;
        end = now().plus(TRADE);
      }
      Invocation.pause(LOOK);
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

  private Optional<OAuthAccount> connected(Link link, User user) {
    return ConsentState.account(store.oauthAccounts(), user.name(), client.upstream())
        .filter(account -> account.state() == OAuthAccount.State.CONNECTED)
        .filter(account -> !account.connectedAt().isBefore(link.began().truncatedTo(MILLIS)));
  }

  private Instant now() {
    return invocation.surroundings().clock().instant();
  }

  private CommandFailure failed(TokenTrouble trouble) {
    return OAuthAdvice.failure(client, trouble, now());
  }
}
