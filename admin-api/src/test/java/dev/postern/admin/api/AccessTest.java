package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
  private static final String WRONG = "ptk_0123456789ab_0123456789abcdefghjkmnpqrstvwxyz";

  private final AtomicLong nanos = new AtomicLong();
  private final Access access = new Access(nanos::get);
  private final Store store;

  AccessTest(@TempDir Path folder) {
    store =
        Store.open(
            TestConfig.of(new SqliteFiles(folder).fresh()),
            Store.Schema.MIGRATE,
            Clock.systemUTC());
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void aTokenThatDoesNotWorkHasALineAMinuteAndAddressWithoutIt() {
    try (LogLines log = new LogLines()) {
      for (int i = 0; i < Access.FAILURES + 2; i++) {
        refused("Bearer " + WRONG, "192.0.2.1");
      }
      refused("Bearer " + "x".repeat(300), "192.0.2.2");
      assertThat(log.lines())
          .hasSize(2)
          .noneMatch(line -> line.contains("ptk_") || line.contains("xxx"))
          .anyMatch(line -> line.startsWith("192.0.2.1 "))
          .anyMatch(line -> line.startsWith("192.0.2.2 "));

      nanos.addAndGet(Duration.ofSeconds(61).toNanos());
      refused("Bearer " + WRONG, "192.0.2.1");
      assertThat(log.lines()).hasSize(3);
    }
  }

  @Test
  void noTokenAndAPasswordAreNoGuess() {
    try (LogLines log = new LogLines()) {
      for (int i = 0; i < Access.FAILURES + 2; i++) {
        assertThat(refused("Basic YTpi", "192.0.2.1")).isEqualTo(ProblemType.UNAUTHENTICATED);
        assertThat(refused("", "192.0.2.1")).isEqualTo(ProblemType.UNAUTHENTICATED);
      }
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void theAddressesOfASubscriberCountAsOneAndThoseOfOthersDoNot() {
    for (int i = 0; i < Access.FAILURES; i++) {
      assertThat(refused("Bearer " + WRONG, "2001:db8:1:2::" + i))
          .isEqualTo(ProblemType.UNAUTHENTICATED);
      assertThat(refused("Bearer " + WRONG, "192.0.2.1")).isEqualTo(ProblemType.UNAUTHENTICATED);
    }
    assertThat(refused("Bearer " + WRONG, "2001:db8:1:2:3::"))
        .isEqualTo(ProblemType.TOO_MANY_REQUESTS);
    assertThat(refused("Bearer " + WRONG, "2001:db8:1:3::")).isEqualTo(ProblemType.UNAUTHENTICATED);
    assertThat(refused("Bearer " + WRONG, "192.0.2.2")).isEqualTo(ProblemType.UNAUTHENTICATED);
  }

  /** How it was refused; without a header if that is empty. */
  private ProblemType refused(String header, String from) {
    try {
      var _ =
          access.token(
              store.apiTokens(),
              Optional.of(header).filter(text -> !text.isEmpty()),
              InetAddress.ofLiteral(from));
      throw new AssertionError("it works");
    } catch (Refusal refusal) {
      return refusal.type();
    }
  }
}
