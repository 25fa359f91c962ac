package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.Channel;
import dev.postern.store.audit.Changes;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A change that somebody made. */
public final class ChangeView {
  public static final String NAME = "Change";

  private ChangeView() {}

  public static ObjectNode json(Changes.Entry entry) {
    ObjectNode json = Json.object();
    json.put("at", entry.at().toString());
    json.put("actor", entry.actor().who());
    json.put("role", entry.actor().role());
    json.put("channel", entry.actor().channel().word());
    Json.put(json, "from", entry.actor().from().map(InetAddress::getHostAddress));
    json.put("action", entry.action());
    json.put("subjectKind", entry.subject().kind());
    json.put("subjectId", entry.subject().id());
    Json.put(json, "subjectName", entry.subject().name());
    Json.put(json, "userId", entry.subject().userId());
    json.set("before", tree(entry.before()));
    json.set("after", tree(entry.after()));
    Json.put(json, "reason", entry.reason());
    return json;
  }

  public static Schema schema() {
    return Schema.object()
        .with("at", Schema.moment())
        .with("actor", Schema.text().describe("An account, a token's name, or system."))
        .with("role", Schema.text())
        .with("channel", Schema.words(Arrays.stream(Channel.values()).map(Channel::word).toList()))
        .with("from", Schema.text().orNull().describe("The address that it came from."))
        .with("action", Schema.text().describe("Kind of thing and what was done."))
        .with("subjectKind", Schema.text())
        .with("subjectId", Schema.text())
        .with("subjectName", Schema.text().orNull())
        .with("userId", Schema.text().orNull().describe("Whose it is."))
        .with("before", Schema.anyObject().orNull().describe("How it was, without secrets."))
        .with("after", Schema.anyObject().orNull())
        .with("reason", Schema.text().orNull());
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"at": "2026-12-01T08:00:00Z", "actor": "portal", "role": "issuer", "channel": "api",
         "from": "192.0.2.80", "action": "app-password.create", "subjectKind": "app-password",
         "subjectId": "ap_0123456789abcdef", "subjectName": "Phone",
         "userId": "0f5c2c8f1f6a4f0a9d0a2b6f3c1d4e5f", "before": null,
         "after": {"label": "Phone"}, "reason": null}
        """);
  }

  private static JsonNode tree(Optional<String> text) {
    return text.map(Json::parse).orElseGet(() -> Json.object().nullNode());
  }
}
