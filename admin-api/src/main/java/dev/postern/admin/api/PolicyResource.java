package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.delete;
import static dev.postern.admin.api.Operation.get;
import static dev.postern.admin.api.Operation.put;

import dev.postern.admin.api.Operation.RequestBody;
import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.PolicyView;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicyState;
import dev.postern.store.auth.PolicySubject;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * What app passwords may be: of the site, of a domain, of a group, of a user. The narrower one
 * wins, rule by rule.
 */
final class PolicyResource {
  private PolicyResource() {}

  /** Whose policy it is, and where that stands. */
  private record Place(
      String path,
      String id,
      String whose,
      List<Parameter> name,
      Function<Call, PolicySubject> of) {}

  private static List<Place> places() {
    return List.of(
        new Place("/policy", "Site", "the site", List.of(), _ -> new PolicySubject.OfSite()),
        new Place(
            "/policy/domains/{domain}",
            "Domain",
            "a domain",
            List.of(Parameter.path("domain", Schema.text(1, 253), "A mail domain.", "example.com")),
            call -> new PolicySubject.OfDomain(call.required("domain"))),
        new Place(
            "/policy/groups/{group}",
            "Group",
            "a group",
            List.of(Parameter.path("group", Parameters.group(), "A group of users.", "sales")),
            call -> new PolicySubject.OfGroup(call.required("group"))),
        new Place(
            "/policy/users/{user}",
            "User",
            "a user",
            List.of(Parameters.user()),
            call -> new PolicySubject.OfUser(Reach.user(call, call.required("user")).name())));
  }

  static List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    operations.add(
        get("/policy/in-force", "getPolicyInForce")
            .does(
                Tag.POLICY,
                "What is in force, and which policy says so",
                "Without a parameter: for the site. Of a user: see /users/{user}/policy.")
            .may(Roles.READERS)
            .takes(
                Parameter.query(
                    "domain", Schema.text(1, 253), "For users of a domain.", "example.com"),
                Parameter.query("group", Parameters.group(), "For users of a group.", "sales"))
            .answers(
                new Result.Json(
                    200,
                    "The rules.",
                    Schema.ref(PolicyView.IN_FORCE),
                    PolicyView.inForceExample()))
            .refuses(ProblemType.STATE)
            .by(PolicyResource::inForce));
    for (Place place : places()) {
      operations.add(
          get(place.path(), "get" + place.id() + "Policy")
              .does(
                  Tag.POLICY,
                  "What the policy of " + place.whose() + " says",
                  "Null where it leaves something to the next wider one.")
              .may(Roles.READERS)
              .takes(place.name().toArray(Parameter[]::new))
              .answers(rules())
              .refuses(ProblemType.STATE)
              .by(call -> shown(call.store().policies().read(place.of().apply(call)))));
      operations.add(
          put(place.path(), "set" + place.id() + "Policy")
              .does(
                  Tag.POLICY,
                  "Say what the policy of " + place.whose() + " is",
                  "In place of all that it said. It is for what is made or widened from now on.")
              .may(Roles.CHANGERS)
              .takes(place.name().toArray(Parameter[]::new))
              .takes(
                  new RequestBody.Json(
                      PolicyView.RULES, PolicyView.rulesSchema(), PolicyView.rulesExample()))
              .answers(rules())
              .ifMatch()
              .by(call -> replace(call, place.of().apply(call))));
      operations.add(
          delete(place.path(), "clear" + place.id() + "Policy")
              .does(Tag.POLICY, "Make the policy of " + place.whose() + " say nothing", "")
              .may(Roles.CHANGERS)
              .takes(place.name().toArray(Parameter[]::new))
              .answers(new Result.Nothing(204, "Done."))
              .by(call -> {
                call.store().policies().clear(place.of().apply(call), call.actor());
                return new Answer.Nothing();
              }));
    }
    return operations;
  }

  private static Result rules() {
    return new Result.Json(
        200, "The rules.", Schema.ref(PolicyView.RULES), PolicyView.rulesExample());
  }

  private static Answer inForce(Call call) {
    if (call.text("domain").isPresent() && call.text("group").isPresent()) {
      throw Refusal.of(ProblemType.INVALID_PARAMETER, "Name a domain or a group, not both.");
    }
    PolicySubject subject =
        call.text("domain")
            .<PolicySubject>map(PolicySubject.OfDomain::new)
            .or(() -> call.text("group").map(PolicySubject.OfGroup::new))
            .orElseGet(PolicySubject.OfSite::new);
    return Answer.ok(PolicyView.json(call.store().policies().inForce(subject)));
  }

  private static Answer replace(Call call, PolicySubject subject) {
    PolicyRules rules =
        PolicyView.rules(
            call.body(), call.member("networks").map(_ -> Bodies.networks(call, "networks")));
    OptionalLong expected =
        call.ifMatch().isPresent()
            ? call.expected(call.store().policies().read(subject).version())
            : OptionalLong.empty();
    return shown(call.store().policies().replace(subject, rules, expected, call.actor()));
  }

  private static Answer shown(PolicyState state) {
    return Answer.ok(PolicyView.json(state.rules())).version(state.version());
  }
}
