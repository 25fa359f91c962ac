package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.audit.Exports.Numbered;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A line of an export: what it tells of, with its number and its id in front. */
public final class ExportView {
  private ExportView() {}

  /**
   * A line.
   *
   * @param view of what it tells of
   */
  public static <T> ObjectNode json(Numbered<T> line, Function<T, ObjectNode> view) {
    ObjectNode json = Json.object();
    json.put("number", line.number());
    json.put("id", line.id());
    json.setAll(view.apply(line.entry()));
    return json;
  }

  public static Schema schema(Schema told) {
    return told.with(
            "number",
            Schema.integer(1, Long.MAX_VALUE).describe("Behind which the next export begins."))
        .with("id", Schema.text().describe("The same if it comes again, under a higher number."));
  }

  public static JsonNode example(JsonNode told) {
    ObjectNode json = Json.object();
    json.put("number", 4711);
    json.put("id", "019ab1234567-8c1f0a2e");
    json.setAll((ObjectNode) told);
    return json;
  }
}
