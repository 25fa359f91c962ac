package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.delete;
import static dev.postern.admin.api.Operation.get;

import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.Json;
import dev.postern.admin.view.SessionView;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.Sessions;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Who is logged in. */
final class SessionResource {
  private static final String LIST = "sessions";
  private static final String BY_API = "ended through the API";

  private SessionResource() {}

  static List<Operation> operations() {
    return List.of(
        get("/sessions", "listSessions")
            .does(
                Tag.SESSIONS,
                "Sessions of all nodes, the newest first",
                "Starts and ends show within a second, bytes within half a minute.")
            .may(Roles.FINDERS)
            .takes(filters())
            .takes(Pages.limit(), Pages.cursor())
            .answers(
                new Result.Json(
                    200,
                    "A page of sessions.",
                    Pages.schema(SessionView.NAME),
                    Pages.example(SessionView.example())))
            .by(SessionResource::list),
        delete("/sessions/{id}", "endSession")
            .does(
                Tag.SESSIONS,
                "End a session",
                "On whatever node it is, within a second. Its client may log in again.")
            .may(Roles.STOPPERS)
            .takes(
                Parameter.path("id", id(), "The session's id, as in the log.", "8c1f0a2e"),
                Parameters.why())
            .answers(kicked())
            .by(SessionResource::end),
        delete("/sessions", "endSessions")
            .does(
                Tag.SESSIONS,
                "End all sessions that meet every condition",
                "At least one condition must be named, or all=true. On every node within a second;"
                    + " their clients may log in again.")
            .may(Roles.STOPPERS)
            .takes(filters())
            .takes(
                Parameter.query("all", Schema.bool(), "Every session of the site.", "false"),
                Parameters.why())
            .answers(kicked())
            .by(SessionResource::endAll));
  }

  private static Parameter[] filters() {
    return new Parameter[] {
      Parameters.ofUser("Of that user."),
      Parameter.query(
          "appPassword", Schema.text(1, 40), "Of that app password.", "ap_0123456789abcdef"),
      Parameters.protocol(),
      Parameters.network("From there."),
      Parameter.query("client", Schema.text(1, 100), "Of programs called so.", "Thunderbird"),
      Parameter.query("upstream", Parameters.upstream(), "At that upstream.", "mailstore"),
      Parameter.query("node", Schema.text(1, 200), "On that node.", "mx1/4711")
    };
  }

  private static Schema id() {
    return Schema.pattern("[0-9A-Za-z_-]{1,64}");
  }

  private static Result kicked() {
    return new Result.Json(
        200,
        "How many of those that are in the list were told to end.",
        Schema.object().with("seen", Schema.count()),
        Json.parse("{\"seen\": 1}"));
  }

  private static Answer list(Call call) {
    return Pages.of(
        call,
        LIST,
        call.store().sessions().list(filter(call), call.after(LIST), call.limit()),
        Sessions.Entry::key,
        SessionView::json);
  }

  private static Answer end(Call call) {
    SessionFilter one =
        new SessionFilter(
            Optional.of(call.required("id")),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    Sessions.Entry session =
        call.store().sessions().list(one, Optional.empty(), 1).stream()
            .findFirst()
            .orElseThrow(Refusal::notFound);
    session.user().ifPresent(name -> Reach.user(call, name));
    return told(call, one);
  }

  private static Answer endAll(Call call) {
    SessionFilter which = filter(call);
    boolean isAll = call.flag("all").orElse(false);
    if (isAll != which.equals(SessionFilter.ALL)) {
      throw Refusal.of(
          ProblemType.INVALID_PARAMETER,
          "Name a condition, or say all=true.",
          List.of(
              new Refusal.Fault("all", "must be true where there is no condition, else left out")));
    }
    return told(call, which);
  }

  private static Answer told(Call call, SessionFilter which) {
    Sessions.Kick kick =
        call.store().sessions().kick(which, call.text("reason").orElse(BY_API), call.actor());
    ObjectNode json = Json.object();
    json.put("seen", kick.keys().size());
    return Answer.ok(json);
  }

  private static SessionFilter filter(Call call) {
    Optional<Cidr> network =
        call.text("network")
            .map(text -> Bodies.network(text, ProblemType.INVALID_PARAMETER, "network"));
    return new SessionFilter(
        Optional.empty(),
        Reach.namedUser(call).map(name -> call.store().sessions().userIdOf(name)),
        call.text("appPassword"),
        call.text("protocol").flatMap(Scope::ofWord),
        network,
        call.text("client"),
        call.text("upstream"),
        call.text("node"));
  }
}
