package dev.postern.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class JsonLineTest {
  private static final Instant AT = Instant.parse("2026-11-30T05:31:13.007Z");

  private final JsonLine encoder = new JsonLine();

  @BeforeEach
  void start() {
    encoder.start();
  }

  @Test
  void fieldsAreMembersAndNumbersAreNumbers() {
    JsonNode line =
        read(
            line(
                "session ended",
                null,
                List.of(
                    new KeyValuePair("user", "alice"),
                    new KeyValuePair("up", 5L),
                    new KeyValuePair("port", 993),
                    new KeyValuePair("connect", Instant.EPOCH))));

    assertThat(line.propertyNames())
        .containsExactly(
            "timestamp",
            "level",
            "loggerName",
            "formattedMessage",
            "user",
            "up",
            "port",
            "connect");
    assertThat(line.get("timestamp").asLong()).isEqualTo(AT.toEpochMilli());
    assertThat(line.get("level").asString()).isEqualTo("INFO");
    assertThat(line.get("loggerName").asString()).isEqualTo("dev.postern.session");
    assertThat(line.get("formattedMessage").asString()).isEqualTo("session ended");
    assertThat(line.get("user").asString()).isEqualTo("alice");
    assertThat(line.get("up").isNumber()).isTrue();
    assertThat(line.get("port").isNumber()).isTrue();
    assertThat(line.get("connect").asString()).isEqualTo("1970-01-01T00:00:00Z");
  }

  @Test
  void nothingInAMessageOrAFieldEndsALineOrAField() {
    String forged = "a\"\n,\"peer\":\"192.0.2.1\\";

    String line = line("b " + forged, null, List.of(new KeyValuePair("user", forged)));

    assertThat(line.stripTrailing()).hasLineCount(1);
    assertThat(read(line).get("user").asString()).isEqualTo(forged);
    assertThat(read(line).get("formattedMessage").asString()).isEqualTo("b " + forged);
    assertThat(read(line).has("peer")).isFalse();
  }

  @Test
  void anExceptionIsInTheSameLine() {
    String line = line("lost", new IllegalStateException("why"), List.of());

    assertThat(line.stripTrailing()).hasLineCount(1);
    assertThat(read(line).get("throwable").get("message").asString()).isEqualTo("why");
  }

  private static JsonNode read(String line) {
    return JsonMapper.shared().readTree(line);
  }

  private String line(String message, @Nullable Throwable thrown, List<KeyValuePair> fields) {
    LoggingEvent event =
        new LoggingEvent(
            "",
            new LoggerContext().getLogger("dev.postern.session"),
            Level.INFO,
            message,
            thrown,
            new Object[0]);
    event.setInstant(AT);
    fields.forEach(event::addKeyValuePair);
    return new String(encoder.encode(event), StandardCharsets.UTF_8);
  }
}
