package dev.postern.gateway.net;

import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.auth.Scope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is known of each upstream: whether the last probe or login reached it, and what its last
 * probe found it to offer. Safe for use by several threads.
 */
public final class UpstreamWatch {
  private final Map<UpstreamTarget, UpstreamHealth> health = new ConcurrentHashMap<>();
  private final Map<UpstreamTarget, List<String>> offers = new ConcurrentHashMap<>();
  private final List<UpstreamTarget> targets = new ArrayList<>();

  public UpstreamWatch(GatewayConfig config) {
    config
        .upstreams()
        .values()
        .forEach(upstream ->
            upstream
                .endpoints()
                .forEach((protocol, endpoint) ->
                    targets.add(
                        new UpstreamTarget(
                            upstream.name(),
                            protocol,
                            endpoint,
                            upstream.identify().proxyProtocol()))));
    targets.sort(
        Comparator.comparing(UpstreamTarget::upstream).thenComparing(UpstreamTarget::protocol));
    targets.forEach(target -> health.put(target, up(target)));
  }

  /** Every endpoint of the configuration, ordered. */
  List<UpstreamTarget> targets() {
    return targets;
  }

  /** Every endpoint's health, in the order of {@link #targets}. */
  public List<UpstreamHealth> healths() {
    return targets.stream().map(target -> health.getOrDefault(target, up(target))).toList();
  }

  /**
   * What those upstreams were last seen to offer before login that a listener can send its users
   * to; one list for each that was ever reached.
   *
   * @param only the listener's own upstream; empty: every upstream
   */
  public List<List<String>> offers(Scope protocol, Optional<String> only) {
    List<List<String>> seen = new ArrayList<>();
    for (UpstreamTarget target : targets) {
      List<String> offer = offers.get(target);
      boolean isCandidate =
          target.protocol() == protocol && only.map(target.upstream()::equals).orElse(true);
      if (isCandidate && offer != null) {
        seen.add(offer);
      }
    }
    return seen;
  }

  void offered(UpstreamTarget target, List<String> features) {
    offers.put(target, List.copyOf(features));
  }

  void reached(UpstreamTarget target) {
    health.put(target, up(target));
  }

  /**
   * Notes a failure, if it is the server's: a refused or missing credential is one user's. A server
   * that no longer has what was announced is announced for nothing until it is probed again.
   */
  void failed(UpstreamTarget target, UpstreamFailure failure) {
    switch (failure.cause()) {
      case BROKEN_PROMISE -> offers.put(target, List.of());
      case CONNECT, TIMEOUT, TLS, NOT_SERVING, PROTOCOL, NO_TLS, NO_MECHANISM ->
          health.put(
              target,
              new UpstreamHealth(
                  target.upstream(),
                  target.protocol(),
                  false,
                  failure.cause().word() + ": " + failure.detail()));
      case IN_USE, LOGIN_REFUSED, NO_CREDENTIAL, NO_ROUTE, OVERLOADED -> {}
    }
  }

  private static UpstreamHealth up(UpstreamTarget target) {
    return new UpstreamHealth(target.upstream(), target.protocol(), true, "");
  }
}
