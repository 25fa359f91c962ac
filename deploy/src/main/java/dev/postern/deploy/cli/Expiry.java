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
 * The first moment at which something no longer works: {@code 2027-01-31} (that day's start, UTC),
 * {@code 2027-01-31T12:00:00Z}, or {@code 90d} from now.
 */
final class Expiry {
  private Expiry() {}

  static Instant parse(String text, Clock clock) {
    Instant now = clock.instant();
    Instant end = moment(text, now);
    if (!end.isAfter(now)) {
      throw new TypeConversionException("\"" + text + "\" is not in the future");
    }
    return end;
  }

  private static Instant moment(String text, Instant now) {
    try {
      if (text.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")) {
        return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
      }
      return text.contains("T") ? Instant.parse(text) : now.plus(DurationText.parse(text));
    } catch (DateTimeParseException | BadValue _) {
      throw new TypeConversionException(
          "\"" + text + "\" is neither a date nor a duration; write 2027-01-31 or 90d");
    }
  }
}
