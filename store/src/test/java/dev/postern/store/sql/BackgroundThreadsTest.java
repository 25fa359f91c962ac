package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.testing.LogLines;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Work that is done again and again. */
class BackgroundThreadsTest {
  private final BackgroundThreads threads = new BackgroundThreads();

  @AfterEach
  void end() {
    threads.end();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isDoneAgainWhateverItThrew(boolean isError) {
    AtomicInteger times = new AtomicInteger();
    try (LogLines log = new LogLines()) {
      threads.repeatOnSessions(
          () -> {
            if (times.getAndIncrement() == 0) {
              fail(isError);
            }
          },
          1);

      await().until(() -> times.get() > 1);
      assertThat(log.withStack()).singleElement().asString().contains("it is tried again");
    }
  }

  private static void fail(boolean isError) {
    if (isError) {
      throw new LinkageError("a fault that a test makes");
    }
    throw new IllegalStateException("a fault that a test makes");
  }
}
