package dev.postern.deploy.config;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Where tokens go: one opens a mailbox for whoever has it, so to those that it is meant for. */
final class TokenHosts {
  private TokenHosts() {}

  /**
   * Refuses hosts that a provider's tokens are not for.
   *
   * @param preset its hosts are the list where {@code token-hosts} is not written; without either
   *     it is those of the endpoints: who wrote them wrote the provider beside them
   */
  static void check(Section login, Optional<Preset> preset, Map<Scope, Endpoint> endpoints) {
    Set<String> allowed = new TreeSet<>();
    login.list("token-hosts", Values::hostName).forEach(host -> allowed.add(folded(host)));
    if (preset.isEmpty() && allowed.isEmpty()) {
      return;
    }
    if (allowed.isEmpty()) {
      allowed.addAll(preset.map(Preset::tokenHosts).orElse(Set.of()));
    }
    Set<String> others = of(endpoints);
    others.removeAll(allowed);
    if (!others.isEmpty()) {
      login.problem(
          "tokens of this provider are not for " + String.join(", ", others),
          "correct the upstream's URLs, or list the host: token-hosts: [ "
              + String.join(", ", others)
              + " ]");
    }
  }

  /** Refuses what would show a token to the network, whatever else may go there in clear. */
  static void requireProtection(Section login, Map<Scope, Endpoint> endpoints) {
    for (Map.Entry<Scope, Endpoint> endpoint : endpoints.entrySet()) {
      if (endpoint.getValue().security() == Security.CLEAR
          && !Loopback.isLoopback(endpoint.getValue().host())) {
        login.problem(
            "method",
            "tokens would cross the network to " + endpoint.getValue().host() + " in clear text",
            "use TLS in the upstream's "
                + endpoint.getKey().word()
                + " URL: allow-cleartext is not for tokens");
      }
    }
  }

  /** The hosts of endpoints, in lower case. */
  static Set<String> of(Map<Scope, Endpoint> endpoints) {
    return endpoints.values().stream()
        .map(endpoint -> folded(endpoint.host()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String folded(String host) {
    return host.toLowerCase(Locale.ROOT);
  }
}
