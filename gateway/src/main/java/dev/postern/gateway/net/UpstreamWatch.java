package dev.postern.gateway.net;

import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.auth.Scope;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * What is known of each upstream: whether the last probe or login reached it, and what its last
 * probe, and logins since then that found less, found it to offer. Safe for use by several threads.
 */
public final class UpstreamWatch {

  /** Different answers of one upstream between two probes; behind that it is taken for none. */
  private static final int MOST_ANSWERS = 8;

  private final Map<UpstreamTarget, UpstreamHealth> health = new ConcurrentHashMap<>();
  private final Map<UpstreamTarget, List<List<String>>> offers = new ConcurrentHashMap<>();
  private final Set<UpstreamTarget> asked = ConcurrentHashMap.newKeySet();
  private final List<UpstreamTarget> targets = new ArrayList<>();
  private final AtomicLong edition = new AtomicLong();
  private final UpstreamMarks marks;

  /** By the system's clock. */
  public UpstreamWatch(GatewayConfig config) {
    this(config, InstantSource.system());
  }

  /**
   * @param clock for {@link #marks}
   */
  UpstreamWatch(GatewayConfig config, InstantSource clock) {
    marks = new UpstreamMarks(clock);
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

  /** Takes over what another one knows of endpoints that both have. */
  public void learnFrom(UpstreamWatch other) {
    for (UpstreamTarget target : targets) {
      health.computeIfPresent(target, (_, now) -> other.health.getOrDefault(target, now));
      List<List<String>> known = other.offers.get(target);
      if (known != null) {
        offers.put(target, known);
      }
      if (other.asked.contains(target)) {
        asked.add(target);
      }
      marks.learnFrom(other.marks, target);
    }
    edition.incrementAndGet();
  }

  /** Every endpoint of the configuration, ordered. */
  List<UpstreamTarget> targets() {
    return targets;
  }

  /** When each of them last let somebody in, and last failed. */
  UpstreamMarks marks() {
    return marks;
  }

  /** Every endpoint's health, in the order of {@link #targets}. */
  public List<UpstreamHealth> healths() {
    return targets.stream().map(target -> health.getOrDefault(target, up(target))).toList();
  }

  /**
   * What those upstreams were last seen to offer before login that a listener can send its users
   * to; one list or more for each that was ever reached. One that never was says nothing about what
   * the others can do.
   *
   * @param only the listener's own upstream; empty: every upstream
   */
  public List<List<String>> offers(Scope protocol, Optional<String> only) {
    return candidates(protocol, only)
        .flatMap(target -> offers.getOrDefault(target, List.of()).stream())
        .toList();
  }

  /** Whether each of those was asked once, and has answered or failed to. */
  public boolean isEachAsked(Scope protocol, Optional<String> only) {
    return candidates(protocol, only).allMatch(asked::contains);
  }

  private Stream<UpstreamTarget> candidates(Scope protocol, Optional<String> only) {
    return targets.stream()
        .filter(target -> target.protocol() == protocol)
        .filter(target -> only.map(target.upstream()::equals).orElse(true));
  }

  /** Another number after each change of what {@link #offers} and {@link #isEachAsked} say. */
  public long edition() {
    return edition.get();
  }

  /** A probe was answered: what was known before is past. */
  void offered(UpstreamTarget target, List<String> features) {
    offers.put(target, List.of(List.copyOf(features)));
    asked.add(target);
    edition.incrementAndGet();
  }

  /** A probe was not answered; what was known before is the best there is. */
  void unanswered(UpstreamTarget target) {
    asked.add(target);
    edition.incrementAndGet();
  }

  void reached(UpstreamTarget target) {
    health.put(target, up(target));
  }

  /**
   * Notes a failure, if it is the server's: a refused or missing credential is one user's. What a
   * server did not offer that was announced for it is not, until it is probed again: behind one
   * address there may be several that differ.
   */
  void failed(UpstreamTarget target, UpstreamFailure failure) {
    marks.failed(target, failure);
    switch (failure.cause()) {
      case BROKEN_PROMISE, BELOW_FLOOR -> {
        offers.merge(target, List.of(failure.offered()), UpstreamWatch::withAnother);
        edition.incrementAndGet();
      }
      case CONNECT, TIMEOUT, TLS, NOT_SERVING, PROTOCOL, NO_TLS, NO_MECHANISM ->
          health.put(
              target,
              new UpstreamHealth(
                  target.upstream(),
                  target.protocol(),
                  false,
                  failure.cause().word() + ": " + failure.detail()));
      case IN_USE,
          LOGIN_REFUSED,
          NO_CREDENTIAL,
          NO_TOKEN,
          NEEDS_CONSENT,
          NO_ROUTE,
          OVERLOADED,
          UNREACHABLE,
          THROTTLED,
          NOT_CONNECTED -> {}
    }
  }

  private static List<List<String>> withAnother(
      List<List<String>> known, List<List<String>> another) {
    List<List<String>> all = Stream.concat(known.stream(), another.stream()).distinct().toList();
    return all.size() > MOST_ANSWERS ? List.of(List.of()) : all;
  }

  private static UpstreamHealth up(UpstreamTarget target) {
    return new UpstreamHealth(target.upstream(), target.protocol(), true, "");
  }
}
