package dev.postern.deploy.cli;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.net.PlainLogins;
import dev.postern.store.auth.Scope;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Warns of upstreams where nginx, which asks for logins to be verified, cannot log in. */
final class DropInAdvice {
  private DropInAdvice() {}

  /** One line for each. */
  static List<String> notes(GatewayConfig gateway) {
    return gateway.upstreams().values().stream()
        .sorted(Comparator.comparing(Upstream::name))
        .flatMap(upstream -> note(upstream).stream())
        .toList();
  }

  private static Optional<String> note(Upstream upstream) {
    return Stream.of(Scope.values())
        .flatMap(protocol -> PlainLogins.obstacle(upstream, protocol).stream())
        .findFirst()
        .map(why ->
            "warning: /auth/nginx turns away everybody who goes to upstream "
                + upstream.name()
                + ": "
                + why
                + " (of no matter to /auth/verify and /auth/dovecot); see docs/drop-in.md");
  }
}
