package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.oauth.OAuthAccount;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A user's consent at an upstream. */
public final class ConsentView {
  public static final String NAME = "Consent";

  private ConsentView() {}

  public static ObjectNode json(OAuthAccount account) {
    ObjectNode json = Json.object();
    json.put("user", account.user());
    json.put("upstream", account.upstream());
    json.put("state", account.state().word());
    json.put("reason", account.reason());
    json.put("since", account.since().toString());
    Json.put(json, "mailbox", account.subject());
    json.put("connectedAt", account.connectedAt().toString());
    json.put("connectedBy", account.connectedBy());
    json.put("refreshedAt", account.refreshedAt().toString());
    return json;
  }

  public static Schema schema() {
    return Schema.object()
        .with("user", Schema.text())
        .with("upstream", Schema.text())
        .with("state", state())
        .with("reason", Schema.text().describe("The provider's codes; empty if connected."))
        .with("since", Schema.moment())
        .with("mailbox", Schema.text().orNull().describe("As the provider names it."))
        .with("connectedAt", Schema.moment())
        .with("connectedBy", Schema.text())
        .with("refreshedAt", Schema.moment().describe("When the provider last took it."));
  }

  public static Schema state() {
    return Schema.words(
        Stream.of(OAuthAccount.State.values()).map(OAuthAccount.State::word).toList());
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"user": "alice@example.com", "upstream": "office365", "state": "connected", "reason": "",
         "since": "2026-12-01T08:00:00Z", "mailbox": "alice@example.com",
         "connectedAt": "2026-12-01T08:00:00Z", "connectedBy": "root",
         "refreshedAt": "2026-12-01T08:00:00Z"}
        """);
  }
}
