package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.trace.Trace;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** That the logins of a user are shown in the log. */
public final class TraceView {
  public static final String NAME = "Trace";

  private TraceView() {}

  public static ObjectNode json(Trace trace) {
    ObjectNode json = Json.object();
    json.put("id", trace.id());
    json.put("user", trace.user());
    json.put("startedAt", trace.startedAt().toString());
    json.put("startedBy", trace.startedBy());
    json.put("endsAt", trace.endsAt().toString());
    return json;
  }

  public static Schema schema() {
    return Schema.object()
        .with("id", Schema.text())
        .with("user", Schema.text())
        .with("startedAt", Schema.moment())
        .with("startedBy", Schema.text())
        .with("endsAt", Schema.moment());
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"id": "tr_0123456789abcdef", "user": "alice@example.com",
         "startedAt": "2026-12-01T08:00:00Z", "startedBy": "desk",
         "endsAt": "2026-12-01T08:10:00Z"}
        """);
  }
}
