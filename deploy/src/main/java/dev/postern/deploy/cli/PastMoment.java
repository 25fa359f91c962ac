package dev.postern.deploy.cli;

import dev.postern.deploy.config.BadValue;
import dev.postern.deploy.config.DurationText;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import picocli.CommandLine.TypeConversionException;

/**
 * A moment that has been: {@code 2026-01-31} (that day's start, UTC), {@code 2026-01-31T12:00:00Z},
 * or {@code 90d} ago.
 */
record PastMoment(Instant at) {
  static PastMoment parse(String text, Clock clock) {
    Instant now = clock.instant();
    Instant moment = moment(text, now);
    if (moment.isAfter(now) || moment.isBefore(Instant.EPOCH)) {
      throw new TypeConversionException("\"" + text + "\" is not in the past, or too long ago");
    }
    return new PastMoment(moment);
  }

  private static Instant moment(String text, Instant now) {
    try {
      if (text.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")) {
        return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
      }
      return text.contains("T") ? Instant.parse(text) : now.minus(DurationText.parse(text));
    } catch (DateTimeException | BadValue _) {
      throw new TypeConversionException(
          "\"" + text + "\" is neither a date nor a duration; write 2026-01-31 or 90d");
    }
  }
}
