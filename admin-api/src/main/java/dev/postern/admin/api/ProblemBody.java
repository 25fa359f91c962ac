package dev.postern.admin.api;

import dev.postern.admin.json.Schema;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Errors as JSON, <a href="https://www.rfc-editor.org/rfc/rfc9457#section-3">RFC 9457 §3</a>. */
final class ProblemBody {
  static final String CONTENT_TYPE = "application/problem+json";
  static final String SCHEMA_NAME = "Problem";

  private ProblemBody() {}

  static ObjectNode of(Refusal refusal) {
    ProblemType type = refusal.type();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("type", type.uri());
    json.put("title", type.title());
    json.put("status", type.status());
    json.put("detail", refusal.detail());
    if (!refusal.faults().isEmpty()) {
      String place = type == ProblemType.INVALID ? "pointer" : "parameter";
      ArrayNode errors = json.putArray("errors");
      refusal
          .faults()
          .forEach(
              fault -> errors.addObject().put(place, fault.place()).put("detail", fault.detail()));
    }
    return json;
  }

  static Schema schema() {
    return Schema.object()
        .with("type", Schema.text().describe("Which kind of error; stable. The list is above."))
        .with("title", Schema.text().describe("The kind in words."))
        .with("status", Schema.integer(400, 599))
        .with("detail", Schema.text().describe("What is wrong with this request."))
        .may(
            "errors",
            Schema.array(
                    Schema.object()
                        .may("pointer", Schema.text().describe("Where in the body, RFC 6901."))
                        .may("parameter", Schema.text().describe("Which parameter or header."))
                        .with("detail", Schema.text()))
                .describe("Each single thing that is wrong."));
  }
}
