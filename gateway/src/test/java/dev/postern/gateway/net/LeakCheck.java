package dev.postern.gateway.net;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Fails a class of tests in which a buffer or a TLS engine was not released. */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
  private static final int ROUNDS = 5;

  private final ListAppender<ILoggingEvent> reports = new ListAppender<>();

  @Override
  public void beforeAll(ExtensionContext context) {
    reports.start();
    logger().addAppender(reports);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    // A leak is found when the buffer has been collected and another one is made.
    for (int round = 0; round < ROUNDS; round++) {
      System.gc();
      ByteBufAllocator.DEFAULT.buffer().release();
    }
    logger().detachAppender(reports);
    List<String> leaks =
        List.copyOf(reports.list).stream()
            .map(ILoggingEvent::getFormattedMessage)
            .filter(message -> message.startsWith("LEAK"))
            .toList();
    if (!leaks.isEmpty()) {
      throw new AssertionError(String.join("\n", leaks));
    }
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
  }
}
