package dev.postern.admin.view;

import dev.postern.admin.imports.ImportRun.Refused;
import dev.postern.admin.imports.ImportRun.Summary;
import dev.postern.admin.json.Schema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What came of an import. */
public final class ImportView {
  private ImportView() {}

  /** A line that was not imported. */
  public static ObjectNode json(Refused refused) {
    return Json.object()
        .put("line", refused.line())
        .put("user", refused.user())
        .put("problem", refused.problem());
  }

  public static ObjectNode json(Summary summary) {
    return Json.object()
        .put("added", summary.added())
        .put("replaced", summary.replaced())
        .put("unchanged", summary.unchanged())
        .put("refused", summary.refused())
        .put("dryRun", summary.isDryRun());
  }

  /** Of either. */
  public static Schema schema() {
    return Schema.anyOf(
        Schema.object()
            .with("line", Schema.integer(1, Long.MAX_VALUE).describe("Of the body, from 1."))
            .with("user", Schema.text().describe("Whose; empty if that is not known."))
            .with("problem", Schema.text().describe("Why it was not imported.")),
        Schema.object()
            .with("added", Schema.count())
            .with("replaced", Schema.count())
            .with("unchanged", Schema.count())
            .with("refused", Schema.count().describe("All of them, listed or not."))
            .with("dryRun", Schema.bool().describe("Nothing was changed.")));
  }

  public static JsonNode example() {
    return json(new Summary(118, 0, 3, 2, false));
  }
}
