package dev.postern.store.integrity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.integrity.RowAlarm.Trouble;
import dev.postern.store.testing.LogLines;
import org.junit.jupiter.api.Test;

class LoggedRowAlarmTest {
  private long now;
  private final LoggedRowAlarm alarm = new LoggedRowAlarm(() -> now);

  @Test
  void tellsOfARowOnceInTenMinutesAndCountsEach() {
    try (LogLines log = new LogLines()) {
      raise("u_1");
      raise("u_1");
      now += LoggedRowAlarm.ONCE_IN.toNanos() - 1;
      raise("u_1");
      assertThat(log.lines()).hasSize(1).allMatch(line -> line.contains("u_1"));
      now += 1;
      raise("u_1");
      assertThat(log.lines()).hasSize(2);
    }
    assertThat(alarm.count()).isEqualTo(4);
  }

  @Test
  void namesOnlySoManyAndSaysThatThereAreMore() {
    try (LogLines log = new LogLines()) {
      for (int row = 0; row < 10 * LoggedRowAlarm.MOST_ROWS; row++) {
        raise("u_" + row);
      }
      assertThat(log.lines()).hasSize(LoggedRowAlarm.MOST_ROWS + 1);
      assertThat(log.lines().getLast()).startsWith("more than 1000 rows within 10 minutes");
      now += LoggedRowAlarm.ONCE_IN.toNanos();
      raise("u_9999");
      assertThat(log.lines().getLast()).contains("u_9999");
    }
    assertThat(alarm.count()).isEqualTo(10 * LoggedRowAlarm.MOST_ROWS + 1);
  }

  private void raise(String row) {
    alarm.raise("users", row, Trouble.ALTERED);
  }
}
