package dev.postern.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class ConsoleLogTest {

  @AfterEach
  void writePlainly() {
    ConsoleLog.write(LogFormat.PLAIN);
  }

  @Test
  void writesAsItIsToldFromThenOn() {
    assertThat(console().getEncoder()).isInstanceOf(LayoutWrappingEncoder.class);

    ConsoleLog.write(LogFormat.JSON);
    assertThat(console().getEncoder()).isInstanceOf(JsonLine.class);

    ConsoleLog.write(LogFormat.PLAIN);
    assertThat(console().getEncoder()).isInstanceOf(LayoutWrappingEncoder.class);
  }

  private static ConsoleAppender<?> console() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Appender<ILoggingEvent> appender = root.getAppender("console");
    assertThat(appender).isInstanceOf(ConsoleAppender.class);
    return (ConsoleAppender<?>) appender;
  }
}
