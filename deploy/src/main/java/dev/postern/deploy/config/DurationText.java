package dev.postern.deploy.config;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them here: {@code 500ms}, {@code 2s}, {@code 35m}, {@code 30d}. */
public final class DurationText {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");
  private static final String REMEDY = "write a number and a unit: 500ms, 2s, 35m, 12h or 30d";

  private DurationText() {}

  /** A duration; zero is one. */
  public static Duration parse(String text) throws BadValue {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new BadValue("\"" + text + "\" is not a duration", REMEDY);
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      case "d" -> Duration.ofDays(count);
      default -> throw new BadValue("\"" + text + "\" is not a duration", REMEDY);
    };
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
