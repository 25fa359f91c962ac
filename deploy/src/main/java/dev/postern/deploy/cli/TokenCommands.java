package dev.postern.deploy.cli;

import dev.postern.admin.view.TokenView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.RefusedException;
import dev.postern.store.access.ApiToken;
import dev.postern.store.access.ApiTokens;
import dev.postern.store.access.IssuedApiToken;
import dev.postern.store.access.NewApiToken;
import dev.postern.store.access.Role;
import dev.postern.store.auth.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code postern token …}. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    description = "Tokens of the admin API: one for each program, shown once.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  postern token create monitoring --role auditor"})
final class TokenCommands {
  private static final Duration USUAL_LIFE = Duration.ofDays(365);

  private final Invocation invocation;

  TokenCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = {
        "Make a token and show it, this once.",
        "It works on every node within a second."
      },
      footer = {
        "",
        "Examples:",
        "  postern token create monitoring --role auditor --expires never",
        "  postern token create shop --role issuer --domain example.com --expires 2027-12-31"
      })
  int create(
      @Parameters(paramLabel = "NAME", description = "The program, 1 to 64 characters.")
          String name,
      @Option(
              names = "--role",
              paramLabel = "ROLE",
              required = true,
              description = {
                "admin (everything), operator, auditor (sees, changes nothing), helpdesk",
                "(narrows, never widens), issuer (makes app passwords for users of its",
                "domains), or verifier (asks whether name and secret fit)."
              })
          Role role,
      @Option(
              names = "--domain",
              paramLabel = "DOMAIN",
              description = "For an issuer: of whose users; may be repeated.")
          List<String> domains,
      @Option(
              names = "--expires",
              paramLabel = "WHEN",
              description =
                  "A date (2027-01-31, its start in UTC), a time from now (90d), or never; 365d if"
                      + " left out.")
          Optional<EndDate> expires)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      Instant usual = invocation.surroundings().clock().instant().plus(USUAL_LIFE);
      NewApiToken wanted =
          new NewApiToken(
              name,
              role,
              domains == null ? Set.of() : Set.copyOf(domains),
              expires.map(EndDate::at).orElse(Optional.of(usual)));
      show(store.apiTokens().create(wanted, invocation.actor()));
      return 0;
    });
  }

  private void show(IssuedApiToken issued) {
    ApiToken token = issued.token();
    try (Secret secret = issued.secret()) {
      invocation
          .output()
          .result(
              TokenView.json(issued),
              """
              API token %s for %s: %s, %s

                  %s

              It is shown only this once. Programs send it as "Authorization: Bearer …".
              End it with: postern token revoke %s\
              """
                  .formatted(
                      token.id(),
                      token.name(),
                      TokenViews.role(token),
                      TokenViews.end(token),
                      Views.plain(secret),
                      token.id()));
    }
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = {
        "List all tokens, by id; those that have ended too, for as long as the audit keeps",
        "changes. Their texts are never shown again."
      },
      footer = {"", "Example:", "  postern token list --json | jq 'select(.state == \"active\")'"})
  int list() throws ConfigException {
    return invocation.withStore((store, _) -> {
      TextTable table =
          new TextTable("ID", "NAME", "ROLE", "STATE", "EXPIRES", "LAST USED", "FROM");
      Instant now = invocation.surroundings().clock().instant();
      int shown = 0;
      List<ApiToken> page = store.apiTokens().list("", ApiTokens.LONGEST_PAGE);
      while (!page.isEmpty()) {
        page.forEach(token -> show(token, now, table));
        shown += page.size();
        page = store.apiTokens().list(page.getLast().id(), ApiTokens.LONGEST_PAGE);
      }
      invocation
          .output()
          .text(
              shown == 0
                  ? "None yet. Make one: postern token create NAME --role ROLE"
                  : table.toString());
      return 0;
    });
  }

  private void show(ApiToken token, Instant now, TextTable table) {
    if (invocation.output().isJson()) {
      invocation.output().json(TokenView.json(token, now));
    } else {
      table.row(
          token.id(),
          token.name(),
          TokenViews.role(token),
          TokenView.state(token, now),
          token.expiresAt().map(Views::time).orElse("never"),
          token.lastUse().map(use -> Views.time(use.at())).orElse("never"),
          token.lastUse().map(use -> use.from().getHostAddress()).orElse("-"));
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Show one token, without its text.",
      footer = {"", "Example:", "  postern token show tk_0123456789ab"})
  int show(@Parameters(paramLabel = "ID") String id) throws ConfigException {
    return invocation.withStore((store, _) -> {
      ApiToken token =
          store
              .apiTokens()
              .find(id)
              .orElseThrow(() ->
                  new RefusedException(
                      RefusedException.Code.NOT_FOUND,
                      "there is no API token with that id",
                      "See: postern token list."));
      Instant now = invocation.surroundings().clock().instant();
      invocation.output().result(TokenView.json(token, now), TokenViews.table(token, now));
      return 0;
    });
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "End a token for good, on every node within a second.",
      footer = {"", "Example:", "  postern token revoke tk_0123456789ab --reason leaked"})
  int revoke(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--reason", paramLabel = "TEXT", description = "For people; one line.")
          Optional<String> reason)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      ApiToken token = store.apiTokens().revoke(id, reason.orElse(""), invocation.actor());
      Instant now = invocation.surroundings().clock().instant();
      invocation
          .output()
          .result(
              TokenView.json(token, now),
              "Revoked " + token.id() + " (" + token.name() + "). It does not work any more.");
      return 0;
    });
  }
}
