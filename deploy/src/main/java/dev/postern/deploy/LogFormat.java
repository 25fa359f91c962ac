package dev.postern.deploy;

import java.util.Locale;

/** How the log is written; the value of {@code log.format}. */
public enum LogFormat {
  /** Lines for people, with fields as {@code key=value}. */
  PLAIN,
  /** A JSON object a line. */
  JSON;

  private final String word = name().toLowerCase(Locale.ROOT);

  public String word() {
    return word;
  }
}
