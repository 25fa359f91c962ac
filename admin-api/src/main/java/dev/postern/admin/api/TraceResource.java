package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.delete;
import static dev.postern.admin.api.Operation.get;
import static dev.postern.admin.api.Operation.post;

import dev.postern.admin.api.Operation.Carried;
import dev.postern.admin.api.Operation.RequestBody;
import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.Json;
import dev.postern.admin.view.TraceView;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.User;
import dev.postern.store.trace.Trace;
import dev.postern.store.trace.Traces;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Users whose logins are shown in the log for a while. */
final class TraceResource {
  private static final int USUAL_MINUTES = 10;
  private static final int LONGEST_MINUTES = (int) Traces.LONGEST.toMinutes();

  private TraceResource() {}

  static List<Operation> operations() {
    return List.of(
        get("/traces", "listTraces")
            .does(
                Tag.TRACES,
                "Traces that are on, the oldest first",
                "There are at most " + Traces.MOST + ".")
            .may(Roles.FINDERS)
            .takes(Parameters.ofUser("Of that user."))
            .answers(
                new Result.Json(
                    200,
                    "All of them.",
                    Pages.schema(TraceView.NAME),
                    Pages.example(TraceView.example())))
            .by(TraceResource::list),
        post("/traces", "startTrace")
            .does(
                Tag.TRACES,
                "Show a user's logins in the log, line by line, for some minutes",
                "On every node within a second or two; without any secret, and up to the moment"
                    + " when the mail server takes over. In place of a trace of that user from"
                    + " before.")
            .may(Roles.TRACERS)
            .takes(
                new RequestBody.Json(
                    "NewTrace",
                    Schema.object()
                        .with("user", Parameters.name())
                        .may(
                            "minutes",
                            Schema.integer(1, LONGEST_MINUTES)
                                .describe("Default: " + USUAL_MINUTES + ".")),
                    Json.parse("{\"user\": \"alice@example.com\", \"minutes\": 10}")))
            .answers(
                new Result.Json(201, "The trace.", Schema.ref(TraceView.NAME), TraceView.example())
                    .carrying(Carried.LOCATION))
            .answers(
                new Result.Json(
                    200, "It was begun before.", Schema.ref(TraceView.NAME), TraceView.example()))
            .refuses(ProblemType.LIMIT)
            .once(TraceResource::again)
            .by(TraceResource::start),
        delete("/traces/{trace}", "stopTrace")
            .does(Tag.TRACES, "End a trace", "On every node within a second or two.")
            .may(Roles.TRACERS)
            .takes(
                Parameter.path(
                    "trace",
                    Parameters.name(),
                    "The trace's id, or its user's login name.",
                    "tr_0123456789abcdef"))
            .answers(new Result.Nothing(204, "Done."))
            .by(TraceResource::stop));
  }

  private static Answer list(Call call) {
    Optional<String> user = Reach.namedUser(call).map(TraceResource::normalised);
    List<Trace> traces =
        call.store().traces().list().stream()
            .filter(trace -> user.isEmpty() || user.get().equals(trace.user()))
            .toList();
    return Pages.whole(call, traces, TraceView::json);
  }

  private static Answer start(Call call) {
    User user = Reach.user(call, call.memberText("user").orElseThrow());
    int minutes = call.member("minutes").map(JsonNode::intValue).orElse(USUAL_MINUTES);
    Trace trace =
        call.store().traces().start(user.name(), Duration.ofMinutes(minutes), call.actor());
    return Answer.created(
        TraceView.json(trace), RouteTable.BASE + "/traces?user=" + Pages.encoded(trace.user()));
  }

  private static Answer again(Call call, String id) {
    User user = Reach.user(call, call.memberText("user").orElseThrow());
    return call.store().traces().list().stream()
        .filter(trace -> trace.id().equals(id) && trace.user().equals(user.name()))
        .findFirst()
        .map(trace -> Answer.ok(TraceView.json(trace)))
        .orElseThrow(Refusal::gone);
  }

  private static Answer stop(Call call) {
    String which = call.required("trace");
    String user = normalised(which);
    Trace trace =
        call.store().traces().list().stream()
            .filter(one -> one.id().equals(which) || one.user().equals(user))
            .findFirst()
            .orElseThrow(Refusal::notFound);
    User _ = Reach.user(call, trace.user());
    call.store().traces().stop(trace.id(), call.actor());
    return new Answer.Nothing();
  }

  private static String normalised(String name) {
    return LoginName.parse(name).map(LoginName::value).orElse("");
  }
}
