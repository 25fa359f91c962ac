package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.delete;
import static dev.postern.admin.api.Operation.get;
import static dev.postern.admin.api.Operation.patch;
import static dev.postern.admin.api.Operation.post;

import dev.postern.admin.api.Operation.Carried;
import dev.postern.admin.api.Operation.RequestBody;
import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.AppPasswordView;
import dev.postern.admin.view.Json;
import dev.postern.store.DurationWords;
import dev.postern.store.access.Role;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPasswordEdit;
import dev.postern.store.auth.AppPasswordFilter;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.Edit;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Scope;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** App passwords: the secret is in the answer to the request that makes it, and never again. */
final class AppPasswordResource {
  private static final String LIST = "app-passwords";
  private static final String BY_API = "ended through the API";
  private static final Duration USUAL_OVERLAP = Duration.ofDays(1);

  private AppPasswordResource() {}

  static List<Operation> operations() {
    return List.of(
        get("/app-passwords", "listAppPasswords")
            .does(
                Tag.APP_PASSWORDS,
                "App passwords of the whole site",
                "In the order of their ids, which means nothing but never changes.")
            .may(Roles.READERS)
            .takes(
                Parameter.query(
                    "state",
                    Schema.words("active", "suspended", "revoked", "expired"),
                    "In that state.",
                    "active"),
                Parameter.query("lane", lane(), "Made for that lane.", "legacy"),
                Pages.limit(),
                Pages.cursor())
            .answers(page())
            .by(AppPasswordResource::list),
        get("/users/{user}/app-passwords", "listAppPasswordsOfUser")
            .does(
                Tag.APP_PASSWORDS,
                "A user's app passwords, newest first",
                "Those that have ended are among them.")
            .may(Roles.FINDERS)
            .takes(Parameters.user())
            .answers(page())
            .by(call ->
                Pages.whole(
                    call,
                    call.store()
                        .appPasswords()
                        .list(Reach.user(call, call.required("user")).name()),
                    AppPasswordView::json)),
        post("/users/{user}/app-passwords", "createAppPassword")
            .does(
                Tag.APP_PASSWORDS,
                "Make an app password",
                "The secret is shown this once. With an Idempotency-Key the same request may be"
                    + " sent again within a day: nothing is made twice, and the answer to the"
                    + " second has no secret but says that it was shown. What is left out is as the"
                    + " policy says.")
            .may(Roles.ISSUERS)
            .takes(Parameters.user())
            .takes(new RequestBody.Json("NewAppPassword", newSchema(), newExample()))
            .answers(issued(201, "The app password and its secret."))
            .answers(issued(200, "It was made by the same request before."))
            .refuses(ProblemType.CONFLICT, ProblemType.LIMIT, ProblemType.STATE)
            .once(AppPasswordResource::again)
            .by(AppPasswordResource::create),
        get("/app-passwords/{id}", "getAppPassword")
            .does(Tag.APP_PASSWORDS, "One app password", "")
            .may(Roles.FINDERS)
            .takes(Parameters.appPassword())
            .answers(result("The app password."))
            .by(call -> shown(Reach.appPassword(call, call.required("id")))),
        patch("/app-passwords/{id}", "editAppPassword")
            .does(
                Tag.APP_PASSWORDS,
                "Change an app password",
                "What is not named stays; null takes an end away, as far as the policy allows."
                    + " What narrows ends the sessions that it leaves out, within a second.")
            .may(Roles.CHANGERS)
            .takes(Parameters.appPassword())
            .takes(
                new RequestBody.Json(
                    "AppPasswordChange",
                    Schema.object()
                        .may("label", label())
                        .may("scopes", scopes())
                        .may("networks", networks())
                        .may("expiresAt", Schema.moment().orNull())
                        .may("idleExpiresAfter", duration().orNull()),
                    Json.parse("{\"label\": \"New phone\", \"networks\": [\"192.0.2.0/24\"]}")))
            .answers(result("The app password as it is now."))
            .refuses(ProblemType.CONFLICT, ProblemType.STATE)
            .ifMatch()
            .by(AppPasswordResource::edit),
        delete("/app-passwords/{id}", "revokeAppPassword")
            .does(
                Tag.APP_PASSWORDS,
                "Revoke an app password",
                "For good: it stays on record, logs nobody in, and its sessions end within a"
                    + " second. Revoking again keeps the first reason.")
            .may(Roles.STOPPERS)
            .takes(Parameters.appPassword(), Parameters.why())
            .answers(result("The app password as it is now."))
            .ifMatch()
            .by(AppPasswordResource::revoke),
        post("/app-passwords/{id}/suspend", "suspendAppPassword")
            .does(
                Tag.APP_PASSWORDS,
                "Stop an app password until it is resumed",
                "Its sessions end within a second.")
            .may(Roles.STOPPERS)
            .takes(Parameters.appPassword())
            .takes(UserResource.reasonBody("phone is missing"))
            .answers(result("The app password as it is now."))
            .refuses(ProblemType.STATE)
            .ifMatch()
            .by(AppPasswordResource::suspend),
        post("/app-passwords/{id}/resume", "resumeAppPassword")
            .does(Tag.APP_PASSWORDS, "Let an app password work again", "")
            .may(Roles.CHANGERS)
            .takes(Parameters.appPassword())
            .answers(result("The app password as it is now."))
            .refuses(ProblemType.STATE)
            .ifMatch()
            .by(AppPasswordResource::resume),
        post("/app-passwords/{id}/rotate", "rotateAppPassword")
            .does(
                Tag.APP_PASSWORDS,
                "Make a new secret in place of an old one",
                "With the same label, scopes and networks. The old one ends at the first use of"
                    + " the new one, or after the overlap; 0s ends it at once.")
            .may(Roles.CHANGERS)
            .takes(Parameters.appPassword())
            .takes(
                new RequestBody.Json(
                    "Rotation",
                    Schema.object()
                        .may(
                            "overlap",
                            Schema.pattern(DurationWords.FORM)
                                .describe("How long the old one may be used yet. Default: 1d.")),
                    Json.parse("{\"overlap\": \"7d\"}")))
            .answers(issued(201, "The new app password and its secret."))
            .answers(issued(200, "It was made by the same request before."))
            .refuses(ProblemType.STATE, ProblemType.LIMIT)
            .ifMatch()
            .once(AppPasswordResource::again)
            .by(AppPasswordResource::rotate));
  }

  private static Schema newSchema() {
    return Schema.object()
        .with("label", label())
        .may("scopes", scopes())
        .may("expiresAt", Schema.moment().orNull())
        .may("idleExpiresAfter", duration().orNull())
        .may("networks", networks())
        .may(
            "loginName",
            Schema.text(1, 20)
                .orNull()
                .describe("An own login name, for devices with short fields."))
        .may(
            "lane",
            lane()
                .describe(
                    "legacy: for a device with old TLS or none; sends alone, from networks."));
  }

  private static JsonNode newExample() {
    return Json.parse(
        """
        {"label": "Phone", "scopes": ["imap", "submission"], "idleExpiresAfter": "90d"}
        """);
  }

  private static Schema label() {
    return Schema.text(1, AppPasswordPolicy.LONGEST_LABEL).describe("The device or program.");
  }

  private static Schema scopes() {
    return Schema.set(Parameters.scope(), 1, Scope.values().length)
        .describe("The protocols that it is for. Default: all.");
  }

  private static Schema networks() {
    return Schema.set(Parameters.networkText(), 0, AppPasswordPolicy.MOST_NETWORKS)
        .describe("From where it may be used, in CIDR form. Default: from anywhere.");
  }

  private static Schema lane() {
    return Schema.words(Stream.of(Lane.values()).map(Lane::word).toList());
  }

  private static Schema duration() {
    return Schema.pattern(DurationWords.FORM).describe("Such as 90d.");
  }

  private static Result page() {
    return new Result.Json(
        200,
        "A page of app passwords.",
        Pages.schema(AppPasswordView.NAME),
        Pages.example(AppPasswordView.example()));
  }

  private static Result result(String description) {
    return new Result.Json(
            200, description, Schema.ref(AppPasswordView.NAME), AppPasswordView.example())
        .carrying(Carried.ETAG);
  }

  private static Result issued(int status, String description) {
    return status == 201
        ? issued(status, description, AppPasswordView.issuedExample()).carrying(Carried.LOCATION)
        : issued(
            status, description, AppPasswordView.example().asObject().put("secretShown", true));
  }

  private static Result.Json issued(int status, String description, JsonNode example) {
    return new Result.Json(status, description, Schema.ref(AppPasswordView.ISSUED), example)
        .carrying(Carried.ETAG);
  }

  private static Answer shown(AppPassword password) {
    return Answer.ok(AppPasswordView.json(password)).version(password.version());
  }

  private static Answer list(Call call) {
    AppPasswordFilter filter =
        new AppPasswordFilter(
            Optional.empty(), call.text("state"), call.text("lane").flatMap(Lane::ofWord));
    return Pages.of(
        call,
        LIST,
        call.store().appPasswords().page(filter, call.after(LIST), call.limit()),
        AppPasswordView::json);
  }

  private static Answer create(Call call) {
    String user = Reach.nameInDomain(call, call.required("user"));
    if (call.isOf(Role.ISSUER) && call.has("loginName")) {
      throw Refusal.forbidden(
          "A token of role issuer gives no login names: they are no domain's, but the site's.");
    }
    return made(
        call.store()
            .appPasswords()
            .create(
                user,
                new NewAppPassword(
                    call.memberText("label").orElseThrow(),
                    call.has("scopes") ? Bodies.scopes(call, "scopes") : Set.of(Scope.values()),
                    Bodies.moment(call, "expiresAt"),
                    Bodies.duration(call, "idleExpiresAfter"),
                    Bodies.networks(call, "networks"),
                    call.memberText("loginName"),
                    call.memberText("lane").flatMap(Lane::ofWord).orElse(Lane.ORDINARY)),
                call.actor()));
  }

  private static Answer rotate(Call call) {
    AppPassword old = Reach.appPassword(call, call.required("id"));
    return made(
        call.store()
            .appPasswords()
            .rotate(
                old.id(),
                Bodies.duration(call, "overlap").orElse(USUAL_OVERLAP),
                call.expected(old.version()),
                call.actor()));
  }

  private static Answer made(IssuedAppPassword issued) {
    try (var _ = issued.secret()) {
      AppPassword password = issued.appPassword();
      return Answer.created(
              AppPasswordView.json(issued), RouteTable.BASE + "/app-passwords/" + password.id())
          .version(password.version());
    }
  }

  private static Answer again(Call call, String id) {
    return call.store()
        .appPasswords()
        .find(id)
        .map(password ->
            Answer.ok(
                    call.isOf(Role.ISSUER)
                        ? AppPasswordView.shownToIssuer(password)
                        : AppPasswordView.shown(password))
                .version(password.version()))
        .orElseThrow(Refusal::gone);
  }

  private static Answer edit(Call call) {
    AppPassword old = Reach.appPassword(call, call.required("id"));
    return shown(
        call.store()
            .appPasswords()
            .edit(
                old.id(),
                new AppPasswordEdit(
                    edited(call, "label", call.memberText("label").orElse("")),
                    edited(call, "scopes", Bodies.scopes(call, "scopes")),
                    edited(call, "networks", Bodies.networks(call, "networks")),
                    edited(call, "expiresAt", Bodies.moment(call, "expiresAt")),
                    edited(call, "idleExpiresAfter", Bodies.duration(call, "idleExpiresAfter")),
                    call.expected(old.version())),
                call.actor()));
  }

  private static <T> Edit<T> edited(Call call, String member, T value) {
    return call.has(member) ? new Edit.To<>(value) : new Edit.Keep<>();
  }

  private static Answer revoke(Call call) {
    AppPassword old = Reach.appPassword(call, call.required("id"));
    return shown(
        call.store()
            .appPasswords()
            .revoke(
                old.id(),
                call.text("reason").orElse(BY_API),
                call.expected(old.version()),
                call.actor()));
  }

  private static Answer suspend(Call call) {
    AppPassword old = Reach.appPassword(call, call.required("id"));
    return shown(
        call.store()
            .appPasswords()
            .suspend(
                old.id(),
                call.memberText("reason").orElseThrow(),
                call.expected(old.version()),
                call.actor()));
  }

  private static Answer resume(Call call) {
    AppPassword old = Reach.appPassword(call, call.required("id"));
    return shown(
        call.store().appPasswords().resume(old.id(), call.expected(old.version()), call.actor()));
  }
}
