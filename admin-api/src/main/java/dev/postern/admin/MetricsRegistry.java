package dev.postern.admin;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Makes the registry that everything registers its meters in. */
public final class MetricsRegistry {
  /**
   * Exemplars stand where OpenMetrics 1.0 §4.6 has them, at buckets. Micrometer puts some at the
   * counts of histograms too, and Prometheus 2 refuses such a page as a whole.
   */
  private static final PrometheusConfig STRICT =
      new PrometheusConfig() {
        @Override
        public @Nullable String get(String key) {
          return null;
        }

        @Override
        public Properties prometheusProperties() {
          return new Properties();
        }
      };

  private MetricsRegistry() {}

  /** An empty one. */
  public static PrometheusMeterRegistry create() {
    PrometheusMeterRegistry registry =
        new PrometheusMeterRegistry(STRICT, new SessionExemplars.Named(), Clock.SYSTEM);
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
