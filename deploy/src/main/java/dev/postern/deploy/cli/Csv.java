package dev.postern.deploy.cli;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Lines of comma-separated values (<a href="https://www.rfc-editor.org/rfc/rfc4180">RFC 4180</a>)
 * that a spreadsheet takes for data: a cell that it would calculate has an apostrophe before it.
 */
final class Csv {
  private Csv() {}

  /** One line, with its carriage return and without its line feed. */
  static String line(List<String> cells) {
    return cells.stream().map(Csv::cell).collect(Collectors.joining(",", "", "\r"));
  }

  private static String cell(String text) {
    String safe = !text.isEmpty() && "=+-@\t\r\n".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    boolean isQuoted = safe.chars().anyMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
    return isQuoted ? '"' + safe.replace("\"", "\"\"") + '"' : safe;
  }
}
