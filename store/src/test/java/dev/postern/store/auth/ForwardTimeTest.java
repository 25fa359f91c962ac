package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ForwardTimeTest {
  private static final Duration HOUR = Duration.ofHours(1);

  private final TestClock system = TestClock.standing();
  private final ForwardTime time = new ForwardTime(system);

  private Instant now() {
    return Instant.ofEpochMilli(time.at(system.instant()));
  }

  @Test
  void standsStillUntilTheSystemHasCaughtUpAndSaysSoOnceEachTime() {
    try (LogLines log = new LogLines()) {
      Instant latest = now();
      for (int times = 1; times <= 2; times++) {
        system.advance(HOUR.negated());
        assertThat(now()).isEqualTo(latest);
        system.advance(Duration.ofMinutes(59));
        assertThat(now()).isEqualTo(latest);
        assertThat(log.lines()).hasSize(times);

        system.advance(Duration.ofMinutes(2));
        latest = latest.plus(Duration.ofMinutes(1));
        assertThat(now()).isEqualTo(latest);
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
      Instant latest = now();
      system.advance(Duration.ofMillis(-900));
      assertThat(now()).isEqualTo(latest);
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void aThreadThatIsLateIsNothingToTell() {
    try (LogLines log = new LogLines()) {
      Instant early = system.instant();
      system.advance(HOUR);
      Instant latest = now();
      assertThat(Instant.ofEpochMilli(time.at(early))).isEqualTo(latest);
      assertThat(log.lines()).isEmpty();
    }
  }
}
