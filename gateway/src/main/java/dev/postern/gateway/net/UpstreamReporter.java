package dev.postern.gateway.net;

import dev.postern.store.upstream.UpstreamReport;
import dev.postern.store.upstream.UpstreamState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Says how the upstreams of the configuration in force do. Safe for use by several threads. */
public final class UpstreamReporter implements UpstreamReport {
  /** Between the ticks of a circuit and the time of day there are hairs and leaps. */
  private static final Duration HAIR = Duration.ofSeconds(2);

  private final Supplier<Upstreams> inForce;
  private final InstantSource clock;

  /** Since when circuits are open, as it was said before. */
  private final Map<UpstreamTarget, Instant> openSince = new HashMap<>();

  public UpstreamReporter(Supplier<Upstreams> inForce, InstantSource clock) {
    this.inForce = inForce;
    this.clock = clock;
  }

  @Override
  public synchronized List<UpstreamState> now() {
    Upstreams upstreams = inForce.get();
    List<UpstreamTarget> targets = upstreams.watch().targets();
    openSince.keySet().retainAll(targets);
    return targets.stream().map(target -> state(upstreams, target)).toList();
  }

  private UpstreamState state(Upstreams upstreams, UpstreamTarget target) {
    return new UpstreamState(
        target.upstream(),
        target.protocol(),
        openSince(upstreams, target),
        upstreams.watch().marks().lastFailure(target),
        upstreams.watch().marks().lastLogin(target),
        upstreams.connector().load(target.upstream()));
  }

  /** The same moment each time, as long as it is the same trouble. */
  private Optional<Instant> openSince(Upstreams upstreams, UpstreamTarget target) {
    Optional<Duration> open = upstreams.circuitOpenFor(target);
    if (open.isEmpty()) {
      openSince.remove(target);
      return Optional.empty();
    }
    Instant since = clock.instant().minus(open.get());
    Instant said = openSince.get(target);
    if (said == null || Duration.between(said, since).abs().compareTo(HAIR) > 0) {
      openSince.put(target, since);
      return Optional.of(since);
    }
    return Optional.of(said);
  }
}
