package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.store.auth.Scope;
import dev.postern.store.tickets.TicketKeys;
import io.netty.channel.EventLoopGroup;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The TLS settings and upstreams of one reading of the configuration. Counts the connections that
 * use them: what was replaced is freed when the last of these is closed. Safe for use by several
 * threads.
 */
public final class Upstreams {
  private final TlsContexts contexts;
  private final UpstreamWatch watch;
  private final UpstreamConnector connector;
  private final UpstreamProbes probes;
  private final Circuits circuits;

  /** Connections, and one for being in force; at 0 nobody may begin any more. */
  private final AtomicInteger uses = new AtomicInteger(1);

  private final AtomicBoolean isFreed = new AtomicBoolean();

  Upstreams(
      GatewayConfig config,
      Map<Scope, MailProtocol<?>> protocols,
      TicketKeys tickets,
      Transport transport,
      EventLoopGroup loops,
      Circuits circuits,
      InstantSource clock) {
    contexts = TlsContexts.load(config, tickets);
    watch = new UpstreamWatch(config, clock);
    this.circuits = circuits;
    SecureRandom random = new SecureRandom();
    connector =
        new UpstreamConnector(
            transport,
            protocols,
            contexts,
            config.limits(),
            watch,
            circuits,
            new NameResolver(),
            random);
    probes =
        new UpstreamProbes(
            connector, watch, loops, config.serverName(), UpstreamProbes.Pauses.USUAL, random);
  }

  public TlsContexts contexts() {
    return contexts;
  }

  public UpstreamWatch watch() {
    return watch;
  }

  public UpstreamConnector connector() {
    return connector;
  }

  public UpstreamProbes probes() {
    return probes;
  }

  /** Where they are reached. */
  List<Endpoint> endpoints() {
    return watch.targets().stream().map(UpstreamTarget::endpoint).toList();
  }

  /** Whether logins at an upstream are refused, because it is not reached. */
  boolean isCircuitOpen(String upstream, Scope protocol) {
    return watch.targets().stream()
        .filter(target -> target.upstream().equals(upstream) && target.protocol() == protocol)
        .anyMatch(target -> circuits.at(target.endpoint()).isOpen());
  }

  /** How long it was not reached, if logins there are refused for that. */
  Optional<Duration> circuitOpenFor(UpstreamTarget target) {
    return circuits.at(target.endpoint()).openFor();
  }

  /** A connection begins to use them; false if they are no longer to be used. */
  boolean enter() {
    return uses.getAndUpdate(now -> now == 0 ? 0 : now + 1) > 0;
  }

  /** A connection that entered is closed. */
  void leave() {
    if (uses.decrementAndGet() == 0) {
      free();
    }
  }

  /** Others take their place; called once. */
  public void retire() {
    var _ = probes.stop().thenRun(this::leave);
  }

  /** Frees what they hold, whoever uses them; at the end of the event loops. */
  void free() {
    if (isFreed.compareAndSet(false, true)) {
      connector.close();
      contexts.close();
    }
  }

  boolean isFreed() {
    return isFreed.get();
  }
}
