package dev.postern.admin.imports;

import java.io.IOException;
import java.io.Reader;
import java.util.Optional;

/** Reads lines of a bounded length, so that a file without line ends does not fill the memory. */
public final class BoundedLines {
  /** Most characters of a line. */
  public static final int LONGEST = 65_536;

  private final Reader reader;
  private final StringBuilder line = new StringBuilder();

  /**
   * @param reader buffered
   */
  public BoundedLines(Reader reader) {
    this.reader = reader;
  }

  /**
   * The next line without its end (LF or CRLF), cut after {@value #LONGEST} characters and one; no
   * line is longer than that unless it was cut. Empty at the end.
   */
  public Optional<String> next() throws IOException {
    line.setLength(0);
    int character = reader.read();
    if (character < 0) {
      return Optional.empty();
    }
    for (; character >= 0 && character != '\n'; character = reader.read()) {
      if (line.length() <= LONGEST) {
        line.append((char) character);
      }
    }
    int length = line.length();
    if (length > 0 && line.charAt(length - 1) == '\r') {
      line.setLength(length - 1);
    }
    return Optional.of(line.toString());
  }
}
