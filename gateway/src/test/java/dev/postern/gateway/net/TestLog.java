package dev.postern.gateway.net;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.Objects;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

/** What the gateway has logged, while it is open. */
public final class TestLog implements AutoCloseable {
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
  private final Logger logger;

  public TestLog() {
    this("dev.postern");
  }

  /** What this logger and those below it log. */
  public TestLog(String name) {
    logger = (Logger) LoggerFactory.getLogger(name);
    appender.start();
    logger.addAppender(appender);
  }

  /** The lines so far. */
  public List<String> lines() {
    return List.copyOf(appender.list).stream().map(TestLog::text).toList();
  }

  /** The message, and behind it the fields, as in a plain log; those of several words in quotes. */
  static String text(ILoggingEvent event) {
    StringBuilder text = new StringBuilder(event.getFormattedMessage());
    for (KeyValuePair field :
        Objects.requireNonNullElse(event.getKeyValuePairs(), List.<KeyValuePair>of())) {
      String value = String.valueOf(field.value);
      String quote = value.contains(" ") ? "\"" : "";
      text.append(' ').append(field.key).append('=').append(quote).append(value).append(quote);
    }
    return text.toString();
  }

  /** The lines that came with a stack trace. */
  public List<String> withStackTrace() {
    return List.copyOf(appender.list).stream()
        .filter(event -> event.getThrowableProxy() != null)
        .map(event -> text(event) + ": " + event.getThrowableProxy().getMessage())
        .toList();
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
  }
}
