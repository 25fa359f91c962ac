package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.get;

import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.view.NodeView;
import java.util.List;

/** The running nodes. */
final class NodeResource {
  private NodeResource() {}

  static List<Operation> operations() {
    return List.of(
        get("/nodes", "listNodes")
            .does(
                Tag.SITE,
                "The nodes that run now",
                "One that was silent for half a minute is not among them.")
            .may(Roles.READERS)
            .answers(
                new Result.Json(
                    200,
                    "The nodes.",
                    Pages.schema(NodeView.NAME),
                    Pages.example(NodeView.example())))
            .by(call -> Pages.whole(call, call.store().keys().nodes(), NodeView::json)));
  }
}
