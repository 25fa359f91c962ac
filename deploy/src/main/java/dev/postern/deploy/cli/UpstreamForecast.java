package dev.postern.deploy.cli;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.MailboxTrial;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.gateway.net.UpstreamRouting.Forecast;
import dev.postern.store.Store;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Says where an accepted login would go on to, and as whom; by the gateway's own rules. */
final class UpstreamForecast {
  private final Output output;
  private final GatewayConfig config;
  private final Store store;
  private final UpstreamRouting routing;
  private final Instant now;

  UpstreamForecast(Output output, GatewayConfig config, Store store, Instant now) {
    this.output = output;
    this.config = config;
    this.store = store;
    this.routing = new UpstreamRouting(config, store.secretBox());
    this.now = now;
  }

  /** Shows it; the exit code is 0 if there is a session at the end. Blocks on the database. */
  int show(Grant grant, Scope protocol) {
    return switch (routing.forecast(grant, protocol)) {
      case Forecast.To to -> {
        Optional<UpstreamFailure> failure = withoutConsent(grant, to.upstream());
        yield failure.isPresent()
            ? nowhere(grant, protocol, to.upstream(), to.mailbox(), failure.get())
            : there(grant, to.upstream(), to.endpoint(), to.mailbox());
      }
      case Forecast.Nowhere(String upstream, UpstreamFailure failure) ->
          nowhere(grant, protocol, upstream, "", failure);
    };
  }

  private Optional<UpstreamFailure> withoutConsent(Grant grant, String upstream) {
    return ConsentState.trouble(config, store.oauthAccounts(), grant.user(), upstream)
        .map(trouble ->
            new UpstreamFailure(
                Cause.NEEDS_CONSENT, trouble.kind().word() + ": " + trouble.detail()));
  }

  private int there(Grant grant, String upstream, Endpoint endpoint, String mailbox) {
    String method = method(upstream);
    String place = endpoint.host() + ":" + endpoint.port();
    output.result(
        accepted(grant)
            .put("upstream", upstream)
            .put("endpoint", place)
            .put("upstreamUser", mailbox)
            .put("method", method),
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
    return 0;
  }

  private int nowhere(
      Grant grant, Scope protocol, String upstream, String mailbox, UpstreamFailure failure) {
    String remedy = remedy(grant, protocol, upstream, mailbox, failure);
    String hears = told(failure.cause());
    output.result(
        accepted(grant)
            .put("upstream", upstream)
            .put("cause", failure.cause().word())
            .put("detail", failure.detail())
            .put("remedy", remedy)
            .put("client", hears),
        """
        %s
        But no session: %s%s; the client is told to %s
        What to do: %s\
        """
            .formatted(
                sentence(grant),
                upstream.isEmpty() ? "" : "upstream " + upstream + ": ",
                failure.detail(),
                hears,
                remedy));
    return 1;
  }

  private String remedy(
      Grant grant, Scope protocol, String upstream, String mailbox, UpstreamFailure failure) {
    MailboxTrial trial =
        new MailboxTrial(
            grant.user(), upstream, Optional.of(protocol), mailbox, Optional.of(failure));
    return new MailboxAdvice(config, trial, now).remedy(failure);
  }

  /** What every protocol says in its own words. */
  private static String told(Cause cause) {
    return switch (cause) {
      case NO_MECHANISM, LOGIN_REFUSED, NO_CREDENTIAL, NO_ROUTE, NEEDS_CONSENT ->
          "ask the administrator";
      case CONNECT,
          TIMEOUT,
          TLS,
          NOT_SERVING,
          PROTOCOL,
          NO_TLS,
          BROKEN_PROMISE,
          BELOW_FLOOR,
          OVERLOADED,
          UNREACHABLE,
          NO_TOKEN,
          THROTTLED,
          NOT_CONNECTED,
          IN_USE ->
          "try again later";
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
