package dev.postern.deploy.cli;

import dev.postern.admin.view.AppPasswordView;
import dev.postern.deploy.config.DurationText;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** How users and app passwords look to people; to programs they look as in the API. */
final class Views {
  private Views() {}

  /** Several, a line each. */
  static String table(List<AppPassword> passwords) {
    TextTable table =
        new TextTable("ID", "LABEL", "FOR", "STATE", "EXPIRES", "LAST USED", "FROM", "NETWORKS");
    for (AppPassword password : passwords) {
      table.row(
          password.id(),
          password.label(),
          Purpose.describe(password.scopes()),
          state(password.state()),
          expiry(password),
          password.lastUse().map(use -> time(use.at())).orElse("never"),
          password.lastUse().map(use -> use.from().getHostAddress()).orElse("-"),
          PolicyViews.networks(password.networks()));
    }
    return table.toString();
  }

  /** One, with all that is known of it. */
  static String table(AppPassword password) {
    TextTable table = new TextTable("Id", password.id());
    table.row("User", password.user());
    table.row("Label", password.label());
    table.row("Login name", password.loginName().orElse("that of the user"));
    table.row("For", Purpose.describe(password.scopes()));
    table.row("Networks", PolicyViews.networks(password.networks()));
    if (password.lane() == Lane.LEGACY) {
      table.row("Lane", "legacy: also over old TLS or none");
    }
    table.row(
        "State",
        state(password.state())
            + AppPasswordView.since(password.state()).map(at -> ", since " + time(at)).orElse(""));
    table.row("Expires", expiry(password));
    table.row(
        "Last used",
        password
            .lastUse()
            .map(use ->
                "%s from %s over %s%s%s"
                    .formatted(
                        time(use.at()),
                        use.from().getHostAddress(),
                        use.scope().word(),
                        use.protection().map(Views::described).orElse(""),
                        use.clientName().isEmpty() ? "" : " by " + use.clientName()))
            .orElse("never"));
    password
        .exposedAt()
        .ifPresent(at -> table.row("Exposed", "sent without TLS, last at " + time(at)));
    table.row("Created", time(password.createdAt()) + " by " + password.createdBy());
    return table.toString();
  }

  private static String described(Protection protection) {
    return protection == Protection.CLEAR ? " in clear" : " with " + protection.word();
  }

  private static String state(State state) {
    return state.word() + AppPasswordView.reason(state).map(reason -> ": " + reason).orElse("");
  }

  private static String expiry(AppPassword password) {
    String date = password.expiresAt().map(Views::time).orElse("");
    String idle =
        password.idleExpiry().map(after -> "idle " + DurationText.format(after)).orElse("");
    return date.isEmpty() && idle.isEmpty()
        ? "never"
        : date + (date.isEmpty() || idle.isEmpty() ? "" : ", ") + idle;
  }

  /** The short line of bulk work. */
  static ObjectNode bulkJson(IssuedAppPassword issued) {
    return Output.object()
        .put("user", issued.appPassword().user())
        .put("password", plain(issued.secret()))
        .put("id", issued.appPassword().id());
  }

  /** The secret as it is pasted. */
  static String plain(Secret secret) {
    return secret.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
  }

  /** The secret as it is read and typed: in groups of four. */
  static String grouped(Secret secret) {
    return plain(secret).replaceAll(".{4}(?!$)", "$0 ");
  }

  static String time(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
