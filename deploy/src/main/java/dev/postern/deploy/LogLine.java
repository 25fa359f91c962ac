package dev.postern.deploy;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.util.CachingDateFormatter;
import java.time.ZoneOffset;
import java.util.Objects;

/**
 * The line of an event: {@code 2026-11-30T05:31:13.483Z INFO session - message}, and below it the
 * stack of an exception. Line ends in a message become a space, so that no input can forge a line.
 * Safe for use by several threads.
 *
 * <p>In code and not as a pattern: each session writes a line from its event loop, and taking the
 * pattern's parts one by one was half of what that cost.
 */
final class LogLine extends LayoutBase<ILoggingEvent> {
  private static final int USUAL_LENGTH = 320;
  private static final int LEVEL_WIDTH = 5;

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
    line.append(System.lineSeparator());
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.append(ThrowableProxyUtil.asString(thrown));
    }
    return line.toString();
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
