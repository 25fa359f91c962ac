package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.delete;
import static dev.postern.admin.api.Operation.post;

import dev.postern.admin.api.Operation.RequestBody;
import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.Json;
import dev.postern.store.auth.Revocation;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Ends many app passwords at once. */
final class RevocationResource {
  private static final String BY_API = "revoked through the API";

  private RevocationResource() {}

  static List<Operation> operations() {
    return List.of(
        delete("/users/{user}/app-passwords", "revokeAppPasswordsOfUser")
            .does(
                Tag.APP_PASSWORDS,
                "Revoke all app passwords of a user",
                "Their sessions end within a second.")
            .may(Roles.STOPPERS)
            .takes(Parameters.user(), Parameters.why())
            .answers(result())
            .by(RevocationResource::ofUser),
        post("/revocations", "revokeAppPasswords")
            .does(
                Tag.APP_PASSWORDS,
                "Revoke all app passwords that meet every condition",
                "At least one condition must be named. With dryRun, says how many there are and"
                    + " changes nothing. Done in steps: if it breaks off, asking again does the"
                    + " rest.")
            .may(Roles.CHANGERS)
            .takes(
                new RequestBody.Json(
                    "Revocation",
                    Schema.object()
                        .may("user", Parameters.name())
                        .may("domain", Schema.text(1, 253))
                        .may("madeBefore", Schema.moment())
                        .may("pepper", Schema.pattern("[A-Za-z0-9-]{1,32}"))
                        .may("reason", Parameters.reason())
                        .may("dryRun", Schema.bool()),
                    Json.parse(
                        """
                        {"domain": "example.com", "madeBefore": "2026-01-01T00:00:00Z",
                         "reason": "laptop stolen", "dryRun": true}
                        """)))
            .answers(result())
            .by(RevocationResource::revoke));
  }

  private static Result result() {
    return new Result.Json(
        200,
        "How many there were.",
        Schema.object()
            .with("appPasswords", Schema.count())
            .with("dryRun", Schema.bool().describe("Nothing was changed.")),
        Json.parse("{\"appPasswords\": 3, \"dryRun\": false}"));
  }

  private static Answer ofUser(Call call) {
    String user = Reach.user(call, call.required("user")).name();
    return told(
        call.store()
            .appPasswords()
            .revokeAll(user, call.text("reason").orElse(BY_API), call.actor())
            .size(),
        false);
  }

  private static Answer revoke(Call call) {
    Optional<String> user = call.memberText("user").map(name -> Reach.user(call, name).name());
    Revocation which =
        new Revocation(
            user,
            call.memberText("domain"),
            Bodies.moment(call, "madeBefore"),
            call.memberText("pepper"));
    boolean isDryRun = call.member("dryRun").map(value -> value.booleanValue()).orElse(false);
    int count =
        isDryRun
            ? call.store().appPasswords().wouldRevoke(which).appPasswords()
            : call.store()
                .appPasswords()
                .revokeAll(which, call.memberText("reason").orElse(BY_API), call.actor(), _ -> {});
    return told(count, isDryRun);
  }

  private static Answer told(int count, boolean isDryRun) {
    ObjectNode json = Json.object();
    json.put("appPasswords", count);
    json.put("dryRun", isDryRun);
    return Answer.ok(json);
  }
}
