package dev.postern.admin;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** Makes the registry that everything registers its meters in. */
public final class MetricsRegistry {
  private MetricsRegistry() {}

  /** An empty one. */
  public static PrometheusMeterRegistry create() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry.config().meterFilter(new NettyHelp());
    return registry;
  }

  /**
   * A help text for Netty's meters. Micrometer's binders give them none, and {@code promtool check
   * metrics} asks for one. Our own are not helped out: one without a text is to be found.
   */
  private static final class NettyHelp implements MeterFilter {
    @Override
    public Meter.Id map(Meter.Id id) {
      if (!id.getName().startsWith("netty.") || id.getDescription() != null) {
        return id;
      }
      return new Meter.Id(
          id.getName(),
          Tags.of(id.getTags()),
          id.getBaseUnit(),
          "Netty's " + id.getName().substring("netty.".length()).replace('.', ' '),
          id.getType());
    }
  }
}
