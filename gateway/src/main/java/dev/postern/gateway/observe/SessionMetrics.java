package dev.postern.gateway.observe;

import dev.postern.gateway.dialogue.Forbidden;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Delegate;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Throttled;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Counts sessions under the stable names of docs/metrics.md. Every series that can be named in
 * advance exists from the start with a zero, so that rates and alerts see the first event.
 */
public final class SessionMetrics implements SessionEvents {
  private static final List<String> MECHANISMS = List.of("plain", "login", "command");
  private static final List<String> OUTCOMES =
      List.of("accepted", "rejected", "throttled", "unavailable");
  private static final List<String> TLS_VERSIONS =
      List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
  private static final String NO_UPSTREAM = "none";

  private static final Duration[] BUCKETS =
      Stream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 20_000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final Metering metering;
  private final MeterRegistry registry;
  private final Timer revocation;
  private final Map<Scope, AtomicInteger> sessions = new ConcurrentHashMap<>();
  private final Map<Scope, Map<Direction, Counter>> relayed = new ConcurrentHashMap<>();
  private final Map<Series, Counter> counters = new ConcurrentHashMap<>();
  private final Map<Series, Timer> timers = new ConcurrentHashMap<>();

  /**
   * Registers what is known in advance.
   *
   * @param protocols those with a listener
   * @param upstreams names from the configuration
   */
  public SessionMetrics(
      Metering metering, Collection<Scope> protocols, Collection<String> upstreams) {
    this.metering = metering;
    this.registry = metering.registry();
    this.revocation =
        timer(
            "postern.revocation",
            "From the change of an app password or user to the end of a session, by two clocks");
    Stream.of(ConnectionRefusal.values()).forEach(this::connectionsRefused);
    for (String version : TLS_VERSIONS) {
      handshakes(version, true);
      handshakes(version, false);
    }
    expect(protocols, upstreams);
  }

  /**
   * Registers what is known in advance of another configuration, beside what there is.
   *
   * @param protocols those with a listener
   * @param upstreams names from the configuration
   */
  public void expect(Collection<Scope> protocols, Collection<String> upstreams) {
    protocols.forEach(protocol -> registerProtocol(protocol, upstreams));
    for (UpstreamFailure.Cause cause : UpstreamFailure.Cause.values()) {
      failures(NO_UPSTREAM, cause);
      upstreams.forEach(upstream -> failures(upstream, cause));
    }
  }

  private void registerProtocol(Scope protocol, Collection<String> upstreams) {
    var _ = sessions.computeIfAbsent(protocol, this::sessionGauge);
    Map<Direction, Counter> byDirection = new EnumMap<>(Direction.class);
    for (Direction direction : Direction.values()) {
      byDirection.put(
          direction,
          Counter.builder("postern.relay.bytes")
              .description("Bytes relayed after login")
              .tag("protocol", protocol.word())
              .tag("direction", direction.word())
              .register(registry));
    }
    relayed.put(protocol, byDirection);
    for (Session.Tls tls : Session.Tls.values()) {
      connections(protocol, tls);
    }
    for (String mechanism : MECHANISMS) {
      OUTCOMES.forEach(outcome -> attempts(protocol, mechanism, outcome));
    }
    for (RejectReason reason : RejectReason.values()) {
      refusals(protocol, reason);
    }
    for (Forbidden why : Forbidden.values()) {
      forbidden(protocol, why);
    }
    for (EndReason reason : EndReason.values()) {
      ends(protocol, reason);
    }
    loginSeconds(protocol);
    upstreams.forEach(upstream -> upstreamSeconds(upstream, protocol));
  }

  private AtomicInteger sessionGauge(Scope protocol) {
    AtomicInteger live = new AtomicInteger();
    Gauge.builder("postern.sessions", live, AtomicInteger::get)
        .description("Logged-in sessions being relayed")
        .tag("protocol", protocol.word())
        .register(registry);
    return live;
  }

  @Override
  public void refused(ConnectionRefusal why, InetAddress peer) {
    connectionsRefused(why).increment();
  }

  @Override
  public void crowded(Session session, Grant grant, ConnectionRefusal why) {
    connectionsRefused(why).increment();
  }

  @Override
  public void opened(Session session) {
    connections(session.protocol(), session.tls()).increment();
  }

  @Override
  public void encrypted(Session session, String version, boolean isResumed) {
    handshakes(version, isResumed).increment();
  }

  @Override
  public void decided(Session session, String mechanism, AuthOutcome outcome) {
    attempts(session.protocol(), mechanism, outcome.word()).increment();
    switch (outcome) {
      case Accepted _, Delegate _, Unavailable _ -> {}
      case Rejected(RejectReason reason) -> refusals(session.protocol(), reason).increment();
      case Throttled(RejectReason reason, _, _) -> refusals(session.protocol(), reason).increment();
    }
  }

  @Override
  public void answered(Session session, Duration sinceCredentials) {
    Timer timer = loginSeconds(session.protocol());
    metering.exemplars().of(session.id(), () -> timer.record(sinceCredentials));
  }

  @Override
  public void upstreamReady(Session session, String upstream, Duration took) {
    Timer timer = upstreamSeconds(upstream, session.protocol());
    metering.exemplars().of(session.id(), () -> timer.record(took));
  }

  @Override
  public void upstreamFailed(Session session, String upstream, UpstreamFailure failure) {
    failures(upstream.isEmpty() ? NO_UPSTREAM : upstream, failure.cause()).increment();
  }

  @Override
  public void spliced(Session session) {
    live(session).incrementAndGet();
  }

  @Override
  public void forbidden(Session session, Forbidden why) {
    forbidden(session.protocol(), why).increment();
  }

  @Override
  public void closed(Session session, SessionEnd end) {
    ends(session.protocol(), end.reason()).increment();
  }

  @Override
  public void unspliced(Session session) {
    live(session).decrementAndGet();
  }

  /** Of two clocks: a negative time counts as none. */
  @Override
  public void revoked(Session session, Duration sinceChange) {
    Duration took = sinceChange.isNegative() ? Duration.ZERO : sinceChange;
    metering.exemplars().of(session.id(), () -> revocation.record(took));
  }

  @Override
  public void relayed(Scope protocol, Direction direction, int bytes) {
    Map<Direction, Counter> byDirection = relayed.get(protocol);
    if (byDirection != null) {
      Counter counter = byDirection.get(direction);
      if (counter != null) {
        counter.increment(bytes);
      }
    }
  }

  private AtomicInteger live(Session session) {
    return sessions.getOrDefault(session.protocol(), new AtomicInteger());
  }

  private Counter attempts(Scope protocol, String mechanism, String outcome) {
    return counter(
        "postern.login.attempts",
        "Login attempts by outcome",
        "protocol",
        protocol.word(),
        "mechanism",
        mechanism,
        "outcome",
        outcome);
  }

  private Counter refusals(Scope protocol, RejectReason reason) {
    return counter(
        "postern.login.refusals",
        "Refused logins by the reason that the client does not learn",
        "protocol",
        protocol.word(),
        "reason",
        reason.word());
  }

  private Counter connections(Scope protocol, Session.Tls tls) {
    return counter(
        "postern.connections",
        "Connections accepted",
        "protocol",
        protocol.word(),
        "tls",
        tls.word());
  }

  private Counter connectionsRefused(ConnectionRefusal why) {
    return counter(
        "postern.connections.refused",
        "Connections turned away, and good logins for which there were too many sessions",
        "reason",
        why.word());
  }

  private Counter handshakes(String version, boolean isResumed) {
    return counter(
        "postern.tls.handshakes",
        "TLS handshakes with clients",
        "version",
        version,
        "resumed",
        Boolean.toString(isResumed));
  }

  private Counter failures(String upstream, UpstreamFailure.Cause cause) {
    return counter(
        "postern.upstream.failures",
        "Logins at an upstream that failed",
        "upstream",
        upstream,
        "cause",
        cause.word());
  }

  private Counter ends(Scope protocol, EndReason reason) {
    return counter(
        "postern.session.ends",
        "Connections that ended, logged in or not, by the first reason",
        "protocol",
        protocol.word(),
        "reason",
        reason.word());
  }

  private Counter forbidden(Scope protocol, Forbidden why) {
    return counter(
        "postern.relay.forbidden",
        "Sessions ended for what the client said after its login",
        "protocol",
        protocol.word(),
        "word",
        why.word());
  }

  private Timer loginSeconds(Scope protocol) {
    return timer(
        "postern.login",
        "From the first byte of the credentials to the reply",
        "protocol",
        protocol.word());
  }

  private Timer upstreamSeconds(String upstream, Scope protocol) {
    return timer(
        "postern.upstream.login",
        "Logins at an upstream, from the wait for a turn to its OK",
        "upstream",
        upstream,
        "protocol",
        protocol.word());
  }

  private Counter counter(String name, String description, String... tags) {
    return counters.computeIfAbsent(
        Series.of(name, tags),
        _ -> Counter.builder(name).description(description).tags(tags).register(registry));
  }

  private Timer timer(String name, String description, String... tags) {
    return timers.computeIfAbsent(
        Series.of(name, tags),
        _ ->
            Timer.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(BUCKETS)
                .register(metering.timers()));
  }

  /** One series. */
  private record Series(String name, List<String> tags) {
    static Series of(String name, String... tags) {
      return new Series(name, List.of(tags));
    }
  }
}
