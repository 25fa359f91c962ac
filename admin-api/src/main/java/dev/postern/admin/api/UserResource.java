package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.delete;
import static dev.postern.admin.api.Operation.get;
import static dev.postern.admin.api.Operation.patch;
import static dev.postern.admin.api.Operation.post;
import static dev.postern.admin.api.Operation.put;

import dev.postern.admin.api.Operation.Carried;
import dev.postern.admin.api.Operation.RequestBody;
import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.Json;
import dev.postern.admin.view.PolicyView;
import dev.postern.admin.view.UserView;
import dev.postern.store.Page;
import dev.postern.store.access.Role;
import dev.postern.store.auth.Edit;
import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.auth.UserFilter;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Users, and what belongs to them alone: other names, passwords at upstreams. */
final class UserResource {
  private static final String LIST = "users";

  private final Site site;

  UserResource(Site site) {
    this.site = site;
  }

  List<Operation> operations() {
    return List.of(
        get("/users", "listUsers")
            .does(Tag.USERS, "Users, by name", "")
            .may(Roles.FINDERS)
            .takes(
                Parameter.query("startsWith", Parameters.name(), "Names that begin so.", "alice"),
                Parameter.query(
                    "domain", Schema.text(1, 253), "Names that end in @ and this.", "example.com"),
                Parameter.query("group", Parameters.group(), "Of that group.", "sales"),
                Parameter.query(
                    "state", Schema.words("active", "disabled"), "In that state.", "active"),
                Parameter.query("protected", Schema.bool(), "Protected or not.", "false"),
                Pages.limit(),
                Pages.cursor())
            .answers(
                new Result.Json(
                    200,
                    "A page of users.",
                    Pages.schema(UserView.NAME),
                    Pages.example(UserView.example())))
            .by(this::list),
        post("/users", "addUser")
            .does(Tag.USERS, "Add a user", "")
            .may(Roles.CHANGERS)
            .takes(
                new RequestBody.Json(
                    "NewUser",
                    Schema.object()
                        .with("user", Parameters.name().describe("The login name."))
                        .may("upstream", Parameters.upstream().orNull())
                        .may("upstreamUser", Schema.text(1, 320).orNull()),
                    Json.parse("{\"user\": \"alice@example.com\"}")))
            .answers(result(201, "The new user."))
            .answers(result(200, "The user, who was added by the same request before."))
            .refuses(ProblemType.CONFLICT)
            .once(this::again)
            .by(this::add),
        get("/users/{user}", "getUser")
            .does(Tag.USERS, "One user", "")
            .may(Roles.FINDERS)
            .takes(Parameters.user())
            .answers(result(200, "The user."))
            .by(call -> shown(Reach.user(call, call.required("user")))),
        patch("/users/{user}", "editUser")
            .does(
                Tag.USERS,
                "Change a user",
                "What is not named stays; null takes it away. Sessions end within a second where"
                    + " they are at another mailbox from now on.")
            .may(Roles.CHANGERS)
            .takes(Parameters.user())
            .takes(
                new RequestBody.Json(
                    "UserChange",
                    Schema.object()
                        .may("upstream", Parameters.upstream().orNull())
                        .may("upstreamUser", Schema.text(1, 320).orNull())
                        .may("group", Parameters.group().orNull())
                        .may("protected", Schema.bool()),
                    Json.parse("{\"group\": \"sales\", \"protected\": false}")))
            .answers(result(200, "The user as it is now."))
            .refuses(ProblemType.CONFLICT)
            .ifMatch()
            .by(this::edit),
        delete("/users/{user}", "removeUser")
            .does(
                Tag.USERS,
                "Remove a user",
                "With all app passwords; sessions end within a second, the names are free again.")
            .may(Roles.CHANGERS)
            .takes(Parameters.user())
            .answers(new Result.Nothing(204, "Done."))
            .ifMatch()
            .by(this::remove),
        post("/users/{user}/disable", "disableUser")
            .does(
                Tag.USERS,
                "Shut a user out",
                "Until the user is enabled again; sessions end within a second.")
            .may(Roles.STOPPERS)
            .takes(Parameters.user())
            .takes(reasonBody("left the company"))
            .answers(result(200, "The user as it is now."))
            .ifMatch()
            .by(this::disable),
        post("/users/{user}/enable", "enableUser")
            .does(Tag.USERS, "Let a user in again", "")
            .may(Roles.CHANGERS)
            .takes(Parameters.user())
            .answers(result(200, "The user as it is now."))
            .ifMatch()
            .by(this::enable),
        get("/users/{user}/policy", "getPolicyOfUser")
            .does(Tag.POLICY, "What is in force for a user, and which policy says so", "")
            .may(Roles.FINDERS)
            .takes(Parameters.user())
            .answers(
                new Result.Json(
                    200,
                    "The rules.",
                    Schema.ref(PolicyView.IN_FORCE),
                    PolicyView.inForceExample()))
            .refuses(ProblemType.STATE)
            .by(call ->
                Answer.ok(
                    PolicyView.json(
                        call.store()
                            .policies()
                            .inForce(
                                new PolicySubject.OfUser(
                                    Reach.user(call, call.required("user")).name()))))),
        get("/users/{user}/aliases", "listAliases")
            .does(Tag.USERS, "Other names that a user logs in with", "")
            .may(Roles.FINDERS)
            .takes(Parameters.user())
            .answers(names("The names."))
            .by(this::aliases),
        put("/users/{user}/aliases/{alias}", "addAlias")
            .does(Tag.USERS, "Let a user log in with another name too", "")
            .may(Roles.CHANGERS)
            .takes(Parameters.user(), alias())
            .answers(new Result.Nothing(204, "Done, now or before."))
            .refuses(ProblemType.CONFLICT, ProblemType.LIMIT)
            .by(this::addAlias),
        delete("/users/{user}/aliases/{alias}", "removeAlias")
            .does(Tag.USERS, "Take a name away", "Sessions go on.")
            .may(Roles.CHANGERS)
            .takes(Parameters.user(), alias())
            .answers(new Result.Nothing(204, "Done."))
            .by(this::removeAlias),
        get("/users/{user}/upstream-passwords", "listUpstreamPasswords")
            .does(
                Tag.USERS,
                "Upstreams at which a user's password is kept",
                "The passwords are shown to nobody.")
            .may(Roles.READERS)
            .takes(Parameters.user())
            .answers(names("Names of upstreams."))
            .by(call ->
                whole(
                    call.store()
                        .users()
                        .upstreamPasswords(Reach.user(call, call.required("user")).name()))),
        put("/users/{user}/upstream-passwords/{upstream}", "setUpstreamPassword")
            .does(Tag.USERS, "Keep a user's password at an upstream, sealed", "")
            .may(Roles.CHANGERS)
            .takes(
                Parameters.user(),
                Parameter.path(
                    "upstream",
                    Parameters.upstream(),
                    "Its name in the configuration.",
                    "mailstore"))
            .takes(
                new RequestBody.Json(
                    "UpstreamPassword",
                    Schema.object().with("password", Schema.text(1, 1000)),
                    Json.parse("{\"password\": \"the mailbox's own\"}")))
            .answers(new Result.Nothing(204, "Done."))
            .by(this::setUpstreamPassword));
  }

  /** Why something is stopped. */
  static RequestBody reasonBody(String example) {
    ObjectNode json = Json.object();
    json.put("reason", example);
    return new RequestBody.Json(
        "Reason",
        Schema.object()
            .with("reason", Parameters.reason().describe("For the audit and for people.")),
        json);
  }

  private static Result names(String description) {
    return new Result.Json(
        200,
        description,
        Schema.object().with("items", Schema.array(Schema.text())),
        Json.parse("{\"items\": [\"info@example.com\"]}"));
  }

  private static Parameter alias() {
    return Parameter.path("alias", Parameters.name(), "The other name.", "info@example.com");
  }

  private static Result result(int status, String description) {
    Result.Json user =
        new Result.Json(status, description, Schema.ref(UserView.NAME), UserView.example())
            .carrying(Carried.ETAG);
    return status == 201 ? user.carrying(Carried.LOCATION) : user;
  }

  private static Answer shown(User user) {
    return Answer.ok(UserView.json(user)).version(user.id(), user.version());
  }

  private Answer list(Call call) {
    UserFilter filter =
        new UserFilter(
            call.text("domain"),
            call.text("group"),
            call.text("state").map(state -> state.equals("disabled")),
            call.flag("protected"),
            call.text("startsWith"));
    return Pages.of(call, LIST, seen(call, filter), UserView::json);
  }

  /** Who may not be seen must not be where a page ends either, since the cursor names that one. */
  private static Page<User> seen(Call call, UserFilter filter) {
    String after = call.after(LIST).orElse("");
    if (!call.isOf(Role.HELPDESK)) {
      return call.store().users().list(filter, after, call.limit());
    }
    return filter.isProtected().orElse(false)
        ? new Page<>(List.of(), Optional.empty())
        : call.store().users().list(filter.protectedOnes(false), after, call.limit());
  }

  private Answer add(Call call) {
    Optional<String> upstream = call.memberText("upstream");
    upstream.ifPresent(this::requireUpstream);
    User user =
        call.store()
            .users()
            .add(
                call.memberText("user").orElseThrow(),
                upstream,
                call.memberText("upstreamUser"),
                call.actor());
    return Answer.created(UserView.json(user), Reach.address(user))
        .version(user.id(), user.version());
  }

  private Answer again(Call call, String id) {
    return call.memberText("user")
        .flatMap(name -> call.store().users().find(name))
        .filter(user -> user.id().equals(id))
        .map(UserResource::shown)
        .orElseThrow(Refusal::gone);
  }

  private Answer edit(Call call) {
    User user = Reach.user(call, call.required("user"));
    call.memberText("upstream").ifPresent(this::requireUpstream);
    return shown(
        call.store()
            .users()
            .edit(
                user.name(),
                new UserEdit(
                    edited(call, "upstream"),
                    edited(call, "upstreamUser"),
                    edited(call, "group"),
                    call.member("protected")
                        .<Edit<Boolean>>map(value -> new Edit.To<>(value.booleanValue()))
                        .orElseGet(Edit.Keep::new),
                    call.expected(user.id(), user.version())),
                call.actor()));
  }

  private static Edit<Optional<String>> edited(Call call, String member) {
    return call.has(member) ? new Edit.To<>(call.memberText(member)) : new Edit.Keep<>();
  }

  private Answer remove(Call call) {
    User user = Reach.user(call, call.required("user"));
    call.store()
        .users()
        .remove(user.name(), call.expected(user.id(), user.version()), call.actor());
    return new Answer.Nothing();
  }

  private Answer disable(Call call) {
    User user = Reach.user(call, call.required("user"));
    return shown(
        call.store()
            .users()
            .disable(
                user.name(),
                call.memberText("reason").orElseThrow(),
                call.expected(user.id(), user.version()),
                call.actor()));
  }

  private Answer enable(Call call) {
    User user = Reach.user(call, call.required("user"));
    return shown(
        call.store()
            .users()
            .enable(user.name(), call.expected(user.id(), user.version()), call.actor()));
  }

  private Answer aliases(Call call) {
    return whole(call.store().users().aliases(Reach.user(call, call.required("user")).name()));
  }

  private Answer addAlias(Call call) {
    User user = Reach.user(call, call.required("user"));
    return Reach.named(() -> {
      call.store().users().addAlias(user.name(), call.required("alias"), call.actor());
      return new Answer.Nothing();
    });
  }

  private Answer removeAlias(Call call) {
    User user = Reach.user(call, call.required("user"));
    return Reach.named(() -> {
      call.store().users().removeAlias(user.name(), call.required("alias"), call.actor());
      return new Answer.Nothing();
    });
  }

  private Answer setUpstreamPassword(Call call) {
    User user = Reach.user(call, call.required("user"));
    String upstream = call.required("upstream");
    if (!site.upstreams().contains(upstream)) {
      throw Refusal.notFound();
    }
    try (Secret password = Secret.ofText(call.memberText("password").orElseThrow())) {
      call.store().users().setUpstreamPassword(user.name(), upstream, password, call.actor());
    }
    return new Answer.Nothing();
  }

  /** A typing error here would lock a user out. */
  private void requireUpstream(String name) {
    if (!site.upstreams().contains(name)) {
      throw Refusal.of(ProblemType.INVALID, "The configuration has no upstream of that name.");
    }
  }

  private static Answer whole(List<String> names) {
    ObjectNode json = Json.object();
    ArrayNode items = json.putArray("items");
    names.forEach(items::add);
    return Answer.ok(json);
  }
}
