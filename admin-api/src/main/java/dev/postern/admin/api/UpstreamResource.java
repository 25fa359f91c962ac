package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.get;

import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.UpstreamSettings;
import dev.postern.admin.view.UpstreamView;
import dev.postern.store.oauth.ConsentCount;
import dev.postern.store.upstream.UpstreamStates.AtNode;
import java.util.List;

/** The upstreams of the configuration, and how the nodes find them. */
final class UpstreamResource {
  private final Site site;

  UpstreamResource(Site site) {
    this.site = site;
  }

  List<Operation> operations() {
    return List.of(
        get("/upstreams", "listUpstreams")
            .does(
                Tag.SITE,
                "The upstreams, and how each node finds them",
                "Those of this node's configuration; states are some seconds old.")
            .may(Roles.READERS)
            .answers(
                new Result.Json(
                    200,
                    "The upstreams.",
                    Pages.schema(UpstreamView.NAME),
                    Pages.example(UpstreamView.example())))
            .by(this::list),
        get("/upstreams/{upstream}", "getUpstream")
            .does(Tag.SITE, "One upstream, and how each node finds it", "")
            .may(Roles.READERS)
            .takes(
                Parameter.path(
                    "upstream",
                    Parameters.upstream(),
                    "Its name in the configuration.",
                    "mailstore"))
            .answers(
                new Result.Json(200, "It.", Schema.ref(UpstreamView.NAME), UpstreamView.example()))
            .by(this::one));
  }

  private Answer list(Call call) {
    List<AtNode> states = call.store().upstreamStates().list();
    List<ConsentCount> consents = call.store().oauthAccounts().counts();
    return Pages.whole(
        call, site.upstreamSettings(), upstream -> UpstreamView.json(upstream, states, consents));
  }

  private Answer one(Call call) {
    String name = call.required("upstream");
    UpstreamSettings upstream =
        site.upstreamSettings().stream()
            .filter(one -> one.name().equals(name))
            .findFirst()
            .orElseThrow(Refusal::notFound);
    return Answer.ok(
        UpstreamView.json(
            upstream, call.store().upstreamStates().list(), call.store().oauthAccounts().counts()));
  }
}
