package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.auth.User;
import dev.postern.store.auth.User.Disabled;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A user. */
public final class UserView {
  public static final String NAME = "User";

  private UserView() {}

  public static ObjectNode json(User user) {
    ObjectNode json = Json.object();
    json.put("user", user.name());
    json.put("id", user.id());
    Json.put(json, "upstream", user.upstream());
    Json.put(json, "upstreamUser", user.upstreamUser());
    Json.put(json, "group", user.group());
    json.put("protected", user.isProtected());
    json.put("state", user.disabled().isPresent() ? "disabled" : "active");
    Json.put(json, "stateSince", user.disabled().map(Disabled::at));
    Json.put(json, "reason", user.disabled().map(Disabled::reason));
    json.put("createdAt", user.createdAt().toString());
    json.put("createdBy", user.createdBy());
    return json;
  }

  public static Schema schema() {
    return Schema.object()
        .with("user", Schema.text().describe("The login name, as it is compared."))
        .with("id", Schema.text().describe("Never changes."))
        .with("upstream", Schema.text().orNull().describe("Where sessions go before any route."))
        .with("upstreamUser", Schema.text().orNull().describe("The mailbox there, if another."))
        .with("group", Schema.text().orNull().describe("Whose policy applies."))
        .with("protected", Schema.bool().describe("Whether nobody may make app passwords."))
        .with("state", Schema.words("active", "disabled"))
        .with("stateSince", Schema.moment().orNull())
        .with("reason", Schema.text().orNull().describe("Why the user is disabled."))
        .with("createdAt", Schema.moment())
        .with("createdBy", Schema.text());
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"user": "alice@example.com", "id": "0f5c2c8f1f6a4f0a9d0a2b6f3c1d4e5f", "upstream": null,
         "upstreamUser": null, "group": "sales", "protected": false, "state": "active",
         "stateSince": null, "reason": null, "createdAt": "2026-12-01T08:00:00Z",
         "createdBy": "root"}
        """);
  }
}
