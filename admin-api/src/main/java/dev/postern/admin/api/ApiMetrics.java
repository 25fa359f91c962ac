package dev.postern.admin.api;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/**
 * What became of requests, and how long they took. All series are there from the start.
 *
 * @param done what was asked for was done
 * @param refused 4xx, but for those without a token that works
 * @param unauthenticated 401, and 429 after too many of them
 * @param failed 5xx
 */
record ApiMetrics(
    Timer times, Counter done, Counter refused, Counter unauthenticated, Counter failed) {

  static ApiMetrics in(MeterRegistry metrics) {
    return new ApiMetrics(
        Timer.builder("postern.api")
            .description("Requests of the admin API, from their headers to the answer")
            .serviceLevelObjectives(
                Duration.ofMillis(5),
                Duration.ofMillis(20),
                Duration.ofMillis(100),
                Duration.ofSeconds(1))
            .register(metrics),
        counter(metrics, "done"),
        counter(metrics, "refused"),
        counter(metrics, "unauthenticated"),
        counter(metrics, "failed"));
  }

  private static Counter counter(MeterRegistry metrics, String outcome) {
    return Counter.builder("postern.api.requests")
        .description("Requests of the admin API by what became of them")
        .tag("outcome", outcome)
        .register(metrics);
  }

  /** One was done. */
  void answered(long nanos) {
    times.record(Duration.ofNanos(nanos));
    done.increment();
  }

  /** One was not. */
  void refused(ProblemType type, long nanos) {
    times.record(Duration.ofNanos(nanos));
    Counter counter =
        switch (type) {
          case UNAUTHENTICATED, TOO_MANY_REQUESTS -> unauthenticated;
          case INTERNAL, UNAVAILABLE -> failed;
          case MALFORMED_JSON,
              INVALID_PARAMETER,
              INVALID_HEADER,
              BAD_CURSOR,
              FORBIDDEN,
              NOT_FOUND,
              INCOMPLETE,
              CONFLICT,
              LIMIT,
              STATE,
              GONE,
              STALE,
              TOO_LARGE,
              UNSUPPORTED_MEDIA_TYPE,
              INVALID,
              KEY_REUSED ->
              refused;
        };
    counter.increment();
  }
}
