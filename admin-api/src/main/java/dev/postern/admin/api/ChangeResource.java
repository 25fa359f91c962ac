package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.get;

import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.ChangeView;
import dev.postern.store.audit.Changes;
import java.util.List;

/** What people changed, and alarms. */
final class ChangeResource {
  private static final String LIST = "changes";

  private ChangeResource() {}

  static List<Operation> operations() {
    return List.of(
        get("/changes", "listChanges")
            .does(Tag.RECORD, "Changes that people made, and alarms, the latest first", "")
            .may(Roles.READERS)
            .takes(
                Parameters.ofUser("To things of that user."),
                Parameter.query("actor", Schema.text(1, 100), "By that one.", "portal"),
                Parameter.query(
                    "action",
                    Schema.pattern("[a-z][a-z.-]{0,63}"),
                    "That action, or all that begin so before a dot.",
                    "app-password"),
                Parameters.since(),
                Parameters.until(),
                Pages.limit(),
                Pages.cursor())
            .answers(
                new Result.Json(
                    200,
                    "A page of changes.",
                    Pages.schema(ChangeView.NAME),
                    Pages.example(ChangeView.example())))
            .by(ChangeResource::list));
  }

  private static Answer list(Call call) {
    Changes.Query query =
        new Changes.Query(
            Reach.namedUser(call),
            call.text("actor"),
            call.text("action"),
            call.moment("since"),
            call.moment("until"));
    return Pages.of(
        call,
        LIST,
        call.store().changes().list(query, call.after(LIST), call.limit()),
        Changes.Entry::id,
        ChangeView::json);
  }
}
