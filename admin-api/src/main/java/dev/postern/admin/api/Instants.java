package dev.postern.admin.api;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;

/** Moments in requests, RFC 3339. */
final class Instants {
  private Instants() {}

  /**
   * A moment that the schema has let through; with a leap second or the like it may still be none.
   *
   * @throws Refusal {@code INVALID_PARAMETER}
   */
  static Instant parse(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException _) {
      throw Refusal.of(
          ProblemType.INVALID_PARAMETER, "That is no moment: write 2027-01-31T12:00:00Z.");
    }
  }
}
