package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.get;

import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.SignInView;
import dev.postern.store.audit.SignIns;
import java.util.List;

/** Attempts to log in, and why they failed. */
final class SignInResource {
  private static final String LIST = "sign-ins";

  private SignInResource() {}

  static List<Operation> operations() {
    return List.of(
        get("/sign-ins", "listSignIns")
            .does(
                Tag.RECORD,
                "Attempts to log in, the latest first",
                "Those that were the same within an hour are one item. Names that nobody has are"
                    + " not kept: a digest stands for them.")
            .may(Roles.FINDERS)
            .takes(
                Parameters.ofUser("Of that user, own login name, or name that nobody has."),
                Parameters.network("From there."),
                Parameter.query("outcome", SignInView.outcome(), "With that outcome.", "rejected"),
                Parameter.query(
                    "reason", Schema.pattern("[a-z-]{1,64}"), "For that reason.", "wrong-secret"),
                Parameters.since(),
                Parameters.until(),
                Pages.limit(),
                Pages.cursor())
            .answers(
                new Result.Json(
                    200,
                    "A page of attempts.",
                    Pages.schema(SignInView.NAME),
                    Pages.example(SignInView.example())))
            .by(SignInResource::list));
  }

  private static Answer list(Call call) {
    SignIns.Query query =
        new SignIns.Query(
            Reach.namedUser(call),
            call.text("network")
                .map(text -> Bodies.network(text, ProblemType.INVALID_PARAMETER, "network")),
            call.text("outcome"),
            call.text("reason"),
            call.moment("since"),
            call.moment("until"));
    return Pages.of(
        call,
        LIST,
        call.store().signIns().list(query, call.after(LIST), call.limit()),
        SignIns.Entry::id,
        SignInView::json);
  }
}
