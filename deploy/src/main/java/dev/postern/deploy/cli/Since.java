package dev.postern.deploy.cli;

import dev.postern.deploy.config.BadValue;
import dev.postern.deploy.config.DurationText;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.TypeConversionException;

/**
 * A moment in the past: {@code 2026-11-24} (that day's start, UTC), {@code 2026-11-24T12:00:00Z},
 * or {@code 24h} ago.
 *
 * @param at the moment
 */
record Since(Instant at) {

  static Since parse(String text, Clock clock) {
    try {
      if (text.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")) {
        return new Since(LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
      }
      return new Since(
          text.contains("T")
              ? Instant.parse(text)
              : clock.instant().minus(DurationText.parse(text)));
    } catch (DateTimeParseException | BadValue _) {
      throw new TypeConversionException(
          "\"" + text + "\" is neither a date nor a duration; write 2026-11-24 or 24h");
    }
  }
}
