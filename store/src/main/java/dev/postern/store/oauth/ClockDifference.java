package dev.postern.store.oauth;

import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** How far our clock and a provider's are apart, where that may be why it refuses. */
final class ClockDifference {
  private static final Duration HARMLESS = Duration.ofMinutes(2);

  private ClockDifference() {}

  /** Words for a log; empty if the clocks agree well enough, or the provider does not say. */
  static String words(HTTPResponse answer, Clock clock) {
    return Optional.ofNullable(answer.getHeaderValue("Date"))
        .flatMap(ClockDifference::parsed)
        .map(theirs -> Duration.between(theirs.toInstant(), clock.instant()))
        .filter(ahead -> ahead.abs().compareTo(HARMLESS) > 0)
        .map(ahead ->
            ", and the clock here is "
                + ahead.abs().toSeconds()
                + " s "
                + (ahead.isNegative() ? "behind" : "ahead of")
                + " the provider's")
        .orElse("");
  }

  private static Optional<ZonedDateTime> parsed(String date) {
    try {
      return Optional.of(ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
