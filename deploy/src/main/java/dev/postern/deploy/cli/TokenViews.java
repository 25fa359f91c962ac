package dev.postern.deploy.cli;

import dev.postern.admin.view.TokenView;
import dev.postern.store.access.ApiToken;
import java.time.Instant;
import java.util.stream.Collectors;

/** How API tokens look to people. */
final class TokenViews {
  private TokenViews() {}

  /** One, with all that is known of it. */
  static String table(ApiToken token, Instant now) {
    TextTable table = new TextTable("Id", token.id());
    table.row("Name", token.name());
    table.row("Role", role(token));
    table.row("State", TokenView.state(token, now));
    table.row("Expires", token.expiresAt().map(Views::time).orElse("never"));
    table.row("Created", Views.time(token.createdAt()) + " by " + token.createdBy());
    token.revokedAt().ifPresent(at -> table.row("Revoked", Views.time(at)));
    table.row(
        "Last used",
        token
            .lastUse()
            .map(use -> Views.time(use.at()) + " from " + use.from().getHostAddress())
            .orElse("never"));
    return table.toString();
  }

  /** With the domains that it is for. */
  static String role(ApiToken token) {
    return token.domains().isEmpty()
        ? token.role().word()
        : token.role().word()
            + " for "
            + token.domains().stream().sorted().collect(Collectors.joining(", "));
  }

  static String end(ApiToken token) {
    return token.expiresAt().map(at -> "until " + Views.time(at)).orElse("without an end");
  }
}
