package dev.postern.deploy.config;

import dev.postern.store.DurationWords;
import java.time.Duration;
import java.util.Optional;

/** Durations as people write them here: {@code 500ms}, {@code 2s}, {@code 35m}, {@code 30d}. */
public final class DurationText {
  private static final String REMEDY = "write a number and a unit: 500ms, 2s, 35m, 12h or 30d";

  private DurationText() {}

  /** A duration; zero is one. */
  public static Duration parse(String text) throws BadValue {
    return DurationWords.parse(text)
        .orElseThrow(() -> new BadValue("\"" + text + "\" is not a duration", REMEDY));
  }

  /** A duration above zero, or empty for {@code never}. */
  public static Optional<Duration> parseOrNever(String text) throws BadValue {
    if (text.equals("never")) {
      return Optional.empty();
    }
    Duration duration;
    try {
      duration = parse(text);
    } catch (BadValue bad) {
      throw new BadValue(bad.wrong(), bad.remedy() + ", or never");
    }
    if (duration.isZero()) {
      throw new BadValue("\"" + text + "\" ends at once", "write a longer time, or never");
    }
    return Optional.of(duration);
  }

  /** The shortest form of whole units. */
  public static String format(Duration duration) {
    return DurationWords.format(duration);
  }
}
