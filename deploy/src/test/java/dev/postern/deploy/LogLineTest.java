package dev.postern.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.event.KeyValuePair;

final class LogLineTest {
  private final LogLine layout = new LogLine();

  @Test
  void tellsTheTimeInUtcTheLevelTheLoggersNameAndTheMessage() {
    assertThat(line("dev.postern.gateway.Gateway", Level.INFO, "ready, {}", null, "really"))
        .isEqualTo("2026-11-30T05:31:13.007Z INFO  Gateway - ready, really\n");
    assertThat(line("session", Level.ERROR, "", null))
        .isEqualTo("2026-11-30T05:31:13.007Z ERROR session - \n");
  }

  @ParameterizedTest
  @CsvSource({
    "a|b, a b",
    "a|~|b~c, a b c",
    "|, ' '",
    "|a, ' a'",
    "a~, 'a '",
    "a|2026-11-30T00:00:00.000Z INFO  session - b, a 2026-11-30T00:00:00.000Z INFO  session - b"
  })
  void aMessageIsOneLine(String message, String expected) {
    String typed = message.replace('|', '\n').replace('~', '\r');

    assertThat(line("session", Level.WARN, "user={}", null, typed))
        .isEqualTo("2026-11-30T05:31:13.007Z WARN  session - user=" + expected + "\n");
  }

  @Test
  void aLineWithoutAMessageIsALine() {
    assertThat(line("x.Y", Level.WARN, null, null))
        .isEqualTo("2026-11-30T05:31:13.007Z WARN  Y - \n");
  }

  @Test
  void theStackOfAnExceptionFollows() {
    assertThat(line("x.Y", Level.WARN, "lost", new IllegalStateException("why")).lines())
        .startsWith(
            "2026-11-30T05:31:13.007Z WARN  Y - lost", "java.lang.IllegalStateException: why")
        .anyMatch(frame -> frame.startsWith("\tat dev.postern.deploy.LogLineTest"));
  }

  @Test
  void whatAnExceptionSaysIsOneLineToo() {
    String forged = "a\n2026-11-30T00:00:00.000Z INFO  session - login refused\r\n\t2026";
    Exception thrown = new IllegalStateException(forged, new IOException("b\nc"));
    thrown.addSuppressed(new IOException("d\ne"));

    assertThat(line("x.Y", Level.WARN, "lost", thrown).lines().filter(line -> !isFrame(line)))
        .containsExactly(
            "2026-11-30T05:31:13.007Z WARN  Y - lost",
            "java.lang.IllegalStateException: a 2026-11-30T00:00:00.000Z INFO  session - login"
                + " refused \t2026",
            "\tSuppressed: java.io.IOException: d e",
            "Caused by: java.io.IOException: b c");
  }

  private static boolean isFrame(String line) {
    return line.strip().startsWith("at ") || line.strip().startsWith("... ");
  }

  @ParameterizedTest
  @CsvSource({
    "alice@example.com, alice@example.com",
    "ap_6h2k, ap_6h2k",
    "a b, '\"a b\"'",
    "'', '\"\"'",
    "a=b, '\"a=b\"'",
    "'a\"b', '\"a\\\"b\"'",
    "a\\b, '\"a\\\\b\"'",
    "a|2026-11-30T00:00:00.000Z, '\"a\\u000a2026-11-30T00:00:00.000Z\"'",
    "a\u2028b, '\"a\\u2028b\"'",
    "zoë, '\"zoë\"'"
  })
  void aFieldThatIsMoreThanAWordStandsInQuotes(String value, String expected) {
    LoggingEvent event = event("session", Level.INFO, "session ended", null);
    event.addKeyValuePair(new KeyValuePair("user", value.replace('|', '\n')));
    event.addKeyValuePair(new KeyValuePair("up", 5L));

    assertThat(layout.doLayout(event))
        .isEqualTo(
            "2026-11-30T05:31:13.007Z INFO  session - session ended user=" + expected + " up=5\n");
  }

  private String line(
      String logger,
      Level level,
      @Nullable String message,
      @Nullable Throwable thrown,
      Object... arguments) {
    return layout.doLayout(event(logger, level, message, thrown, arguments));
  }

  private static LoggingEvent event(
      String logger,
      Level level,
      @Nullable String message,
      @Nullable Throwable thrown,
      Object... arguments) {
    LoggingEvent event =
        new LoggingEvent(
            "", new LoggerContext().getLogger(logger), level, message, thrown, arguments);
    event.setInstant(Instant.parse("2026-11-30T05:31:13.007Z"));
    return event;
  }
}
