package dev.postern.store.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.TestClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TracedUserTest {
  private final TestClock clock = TestClock.standing();
  private final TracedUser alice =
      new TracedUser(
          new Trace(
              "tr_1",
              "id",
              "alice@example.com",
              clock.instant(),
              "root",
              clock.instant().plus(Duration.ofMinutes(10))),
          clock);

  @Test
  void showsSoManyLinesAndSaysWhichWasTheLast() {
    try (LogLines log = new LogLines()) {
      for (int i = 1; i < TracedUser.MOST_LINES; i++) {
        assertThat(alice.takeLine()).isTrue();
      }
      assertThat(log.toString()).isEmpty();
      assertThat(alice.takeLine()).isTrue();
      assertThat(log.toString()).contains("the trace of alice@example.com has shown 5000 lines");
    }
    assertThat(alice.takeLine()).isFalse();
    assertThat(alice.isOn()).isFalse();
  }
}
