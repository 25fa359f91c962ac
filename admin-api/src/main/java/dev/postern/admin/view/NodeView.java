package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.keys.LiveNode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A running node. */
public final class NodeView {
  public static final String NAME = "Node";

  private NodeView() {}

  public static ObjectNode json(LiveNode node) {
    ObjectNode json = Json.object();
    json.put("node", node.name());
    json.put("id", node.id());
    json.put("startedAt", node.startedAt().toString());
    Json.put(json, "drainingSince", node.drainingSince());
    Json.put(json, "heldKeys", node.held().stream().sorted().toList());
    Json.put(json, "activeKeys", node.active().stream().sorted().toList());
    return json;
  }

  public static Schema schema() {
    return Schema.object()
        .with("node", Schema.text().describe("Its name."))
        .with("id", Schema.text().describe("Of this start of it."))
        .with("startedAt", Schema.moment())
        .with("drainingSince", Schema.moment().orNull().describe("It takes no more logins."))
        .with("heldKeys", Schema.array(Schema.text()).describe("Those that it has, by their ids."))
        .with(
            "activeKeys", Schema.array(Schema.text()).describe("Those that it makes things with."));
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"node": "mx1/4711", "id": "9f2c", "startedAt": "2026-12-01T08:00:00Z",
         "drainingSince": null, "heldKeys": ["pepper/2026"], "activeKeys": ["pepper/2026"]}
        """);
  }
}
