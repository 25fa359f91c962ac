package dev.postern.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionExemplarsTest {
  private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0";

  private final PrometheusMeterRegistry metrics = MetricsRegistry.create();
  private final SessionExemplars exemplars = SessionExemplars.beside(metrics);
  private final Timer timer =
      Timer.builder("postern.login")
          .serviceLevelObjectives(Duration.ofMillis(10), Duration.ofSeconds(1))
          .register(exemplars.timers());

  @Test
  void aBucketNamesASessionThatFellIntoItAndNoTrace() {
    exemplars.of("0a1b2c3d4e", () -> timer.record(Duration.ofMillis(210)));

    List<String> named =
        metrics.scrape(OPEN_METRICS).lines().filter(line -> line.contains(" # ")).toList();

    assertThat(named)
        .singleElement()
        .asString()
        .startsWith("postern_login_seconds_bucket{le=\"1.0\"} 1 # {session=\"0a1b2c3d4e\"} 0.21 ");
  }

  @Test
  void theFormatWithoutExemplarsShowsTheSameTimer() {
    exemplars.of("0a1b2c3d4e", () -> timer.record(Duration.ofMillis(210)));

    assertThat(metrics.scrape())
        .contains("postern_login_seconds_bucket{le=\"1.0\"} 1\n")
        .contains("postern_login_seconds_count 1\n")
        .doesNotContain("0a1b2c3d4e");
  }

  @Test
  void whatIsMeasuredOfNoSessionNamesNone() {
    exemplars.of("0a1b2c3d4e", () -> {});
    timer.record(Duration.ofMillis(210));

    assertThat(metrics.scrape(OPEN_METRICS))
        .contains("postern_login_seconds_bucket{le=\"1.0\"} 1\n")
        .doesNotContain(" # {");
  }

  @Test
  void countersBesideThemNameNone() {
    Counter counter = Counter.builder("postern.relay.bytes").register(metrics);
    exemplars.of("0a1b2c3d4e", counter::increment);

    assertThat(metrics.scrape(OPEN_METRICS))
        .contains("postern_relay_bytes_total 1.0\n")
        .doesNotContain("0a1b2c3d4e");
  }
}
