package dev.postern.admin;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.tracer.common.SpanContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Timers of which each bucket remembers one session that fell into it: the exemplars of
 * OpenMetrics, {@code # {session="0a1b2c3d4e"} 0.21}, by the word that the log has.
 *
 * <p>They are a registry of their own beside another, shown with it: in a registry that may have
 * exemplars every counter looks for one at each increment, which relayed bytes are too many for.
 * The library knows an exemplar as a span of a trace alone; there are none here, and {@link Named}
 * gives it its name.
 *
 * <p>Safe for use by several threads.
 */
public final class SessionExemplars implements AutoCloseable {
  private final Measured measured = new Measured();
  private final PrometheusMeterRegistry timers;

  private SessionExemplars(PrometheusMeterRegistry beside) {
    timers =
        new PrometheusMeterRegistry(
            PrometheusConfig.DEFAULT, beside.getPrometheusRegistry(), Clock.SYSTEM, measured);
  }

  /** Makes them; {@code metrics} shows them with what it has itself. */
  public static SessionExemplars beside(PrometheusMeterRegistry metrics) {
    return new SessionExemplars(metrics);
  }

  /** Where the timers are to be. */
  public MeterRegistry timers() {
    return timers;
  }

  /**
   * Runs {@code measurement}; a timer of ours that it tells may keep the session as an exemplar.
   * Some ten a second are kept of each timer, and each for seven seconds at least.
   *
   * @param session its id, as in the log
   */
  public void of(String session, Runnable measurement) {
    measured.session.set(session);
    try {
      measurement.run();
    } finally {
      measured.session.remove();
    }
  }

  @Override
  public void close() {
    timers.close();
  }

  /** Shows sessions where the library says trace and span. */
  static final class Named extends PrometheusRegistry {
    @Override
    public MetricSnapshots scrape() {
      return new MetricSnapshots(super.scrape().stream().map(SessionExemplars::named).toList());
    }
  }

  private static MetricSnapshot named(MetricSnapshot metric) {
    return metric instanceof HistogramSnapshot histogram
        ? new HistogramSnapshot(
            histogram.getMetadata(),
            histogram.getDataPoints().stream().map(SessionExemplars::named).toList())
        : metric;
  }

  private static HistogramDataPointSnapshot named(HistogramDataPointSnapshot series) {
    if (series.getExemplars().size() == 0) {
      return series;
    }
    List<Exemplar> named = new ArrayList<>();
    for (Exemplar exemplar : series.getExemplars()) {
      named.add(
          new Exemplar(
              exemplar.getValue(),
              Labels.of("session", exemplar.getLabels().get(Exemplar.TRACE_ID)),
              exemplar.getTimestampMillis()));
    }
    return new HistogramDataPointSnapshot(
        series.getClassicBuckets(),
        series.getSum(),
        series.getLabels(),
        Exemplars.of(named),
        series.getCreatedTimestampMillis());
  }

  /** The session that this thread measures something of, if it does. */
  private static final class Measured implements SpanContext {
    private final ThreadLocal<@Nullable String> session = new ThreadLocal<>();

    @Override
    public @Nullable String getCurrentTraceId() {
      return session.get();
    }

    /** The library keeps no trace without a span. */
    @Override
    public @Nullable String getCurrentSpanId() {
      return session.get();
    }

    @Override
    public boolean isCurrentSpanSampled() {
      return session.get() != null;
    }

    @Override
    public void markCurrentSpanAsExemplar() {}
  }
}
