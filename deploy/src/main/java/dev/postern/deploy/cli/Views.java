package dev.postern.deploy.cli;

import dev.postern.deploy.config.DurationText;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.LastUse;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.auth.User.Disabled;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How users and app passwords look, to programs and to people. */
final class Views {
  private Views() {}

  static ObjectNode json(User user) {
    ObjectNode json = Output.object();
    json.put("user", user.name());
    json.put("id", user.id());
    put(json, "upstream", user.upstream());
    put(json, "upstreamUser", user.upstreamUser());
    put(json, "group", user.group());
    json.put("protected", user.isProtected());
    json.put("state", user.disabled().isPresent() ? "disabled" : "active");
    put(json, "stateSince", user.disabled().map(Disabled::at));
    put(json, "reason", user.disabled().map(Disabled::reason));
    json.put("createdAt", user.createdAt().toString());
    json.put("createdBy", user.createdBy());
    return json;
  }

  static ObjectNode json(AppPassword password) {
    ObjectNode json = Output.object();
    json.put("user", password.user());
    json.put("id", password.id());
    json.put("label", password.label());
    ArrayNode scopes = json.putArray("scopes");
    password.scopes().stream().map(Scope::word).sorted().forEach(scopes::add);
    put(json, "loginName", password.loginName());
    ArrayNode networks = json.putArray("networks");
    password.networks().stream().map(Cidr::toString).forEach(networks::add);
    json.put("lane", password.lane().word());
    put(json, "expiresAt", password.expiresAt());
    put(json, "idleExpiresAfter", password.idleExpiry().map(DurationText::format));
    json.put("createdAt", password.createdAt().toString());
    json.put("createdBy", password.createdBy());
    password
        .lastUse()
        .ifPresentOrElse(use -> json.set("lastUse", json(use)), () -> json.putNull("lastUse"));
    put(json, "exposedAt", password.exposedAt());
    json.put("state", password.state().word());
    put(json, "stateSince", since(password.state()));
    put(json, "reason", reason(password.state()));
    return json;
  }

  /** With the secret, without separators: the only time it is shown. */
  static ObjectNode json(IssuedAppPassword issued) {
    ObjectNode json = Output.object();
    json.put("user", issued.appPassword().user());
    json.put("password", plain(issued.secret()));
    json.setAll(json(issued.appPassword()));
    return json;
  }

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
            + since(password.state()).map(at -> ", since " + time(at)).orElse(""));
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
    return state.word() + reason(state).map(reason -> ": " + reason).orElse("");
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

  static Optional<String> reason(State state) {
    return switch (state) {
      case State.Active _ -> Optional.empty();
      case State.Suspended(Instant _, String reason) -> Optional.of(reason);
      case State.Revoked(Instant _, String reason) -> Optional.of(reason);
      case State.Expired(Instant _, State.Cause cause) -> Optional.of(cause.word());
    };
  }

  private static Optional<Instant> since(State state) {
    return switch (state) {
      case State.Active _ -> Optional.empty();
      case State.Suspended(Instant at, String _) -> Optional.of(at);
      case State.Revoked(Instant at, String _) -> Optional.of(at);
      case State.Expired(Instant at, State.Cause _) -> Optional.of(at);
    };
  }

  private static ObjectNode json(LastUse use) {
    ObjectNode json = Output.object();
    json.put("at", use.at().toString());
    json.put("from", use.from().getHostAddress());
    json.put("protocol", use.scope().word());
    put(json, "protection", use.protection().map(Protection::word));
    json.put("clientName", use.clientName());
    return json;
  }

  private static void put(ObjectNode json, String key, Optional<?> value) {
    value.ifPresentOrElse(v -> json.put(key, v.toString()), () -> json.putNull(key));
  }
}
