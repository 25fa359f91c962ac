package dev.postern.store;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them here: {@code 500ms}, {@code 2s}, {@code 35m}, {@code 30d}. */
public final class DurationWords {
  /** What they look like, as a regular expression. */
  public static final String FORM = "[0-9]{1,9}(?:ms|s|m|h|d)";

  private static final Pattern PARTS = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

  private DurationWords() {}

  /** A duration, perhaps zero; empty if the text is none. */
  public static Optional<Duration> parse(String text) {
    Matcher matcher = PARTS.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Optional.of(Duration.ofMillis(count));
      case "s" -> Optional.of(Duration.ofSeconds(count));
      case "m" -> Optional.of(Duration.ofMinutes(count));
      case "h" -> Optional.of(Duration.ofHours(count));
      case "d" -> Optional.of(Duration.ofDays(count));
      default -> Optional.empty();
    };
  }

  /** The shortest form of whole units. */
  public static String format(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds == 0 || seconds % 60 != 0) {
      return seconds + "s";
    }
    if (seconds % 3600 != 0) {
      return seconds / 60 + "m";
    }
    return seconds % 86_400 == 0 ? seconds / 86_400 + "d" : seconds / 3600 + "h";
  }
}
