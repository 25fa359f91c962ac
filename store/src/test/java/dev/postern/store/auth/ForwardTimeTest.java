package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ForwardClockTest {
  private static final Duration HOUR = Duration.ofHours(1);

  private final TestClock system = TestClock.standing();
  private final ForwardClock clock = new ForwardClock(system);

  @Test
  void standsStillUntilTheSystemHasCaughtUpAndSaysSoOnceEachTime() {
    try (LogLines log = new LogLines()) {
      Instant latest = clock.instant();
      for (int time = 1; time <= 2; time++) {
        system.advance(HOUR.negated());
        assertThat(clock.instant()).isEqualTo(latest);
        system.advance(Duration.ofMinutes(59));
        assertThat(clock.instant()).isEqualTo(latest);
        assertThat(log.lines()).hasSize(time);

        system.advance(Duration.ofMinutes(2));
        latest = latest.plus(Duration.ofMinutes(1));
        assertThat(clock.instant()).isEqualTo(latest);
      }
      assertThat(log.lines())
          .first()
          .asString()
          .startsWith("the system's clock was set back by 3600 s")
          .contains("2026-11-24T12:00:00Z");
    }
  }

  @Test
  void aClockThatIsCorrectedALittleIsNothingToTell() {
    try (LogLines log = new LogLines()) {
      Instant latest = clock.instant();
      system.advance(Duration.ofMillis(-900));
      assertThat(clock.instant()).isEqualTo(latest);
      assertThat(clock.millis()).isEqualTo(latest.toEpochMilli());
      assertThat(log.lines()).isEmpty();
    }
  }
}
