package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.TokenSource;
import dev.postern.store.tickets.TicketKeys;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyEventExecutorMetrics;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The event loops, and what runs on them. Closing it ends all of its threads. Safe for use by
 * several threads.
 */
public final class Engine implements AutoCloseable {
  private static final long STOP_SECONDS = 2;
  private static final String CERTIFICATE_EXPIRY = "postern.certificate.expiry";
  private static final String CIRCUIT_OPEN = "postern.upstream.circuit.open";

  private final Map<Scope, MailProtocol<?>> protocols;
  private final Transport transport;
  private final TicketKeys tickets;
  private final EventLoopGroup loops;

  /** Where sockets are given to other processes, which epoll alone does. */
  private final Optional<EventLoopGroup> socketPassing;

  private final Circuits circuits = new Circuits(Ticker.systemTicker(), new SecureRandom());
  private final Set<Upstreams> made = ConcurrentHashMap.newKeySet();

  /**
   * Starts event loops, which idle until something is opened.
   *
   * @param tickets what sessions of clients are resumed with
   */
  public Engine(Map<Scope, MailProtocol<?>> protocols, Transport transport, TicketKeys tickets) {
    this.protocols = protocols;
    this.transport = transport;
    this.tickets = tickets;
    loops = transport.newEventLoops();
    socketPassing =
        Transport.canPassSockets()
            ? Optional.of(Transport.EPOLL.newEventLoops(1, "take-over"))
            : Optional.empty();
  }

  /**
   * Loads certificates and gets ready to reach the upstreams of a configuration.
   *
   * @throws dev.postern.gateway.GatewayException if a certificate cannot be used
   */
  public Upstreams upstreams(GatewayConfig config) {
    return upstreams(config, InstantSource.system());
  }

  /**
   * The same.
   *
   * @param clock by which it is noted when they were last of use
   */
  public Upstreams upstreams(GatewayConfig config, InstantSource clock) {
    Upstreams upstreams =
        new Upstreams(config, protocols, tickets, transport, loops, circuits, clock);
    made.removeIf(Upstreams::isFreed);
    made.add(upstreams);
    circuits.keepOnly(made.stream().flatMap(some -> some.endpoints().stream()).toList());
    return upstreams;
  }

  /** Logins that nobody but us wants; they end with this. */
  public TrialLogins trialLogins(Upstreams upstreams, UpstreamRouting routing, TokenSource tokens) {
    return new TrialLogins(loops, routing, upstreams.connector(), tokens);
  }

  /** Listeners without a port yet. */
  public Listeners listeners(InheritedSockets inherited) {
    return new Listeners(transport, loops, inherited);
  }

  /**
   * Lets another process take the place of this one; the caller closes it.
   *
   * @param socket a file that is made
   * @throws IOException if that cannot be
   */
  public TakeOverDoor takeOverDoor(
      Path socket, Listeners listeners, TakeOverDoor.Succession succession, Executor executor)
      throws IOException {
    EventLoopGroup passing =
        socketPassing.orElseThrow(() -> new IOException("there is no epoll on this machine"));
    return TakeOverDoor.open(socket, passing, listeners, succession, executor, OwnAccount.uid());
  }

  /** One of the event loops, to keep time; ends with them. */
  public ScheduledExecutorService timer() {
    return loops.next();
  }

  /** Shows buffers and event loops. */
  public void bindTo(MeterRegistry metrics) {
    new NettyEventExecutorMetrics(loops).bindTo(metrics);
    if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator) {
      new NettyAllocatorMetrics(allocator).bindTo(metrics);
    }
  }

  /**
   * Shows how long the certificate lasts, once there is one. May be called again.
   *
   * @param inForce the upstreams of the configuration in force
   */
  public static void showCertificate(
      Supplier<Upstreams> inForce, MeterRegistry metrics, Clock clock) {
    if (inForce.get().contexts().serverExpiry().isPresent()
        && metrics.find(CERTIFICATE_EXPIRY).gauge() == null) {
      Gauge.builder(
              CERTIFICATE_EXPIRY,
              () ->
                  inForce
                      .get()
                      .contexts()
                      .serverExpiry()
                      .map(end -> (double) Duration.between(clock.instant(), end).toSeconds())
                      .orElse(Double.NaN))
          .description("Seconds until the listeners' certificate expires")
          .baseUnit("seconds")
          .strongReference(true)
          .register(metrics);
    }
  }

  /**
   * Shows at which upstreams logins are refused, because they are not reached. May be called again,
   * for upstreams that are new.
   *
   * @param inForce the upstreams of the configuration in force
   */
  public static void showCircuits(Supplier<Upstreams> inForce, MeterRegistry metrics) {
    for (UpstreamTarget target : inForce.get().watch().targets()) {
      Tags tags = Tags.of("upstream", target.upstream(), "protocol", target.protocol().word());
      if (metrics.find(CIRCUIT_OPEN).tags(tags).gauge() == null) {
        Gauge.builder(
                CIRCUIT_OPEN,
                () -> inForce.get().isCircuitOpen(target.upstream(), target.protocol()) ? 1.0 : 0.0)
            .description("1 while logins there are refused, because it is not reached")
            .tags(tags)
            .strongReference(true)
            .register(metrics);
      }
    }
  }

  @Override
  public void close() {
    made.forEach(upstreams -> upstreams.connector().close());
    socketPassing.ifPresent(Engine::stop);
    stop(loops);
    made.forEach(Upstreams::free);
  }

  private static void stop(EventLoopGroup loops) {
    loops
        .shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(STOP_SECONDS + 1, TimeUnit.SECONDS);
  }
}
