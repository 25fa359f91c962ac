package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.delete;
import static dev.postern.admin.api.Operation.get;
import static dev.postern.admin.api.Operation.post;

import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.ConsentView;
import dev.postern.admin.view.Json;
import dev.postern.store.auth.User;
import dev.postern.store.oauth.ConsentLinks;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.oauth.OAuthAccounts;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Consent of users at upstreams that take no passwords; tokens are shown to nobody. */
final class UserConsentResource {
  private static final String LIST = "consents";

  private final Site site;

  UserConsentResource(Site site) {
    this.site = site;
  }

  List<Operation> operations() {
    return List.of(
        get("/consents", "listConsents")
            .does(Tag.USERS, "Who has consented where, and who must again", "")
            .may(Roles.READERS)
            .takes(
                Parameter.query("state", ConsentView.state(), "In that state.", "needs-consent"),
                Pages.limit(),
                Pages.cursor())
            .answers(page())
            .by(UserConsentResource::list),
        get("/users/{user}/consents", "listConsentsOfUser")
            .does(Tag.USERS, "Where a user has consented", "")
            .may(Roles.FINDERS)
            .takes(Parameters.user())
            .answers(page())
            .by(call ->
                Pages.whole(
                    call,
                    call.store().oauthAccounts().of(Reach.user(call, call.required("user")).name()),
                    ConsentView::json)),
        post("/users/{user}/consents/{upstream}/link", "makeConsentLink")
            .does(
                Tag.USERS,
                "Make a link by which the user consents in a browser",
                "It works once, for "
                    + ConsentLinks.LIFE.toMinutes()
                    + " minutes. Whoever opens it connects the mailbox that he signs in with there,"
                    + " so send it to nobody else.")
            .may(Roles.CHANGERS)
            .takes(Parameters.user(), upstream())
            .answers(
                new Result.Json(
                    201,
                    "Where to send the person.",
                    Schema.object().with("link", Schema.text()),
                    Json.parse("{\"link\": \"https://login.example.com/authorize?state=x\"}")))
            .refuses(ProblemType.STATE)
            .by(this::link),
        delete("/users/{user}/consents/{upstream}", "endConsent")
            .does(
                Tag.USERS,
                "Forget a user's consent",
                "The sealed token is taken out of the database; what the provider knows of it"
                    + " stays until it is ended there as well. Sessions go on.")
            .may(Roles.CHANGERS)
            .takes(Parameters.user(), upstream())
            .answers(
                new Result.Json(
                    200,
                    "The consent as it is now.",
                    Schema.ref(ConsentView.NAME),
                    ConsentView.example()))
            .refuses(ProblemType.STATE)
            .by(UserConsentResource::end));
  }

  private static Parameter upstream() {
    return Parameter.path(
        "upstream", Parameters.upstream(), "Its name in the configuration.", "office365");
  }

  private static Result page() {
    return new Result.Json(
        200,
        "A page of consents.",
        Pages.schema(ConsentView.NAME),
        Pages.example(ConsentView.example()));
  }

  private static Answer list(Call call) {
    return Pages.of(
        call,
        LIST,
        call.store()
            .oauthAccounts()
            .list(
                call.text("state").flatMap(OAuthAccount.State::of),
                call.after(LIST).orElse(""),
                call.limit()),
        OAuthAccounts::cursor,
        ConsentView::json);
  }

  private Answer link(Call call) {
    User user = Reach.user(call, call.required("user"));
    String upstream = call.required("upstream");
    if (!site.upstreams().contains(upstream)) {
      throw Refusal.notFound();
    }
    try {
      URI page =
          site.consentPage(user.name(), upstream, call.actor())
              .orElseThrow(
                  () -> Refusal.of(ProblemType.STATE, "That upstream takes no consent by a link."));
      ObjectNode json = Json.object();
      json.put("link", page.toString());
      return new Answer.Body(201, json, Map.of());
    } catch (TokenTroubleException trouble) {
      throw Refusal.of(
              ProblemType.UNAVAILABLE,
              "The provider has no page for that now: " + trouble.trouble().kind().word() + ".")
          .retryAfter(30);
    }
  }

  private static Answer end(Call call) {
    User user = Reach.user(call, call.required("user"));
    return Answer.ok(
        ConsentView.json(
            call.store()
                .oauthAccounts()
                .disconnect(user.name(), call.required("upstream"), call.actor())));
  }
}
