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
import dev.postern.admin.view.TokenView;
import dev.postern.store.access.ApiToken;
import dev.postern.store.access.IssuedApiToken;
import dev.postern.store.access.NewApiToken;
import dev.postern.store.access.Role;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Tokens of this API: the text is in the answer to the request that makes one, and never again. */
final class TokenResource {
  private static final String LIST = "tokens";
  private static final Duration USUAL_LIFE = Duration.ofDays(365);
  private static final int MOST_DOMAINS = 100;
  private static final int LONGEST_NAME = 64;

  private final Clock clock;

  TokenResource(Clock clock) {
    this.clock = clock;
  }

  List<Operation> operations() {
    return List.of(
        get("/token", "getOwnToken")
            .does(Tag.TOKENS, "The token that asks", "")
            .may(Roles.ALL)
            .answers(result(200, "The token."))
            .by(call -> shown(call.caller().token())),
        get("/tokens", "listTokens")
            .does(Tag.TOKENS, "All tokens", "Those that were revoked lately are among them.")
            .may(Roles.ADMINS)
            .takes(Pages.limit(), Pages.cursor())
            .answers(
                new Result.Json(
                    200,
                    "A page of tokens.",
                    Pages.schema(TokenView.NAME),
                    Pages.example(TokenView.example())))
            .by(call ->
                Pages.of(
                    call,
                    LIST,
                    call.store().apiTokens().list(call.after(LIST).orElse(""), call.limit()),
                    ApiToken::id,
                    token -> TokenView.json(token, clock.instant()))),
        post("/tokens", "createToken")
            .does(
                Tag.TOKENS,
                "Make a token",
                "Its text is shown this once. It ends after a year if nothing else is said.")
            .may(Roles.ADMINS)
            .takes(
                new RequestBody.Json(
                    "NewToken",
                    Schema.object()
                        .with("name", Schema.text(1, LONGEST_NAME).describe("For people."))
                        .with("role", TokenView.role())
                        .may(
                            "domains",
                            Schema.set(Schema.text(1, 253), 0, MOST_DOMAINS)
                                .describe("Of whose users an issuer makes app passwords."))
                        .may("expiresAt", Schema.moment().orNull().describe("Null: never.")),
                    Json.parse(
                        """
                        {"name": "portal", "role": "issuer", "domains": ["example.com"]}
                        """)))
            .answers(issued(201, "The token and its text."))
            .answers(issued(200, "It was made by the same request before."))
            .refuses(ProblemType.CONFLICT, ProblemType.LIMIT)
            .once(this::again)
            .by(this::create),
        get("/tokens/{id}", "getToken")
            .does(Tag.TOKENS, "One token", "")
            .may(Roles.ADMINS)
            .takes(id())
            .answers(result(200, "The token."))
            .by(call -> shown(found(call))),
        delete("/tokens/{id}", "revokeToken")
            .does(
                Tag.TOKENS,
                "Revoke a token",
                "For good, on every node within a second; also the one that asks.")
            .may(Roles.ADMINS)
            .takes(id(), Parameters.why())
            .answers(result(200, "The token as it is now."))
            .by(this::revoke));
  }

  private static Parameter id() {
    return Parameter.path(
        "id", Schema.pattern("tk_[0-9a-z]{12}"), "The token's id.", "tk_0123456789ab");
  }

  private static Result result(int status, String description) {
    return new Result.Json(status, description, Schema.ref(TokenView.NAME), TokenView.example())
        .carrying(Carried.ETAG);
  }

  private static Result issued(int status, String description) {
    return status == 201
        ? issued(status, description, TokenView.issuedExample()).carrying(Carried.LOCATION)
        : issued(status, description, TokenView.example().asObject().put("secretShown", true));
  }

  private static Result.Json issued(int status, String description, JsonNode example) {
    return new Result.Json(status, description, Schema.ref(TokenView.ISSUED), example)
        .carrying(Carried.ETAG);
  }

  private static ApiToken found(Call call) {
    return call.store().apiTokens().find(call.required("id")).orElseThrow(Refusal::notFound);
  }

  private Answer shown(ApiToken token) {
    return Answer.ok(TokenView.json(token, clock.instant())).version(token.version());
  }

  private Answer create(Call call) {
    Optional<Instant> end =
        call.has("expiresAt")
            ? Bodies.moment(call, "expiresAt")
            : Optional.of(clock.instant().plus(USUAL_LIFE).truncatedTo(ChronoUnit.SECONDS));
    IssuedApiToken issued =
        call.store()
            .apiTokens()
            .create(
                new NewApiToken(
                    call.memberText("name").orElseThrow(),
                    call.memberText("role").flatMap(Role::ofWord).orElseThrow(),
                    Set.copyOf(call.memberTexts("domains")),
                    end),
                call.actor());
    try (var _ = issued.secret()) {
      return Answer.created(
              TokenView.json(issued), RouteTable.BASE + "/tokens/" + issued.token().id())
          .version(issued.token().version());
    }
  }

  private Answer again(Call call, String id) {
    return call.store()
        .apiTokens()
        .find(id)
        .map(token -> Answer.ok(TokenView.shown(token, clock.instant())).version(token.version()))
        .orElseThrow(Refusal::gone);
  }

  private Answer revoke(Call call) {
    return shown(
        call.store()
            .apiTokens()
            .revoke(
                found(call).id(),
                call.text("reason").orElse("revoked through the API"),
                call.actor()));
  }
}
