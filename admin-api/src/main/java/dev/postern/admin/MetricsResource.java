package dev.postern.admin;

import io.javalin.http.Context;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /metrics}: everything the registry knows, in OpenMetrics 1.0 for those who ask for it
 * and in Prometheus' text format 0.0.4 for everybody else.
 */
final class MetricsResource {
  private static final String OPEN_METRICS = "application/openmetrics-text";
  private static final String OPEN_METRICS_TYPE = OPEN_METRICS + "; version=1.0.0; charset=utf-8";
  private static final String TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry metrics;

  MetricsResource(PrometheusMeterRegistry metrics) {
    this.metrics = metrics;
  }

  void get(Context request) {
    String type = accepts(request.header("Accept")) ? OPEN_METRICS_TYPE : TEXT_TYPE;
    request.contentType(type).result(metrics.scrape(type));
  }

  /** Prometheus names OpenMetrics first if it wants it and leaves it out if not. */
  private static boolean accepts(@Nullable String accept) {
    return accept != null && accept.toLowerCase(Locale.ROOT).contains(OPEN_METRICS);
  }
}
