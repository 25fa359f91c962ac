package dev.postern.deploy;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.util.CachingDateFormatter;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.slf4j.event.KeyValuePair;

/**
 * The line of an event: {@code 2026-11-30T05:31:13.483Z INFO session - message key=value}, and
 * below it the stack of an exception. Line ends in a message, also in an exception's, become a
 * space, and a value that is more than a word stands in quotes, so that no input can forge a line
 * or a field. Safe for use by several threads.
 *
 * <p>In code and not as a pattern: each session writes a line from its event loop, and taking the
 * pattern's parts one by one was half of what that cost.
 */
final class LogLine extends LayoutBase<ILoggingEvent> {
  private static final int USUAL_LENGTH = 320;
  private static final int LEVEL_WIDTH = 5;
  private static final Pattern IN_A_MESSAGE =
      Pattern.compile(
          "[\\r\\n]+(?!\\z|\\t*(?:at |\\.\\.\\. |Caused by: |Suppressed: |Wrapped by: ))");
  private static final HexFormat HEX = HexFormat.of();

  private final CachingDateFormatter time =
      new CachingDateFormatter("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", ZoneOffset.UTC);

  @Override
  public String doLayout(ILoggingEvent event) {
    String level = event.getLevel().levelStr;
    String logger = event.getLoggerName();
    StringBuilder line =
        new StringBuilder(USUAL_LENGTH)
            .append(time.format(event.getTimeStamp()))
            .append(' ')
            .append(level)
            .repeat(' ', LEVEL_WIDTH - level.length() + 1)
            .append(logger, logger.lastIndexOf('.') + 1, logger.length())
            .append(" - ");
    // Libraries log exceptions with what they say, which may be nothing.
    appendOnOneLine(line, Objects.requireNonNullElse(event.getFormattedMessage(), ""));
    List<KeyValuePair> fields = event.getKeyValuePairs();
    if (fields != null) {
      fields.forEach(field -> append(line, field));
    }
    line.append(System.lineSeparator());
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      // What it says may quote what was sent, and span lines.
      line.append(IN_A_MESSAGE.matcher(ThrowableProxyUtil.asString(thrown)).replaceAll(" "));
    }
    return line.toString();
  }

  private static void append(StringBuilder line, KeyValuePair field) {
    line.append(' ').append(field.key).append('=');
    String value = String.valueOf(field.value);
    if (!value.isEmpty() && value.chars().allMatch(LogLine::isOfAWord)) {
      line.append(value);
      return;
    }
    line.append('"');
    for (int at = 0; at < value.length(); at++) {
      char c = value.charAt(at);
      if (c == '"' || c == '\\') {
        line.append('\\').append(c);
      } else if (c == ' ' || Character.isLetterOrDigit(c) || isPrintableAscii(c)) {
        line.append(c);
      } else {
        line.append("\\u").append(HEX.toHexDigits(c));
      }
    }
    line.append('"');
  }

  private static boolean isOfAWord(int c) {
    return c != '"' && c != '\\' && c != '=' && isPrintableAscii(c);
  }

  private static boolean isPrintableAscii(int c) {
    return c > ' ' && c <= '~';
  }

  private static void appendOnOneLine(StringBuilder line, String message) {
    int from = 0;
    for (int at = 0; at < message.length(); at++) {
      if (isLineEnd(message.charAt(at))) {
        line.append(message, from, at).append(' ');
        while (at + 1 < message.length() && isLineEnd(message.charAt(at + 1))) {
          at++;
        }
        from = at + 1;
      }
    }
    line.append(message, from, message.length());
  }

  private static boolean isLineEnd(char c) {
    return c == '\r' || c == '\n';
  }
}
