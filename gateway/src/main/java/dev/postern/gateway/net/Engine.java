package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.store.auth.Scope;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyEventExecutorMetrics;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.EventLoopGroup;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The event loops, and what every session shares on the way to its upstream. Closing it ends all of
 * its threads.
 */
public final class Engine implements AutoCloseable {
  private static final long STOP_SECONDS = 2;

  private final Transport transport;
  private final EventLoopGroup loops;
  private final TlsContexts contexts;
  private final UpstreamWatch watch;
  private final UpstreamConnector connector;
  private final UpstreamProbes probes;

  /**
   * Loads certificates and starts event loops, which idle until something is opened.
   *
   * @throws dev.postern.gateway.GatewayException if a certificate cannot be used; nothing is
   *     started then
   */
  public Engine(GatewayConfig config, Map<Scope, MailProtocol<?>> protocols, Transport transport) {
    this.transport = transport;
    contexts = TlsContexts.load(config);
    loops = transport.newEventLoops();
    watch = new UpstreamWatch(config);
    connector = new UpstreamConnector(transport, protocols, contexts, config.limits(), watch);
    probes =
        new UpstreamProbes(
            connector,
            watch,
            loops,
            config.serverName(),
            UpstreamProbes.Pauses.USUAL,
            new SecureRandom());
  }

  /** Listeners without a port yet. */
  public Listeners listeners(LoginServices services) {
    return new Listeners(transport, loops, services);
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

  /** One of the event loops, to keep time; ends with them. */
  public ScheduledExecutorService timer() {
    return loops.next();
  }

  /** Shows buffers, event loops, and how long the certificate lasts. */
  public void bindTo(MeterRegistry metrics, Clock clock) {
    contexts
        .serverExpiry()
        .ifPresent(end ->
            Gauge.builder(
                    "postern.certificate.expiry",
                    () -> Duration.between(clock.instant(), end).toSeconds())
                .description("Seconds until the listeners' certificate expires")
                .baseUnit("seconds")
                .strongReference(true)
                .register(metrics));
    new NettyEventExecutorMetrics(loops).bindTo(metrics);
    if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider allocator) {
      new NettyAllocatorMetrics(allocator).bindTo(metrics);
    }
  }

  @Override
  public void close() {
    connector.close();
    loops
        .shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(STOP_SECONDS + 1, TimeUnit.SECONDS);
    contexts.close();
  }
}
