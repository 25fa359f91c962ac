package dev.postern.deploy.cli;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.gateway.net.UpstreamRouting.Forecast;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import dev.postern.store.seal.SecretBox;
import tools.jackson.databind.node.ObjectNode;

/** Says where an accepted login would go on to, and as whom; by the gateway's own rules. */
final class UpstreamForecast {
  private final Output output;
  private final GatewayConfig config;
  private final UpstreamRouting routing;

  UpstreamForecast(Output output, GatewayConfig config, SecretBox box) {
    this.output = output;
    this.config = config;
    this.routing = new UpstreamRouting(config, box);
  }

  /** Shows it; the exit code is 0 if there is a session at the end. */
  int show(Grant grant, Scope protocol) {
    return switch (routing.forecast(grant, protocol)) {
      case Forecast.To(String upstream, var endpoint, String mailbox) -> {
        String method = method(upstream);
        String place = endpoint.host() + ":" + endpoint.port();
        ObjectNode json =
            accepted(grant)
                .put("upstream", upstream)
                .put("endpoint", place)
                .put("upstreamUser", mailbox)
                .put("method", method);
        output.result(
            json,
            """
            %s
            Goes to:  %s at upstream %s, as %s (%s)\
            """
                .formatted(
                    sentence(grant),
                    place,
                    upstream,
                    mailbox,
                    grant.isOwnPassword() ? "own password" : method));
        yield 0;
      }
      case Forecast.Nowhere(String upstream, String why) -> {
        ObjectNode json = accepted(grant).put("upstream", upstream).put("detail", why);
        output.result(
            json,
            """
            %s
            But no session: %s%s; the client is told to try again later\
            """
                .formatted(
                    sentence(grant), upstream.isEmpty() ? "" : "upstream " + upstream + ": ", why));
        yield 1;
      }
    };
  }

  private static String sentence(Grant grant) {
    return grant.isOwnPassword()
        ? "Delegated: no app password; the upstream is asked whether it is "
            + grant.user()
            + "'s own"
        : "Accepted: app password " + grant.credentialId() + " of " + grant.user();
  }

  private static ObjectNode accepted(Grant grant) {
    return grant.isOwnPassword()
        ? Output.object().put("outcome", "delegated").put("user", grant.user())
        : Output.object()
            .put("outcome", "accepted")
            .put("user", grant.user())
            .put("id", grant.credentialId());
  }

  private String method(String name) {
    Upstream upstream = config.upstreams().get(name);
    if (upstream == null) {
      throw new IllegalStateException("routing led to " + name + ", which is not configured");
    }
    return switch (upstream.login()) {
      case LoginMethod.MasterUser _ -> "master-user";
      case LoginMethod.StoredPassword _ -> "stored-password";
      case LoginMethod.PassThrough _ -> "pass-through";
      case LoginMethod.Fixed _ -> "fixed";
      case LoginMethod.Trusted _ -> "trusted";
      case LoginMethod.OAuth2 _ -> "oauth2";
      case LoginMethod.SignedToken _ -> "signed-token";
    };
  }
}
