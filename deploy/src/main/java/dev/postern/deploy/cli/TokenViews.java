package dev.postern.deploy.cli;

import dev.postern.store.access.ApiToken;
import dev.postern.store.access.IssuedApiToken;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How API tokens look, to programs and to people. */
final class TokenViews {
  private TokenViews() {}

  /** With its text: the only time it is shown. */
  static ObjectNode json(IssuedApiToken issued) {
    ObjectNode json = Output.object();
    json.put("token", Views.plain(issued.secret()));
    json.setAll(json(issued.token(), issued.token().createdAt()));
    return json;
  }

  static ObjectNode json(ApiToken token, Instant now) {
    ObjectNode json = Output.object();
    json.put("id", token.id());
    json.put("name", token.name());
    json.put("role", token.role().word());
    ArrayNode domains = json.putArray("domains");
    token.domains().stream().sorted().forEach(domains::add);
    json.put("state", state(token, now));
    put(json, "expiresAt", token.expiresAt());
    json.put("createdAt", token.createdAt().toString());
    json.put("createdBy", token.createdBy());
    put(json, "revokedAt", token.revokedAt());
    token
        .lastUse()
        .ifPresentOrElse(use -> json.set("lastUse", json(use)), () -> json.putNull("lastUse"));
    json.put("version", token.version());
    return json;
  }

  private static ObjectNode json(ApiToken.LastUse use) {
    return Output.object().put("at", use.at().toString()).put("from", use.from().getHostAddress());
  }

  /** One, with all that is known of it. */
  static String table(ApiToken token, Instant now) {
    TextTable table = new TextTable("Id", token.id());
    table.row("Name", token.name());
    table.row("Role", role(token));
    table.row("State", state(token, now));
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

  static String state(ApiToken token, Instant now) {
    if (token.revokedAt().isPresent()) {
      return "revoked";
    }
    return token.isWorking(now) ? "active" : "expired";
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

  private static void put(ObjectNode json, String key, Optional<Instant> value) {
    value.ifPresentOrElse(at -> json.put(key, at.toString()), () -> json.putNull(key));
  }
}
