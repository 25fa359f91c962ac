package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import java.util.Optional;

/** What keeps a proxy that knows passwords alone, and no TLS, from an upstream. */
public final class PlainLogins {
  private PlainLogins() {}

  /** Why it cannot log in there for anybody; empty if it can, or there is nothing to log in to. */
  public static Optional<String> obstacle(Upstream upstream, Scope protocol) {
    Endpoint endpoint = upstream.endpoints().get(protocol);
    if (endpoint == null) {
      return Optional.empty();
    }
    return methodObstacle(upstream.login())
        .or(() ->
            endpoint.security() == Security.CLEAR
                ? Optional.empty()
                : Optional.of(
                    "its " + protocol.word() + " address has TLS, which nginx does not speak"))
        .or(() ->
            upstream.identify().proxyProtocol().isPresent()
                ? Optional.of("it expects a PROXY header of ours")
                : Optional.empty())
        .or(() ->
            upstream.watch() == Watch.ALWAYS
                ? Optional.of("its sessions are to be watched, and another proxy's are not")
                : Optional.empty());
  }

  private static Optional<String> methodObstacle(LoginMethod method) {
    return switch (method) {
      case LoginMethod.MasterUser(var _, var _, var separator) ->
          separator.isPresent()
              ? Optional.empty()
              : Optional.of("its master user has no separator: write login.separator");
      case LoginMethod.StoredPassword _, LoginMethod.Fixed _ -> Optional.empty();
      case LoginMethod.PassThrough _ -> Optional.of("it takes people's own passwords alone");
      case LoginMethod.Trusted _ -> Optional.of("it takes our word by XCLIENT, and no password");
      case LoginMethod.OAuth2 _, LoginMethod.SignedToken _ ->
          Optional.of("it takes tokens, which nginx cannot log in with");
    };
  }
}
