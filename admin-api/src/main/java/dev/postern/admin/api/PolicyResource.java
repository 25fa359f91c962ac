package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.delete;
import static dev.postern.admin.api.Operation.get;
import static dev.postern.admin.api.Operation.put;

import dev.postern.admin.api.Operation.Carried;
import dev.postern.admin.api.Operation.RequestBody;
import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.PolicyView;
import dev.postern.store.RefusedException;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicyState;
import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
      String path, String id, String whose, List<Parameter> name, Function<Call, Owner> of) {}

  /**
   * Whose policy a request is about.
   *
   * @param userId if it is a user's: the next one of that name has other policies
   */
  private record Owner(PolicySubject subject, Optional<String> userId) {
    Owner(PolicySubject subject) {
      this(subject, Optional.empty());
    }

    static Owner of(User user) {
      return new Owner(new PolicySubject.OfUser(user.name()), Optional.of(user.id()));
    }

    OptionalLong expected(Call call, long today) {
      return userId.map(id -> call.expected(id, today)).orElseGet(() -> call.expected(today));
    }

    Answer shown(PolicyState state) {
      Answer.Body rules = Answer.ok(PolicyView.json(state.rules()));
      return userId
          .map(id -> rules.version(id, state.version()))
          .orElseGet(() -> rules.version(state.version()));
    }
  }

  private static List<Place> places() {
    return List.of(
        new Place(
            "/policy", "Site", "the site", List.of(), _ -> new Owner(new PolicySubject.OfSite())),
        new Place(
            "/policy/domains/{domain}",
            "Domain",
            "a domain",
            List.of(Parameter.path("domain", Schema.text(1, 253), "A mail domain.", "example.com")),
            call -> new Owner(new PolicySubject.OfDomain(call.required("domain")))),
        new Place(
            "/policy/groups/{group}",
            "Group",
            "a group",
            List.of(Parameter.path("group", Parameters.group(), "A group of users.", "sales")),
            call -> new Owner(new PolicySubject.OfGroup(call.required("group")))),
        new Place(
            "/policy/users/{user}",
            "User",
            "a user",
            List.of(Parameters.user()),
            call -> Owner.of(Reach.user(call, call.required("user")))));
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
              .by(call -> read(call, place.of().apply(call))));
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
              .refuses(ProblemType.STATE)
              .ifMatch()
              .by(call -> replace(call, place.of().apply(call))));
      operations.add(
          delete(place.path(), "clear" + place.id() + "Policy")
              .does(Tag.POLICY, "Make the policy of " + place.whose() + " say nothing", "")
              .may(Roles.CHANGERS)
              .takes(place.name().toArray(Parameter[]::new))
              .answers(new Result.Nothing(204, "Done."))
              .refuses(ProblemType.STATE)
              .by(call -> {
                Owner owner = place.of().apply(call);
                requireName(call, owner);
                call.store().policies().clear(owner.subject(), call.actor());
                return new Answer.Nothing();
              }));
    }
    return operations;
  }

  private static Result rules() {
    return new Result.Json(
            200, "The rules.", Schema.ref(PolicyView.RULES), PolicyView.rulesExample())
        .carrying(Carried.ETAG);
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

  private static PolicyState state(Call call, Owner owner) {
    return Reach.named(() -> call.store().policies().read(owner.subject()));
  }

  private static Answer read(Call call, Owner owner) {
    return owner.shown(state(call, owner));
  }

  /** One that was altered behind Postern's back is replaced or cleared all the same. */
  private static void requireName(Call call, Owner owner) {
    try {
      PolicyState _ = state(call, owner);
    } catch (RefusedException refused) {
      if (refused.code() != RefusedException.Code.STATE) {
        throw refused;
      }
    }
  }

  private static Answer replace(Call call, Owner owner) {
    PolicyRules rules =
        PolicyView.rules(
            call.body(), call.member("networks").map(_ -> Bodies.networks(call, "networks")));
    requireName(call, owner);
    OptionalLong expected =
        call.ifMatch().isPresent()
            ? owner.expected(call, state(call, owner).version())
            : OptionalLong.empty();
    return owner.shown(
        call.store().policies().replace(owner.subject(), rules, expected, call.actor()));
  }
}
