package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.guard.Ban;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A network that somebody has spoken against or for. */
public final class BanView {
  public static final String NAME = "Ban";

  private BanView() {}

  public static ObjectNode json(Ban ban) {
    ObjectNode json = Json.object();
    json.put("network", ban.network().toString());
    json.put("kind", ban.kind().word());
    json.put("reason", ban.reason());
    json.put("createdAt", ban.createdAt().toString());
    json.put("createdBy", ban.createdBy());
    Json.put(json, "endsAt", ban.endsAt());
    return json;
  }

  public static Schema schema() {
    return Schema.object()
        .with("network", Schema.text().describe("In CIDR form."))
        .with("kind", kind())
        .with("reason", Schema.text())
        .with("createdAt", Schema.moment())
        .with("createdBy", Schema.text())
        .with("endsAt", Schema.moment().orNull());
  }

  /** What may be said of a network. */
  public static Schema kind() {
    return Schema.words(Stream.of(Ban.Kind.values()).map(Ban.Kind::word).toList());
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"network": "198.51.100.0/24", "kind": "deny", "reason": "scanning",
         "createdAt": "2026-12-01T08:00:00Z", "createdBy": "monitoring",
         "endsAt": "2026-12-01T09:00:00Z"}
        """);
  }
}
