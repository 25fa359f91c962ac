package dev.postern.deploy.config;

import dev.postern.deploy.LogFormat;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads {@code log}. */
final class LogReader {
  private static final Map<String, LogFormat> FORMATS =
      Arrays.stream(LogFormat.values())
          .collect(Collectors.toUnmodifiableMap(LogFormat::word, format -> format));

  private LogReader() {}

  static LogFormat read(Section section) {
    LogFormat format =
        section.withDefault("format", Values.word(FORMATS, List.of()), LogFormat.PLAIN);
    section.end(Set.of());
    return format;
  }
}
