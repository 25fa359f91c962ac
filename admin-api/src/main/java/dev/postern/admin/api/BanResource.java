package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.delete;
import static dev.postern.admin.api.Operation.get;
import static dev.postern.admin.api.Operation.post;

import dev.postern.admin.api.Operation.Carried;
import dev.postern.admin.api.Operation.RequestBody;
import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.BanView;
import dev.postern.admin.view.Json;
import dev.postern.store.auth.Cidr;
import dev.postern.store.guard.Ban;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Networks that are shut out, and exceptions to that. */
final class BanResource {
  private static final String LIST = "bans";
  private static final int LONGEST_REASON = 200;

  private final Site site;

  BanResource(Site site) {
    this.site = site;
  }

  List<Operation> operations() {
    return List.of(
        get("/bans", "listBans")
            .does(
                Tag.NETWORKS,
                "What was said of networks and holds now, by address",
                "What the configuration says (guard.deny, guard.allow) is not among it.")
            .may(Roles.READERS)
            .takes(Parameters.network("Of just that network."), Pages.limit(), Pages.cursor())
            .answers(
                new Result.Json(
                    200,
                    "A page of networks.",
                    Pages.schema(BanView.NAME),
                    Pages.example(BanView.example())))
            .by(BanResource::list),
        post("/bans", "addBan")
            .does(
                Tag.NETWORKS,
                "Shut a network out, or let it in",
                "On every node within a second or two. Of networks that overlap the narrowest"
                    + " decides; what was said before of the same network is replaced.")
            .may(Roles.CHANGERS)
            .takes(
                new RequestBody.Json(
                    "NewBan",
                    Schema.object()
                        .with("network", Parameters.networkText().describe("In CIDR form."))
                        .may("kind", BanView.kind().describe("Default: deny."))
                        .may("endsAt", Schema.moment().orNull().describe("Default: never."))
                        .may("reason", Schema.text(0, LONGEST_REASON))
                        .may(
                            "force",
                            Schema.bool()
                                .describe("Also if it is very wide, or shuts out the caller.")),
                    Json.parse(
                        """
                        {"network": "198.51.100.0/24", "endsAt": "2027-12-01T09:00:00Z",
                         "reason": "scanning"}
                        """)))
            .answers(
                new Result.Json(201, "What holds now.", Schema.ref(BanView.NAME), BanView.example())
                    .carrying(Carried.LOCATION))
            .answers(
                new Result.Json(
                    200, "The same was said before.", Schema.ref(BanView.NAME), BanView.example()))
            .refuses(ProblemType.LIMIT, ProblemType.STATE)
            .once(BanResource::again)
            .by(this::add),
        delete("/bans", "removeBan")
            .does(Tag.NETWORKS, "Take back what was said of just that network", "")
            .may(Roles.CHANGERS)
            .takes(Parameters.network("That network.").required())
            .answers(new Result.Nothing(204, "Done."))
            .refuses(ProblemType.STATE)
            .by(BanResource::remove));
  }

  private static Answer list(Call call) {
    Optional<Cidr> after =
        call.after(LIST).map(place -> Bodies.network(place, ProblemType.BAD_CURSOR, Pages.CURSOR));
    Optional<Cidr> just =
        call.text("network")
            .map(text -> Bodies.network(text, ProblemType.INVALID_PARAMETER, "network"));
    List<Ban> page =
        call.store().bans().list().stream()
            .filter(ban -> just.isEmpty() || just.get().equals(ban.network()))
            .filter(
                ban -> after.isEmpty() || Cidr.BY_ADDRESS.compare(ban.network(), after.get()) > 0)
            .limit(call.limit())
            .toList();
    return Pages.of(call, LIST, page, ban -> ban.network().toString(), BanView::json);
  }

  private Answer add(Call call) {
    Cidr network =
        Bodies.network(call.memberText("network").orElseThrow(), ProblemType.INVALID, "/network");
    Ban.Kind kind = kind(call);
    boolean isForced = call.member("force").map(value -> value.booleanValue()).orElse(false);
    if (kind == Ban.Kind.DENY && !isForced) {
      site.objection(network, call.caller().address())
          .ifPresent(objection -> {
            throw Refusal.of(
                ProblemType.STATE,
                objection.substring(0, 1).toUpperCase(Locale.ROOT)
                    + objection.substring(1)
                    + ". Name a narrower network, or say \"force\": true.");
          });
    }
    Ban ban =
        call.store()
            .bans()
            .add(
                network,
                kind,
                Bodies.moment(call, "endsAt"),
                call.memberText("reason").orElse(""),
                call.actor());
    return Answer.created(
        BanView.json(ban),
        RouteTable.BASE + "/bans?network=" + Pages.encoded(ban.network().toString()));
  }

  /** The network is the name of what was said of it; of either kind. */
  private static Answer again(Call call, String network) {
    Ban.Kind kind = kind(call);
    return call.store().bans().list().stream()
        .filter(ban -> ban.kind() == kind && ban.network().toString().equals(network))
        .findFirst()
        .map(ban -> Answer.ok(BanView.json(ban)))
        .orElseThrow(Refusal::gone);
  }

  private static Ban.Kind kind(Call call) {
    return call.memberText("kind").filter(Ban.Kind.ALLOW.word()::equals).isPresent()
        ? Ban.Kind.ALLOW
        : Ban.Kind.DENY;
  }

  private static Answer remove(Call call) {
    var _ =
        call.store()
            .bans()
            .remove(
                Bodies.network(call.required("network"), ProblemType.INVALID_PARAMETER, "network"),
                call.actor());
    return new Answer.Nothing();
  }
}
