package dev.postern.gateway.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MoodTest {
  private static final String BACKOFF = "Request is throttled. Suggested Backoff Time: ";

  @ParameterizedTest
  @CsvSource({
    "1,1",
    "89117,89117",
    "000089117,89117",
    "899999,899999",
    "900000,900000",
    "900001,900000",
    "999999,900000",
    "1000000,900000",
    "3000000,900000",
    "9223372036854775808,900000",
    "99999999999999999999999999999999999999,900000"
  })
  void readsHowLongToStayAway(String asked, long heeded) {
    assertThat(Mood.of(BACKOFF + asked + " milliseconds"))
        .isEqualTo(new Mood.Throttled(Optional.of(Duration.ofMillis(heeded))));
    assertThat(Mood.of("[X] server busy. suggested backoff time:" + asked + "milliseconds]"))
        .isEqualTo(new Mood.Throttled(Optional.of(Duration.ofMillis(heeded))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0 milliseconds",
        "000 milliseconds",
        "-5 milliseconds",
        "1.5 milliseconds",
        "1e3 milliseconds",
        "\u0661 milliseconds",
        "10",
        "10 days",
        "milliseconds",
        "s3cr3t",
        ""
      })
  void whatIsNoTimeIsNone(String time) {
    assertThat(Mood.of(BACKOFF + time)).isEqualTo(new Mood.Throttled(Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Too many simultaneous connections. (Failure)",
        "TOO MANY SIMULTANEOUS CONNECTIONS"
      })
  void readsThatAMailboxIsOpenTooOften(String text) {
    assertThat(Mood.of(text)).isEqualTo(new Mood.Crowded());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no", "Invalid credentials (Failure)", "throttle", "60 milliseconds"})
  void mostTextsSayNothing(String text) {
    assertThat(Mood.of(text)).isEqualTo(new Mood.Even());
  }

  @Test
  void decidesTheCauseWhereItSaysMoreThanACode() {
    assertThat(new Mood.Even().failure(Cause.PROTOCOL, "login: BAD"))
        .isEqualTo(new UpstreamFailure(Cause.PROTOCOL, "login: BAD"));
    assertThat(new Mood.Crowded().failure(Cause.LOGIN_REFUSED, "login: NO"))
        .isEqualTo(new UpstreamFailure(Cause.IN_USE, "login: NO"));
    Optional<Duration> minute = Optional.of(Duration.ofMinutes(1));
    assertThat(new Mood.Throttled(minute).failure(Cause.PROTOCOL, "login: BAD"))
        .isEqualTo(
            new UpstreamFailure(
                Cause.THROTTLED, "login: BAD, back off 60000 ms", List.of(), minute));
    assertThat(new Mood.Throttled(Optional.empty()).failure(Cause.PROTOCOL, "login: BAD"))
        .isEqualTo(new UpstreamFailure(Cause.THROTTLED, "login: BAD"));
  }
}
