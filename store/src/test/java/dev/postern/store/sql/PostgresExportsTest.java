package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PostgresExportsTest extends ExportsContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }

  /** Otherwise a number could be seen while a lower one is on its way. */
  @Test
  void whoNumbersWaitsForWhoeverDoesSo() throws Exception {
    add(open(), ALICE);
    add(open(), BOB);
    CountDownLatch given = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    try (Database direct = Database.open(database, false);
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<Boolean> slow =
          threads.submit(() ->
              direct.write(handle -> {
                ExportNumbers.CHANGES.give(handle, direct.dialect(), 1);
                given.countDown();
                return awaited(mayEnd);
              }));
      assertThat(awaited(given)).isTrue();
      Future<Boolean> other =
          threads.submit(() ->
              direct.write(handle -> {
                ExportNumbers.CHANGES.give(handle, direct.dialect(), 1);
                return true;
              }));
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> query("SELECT COUNT(*) FROM pg_locks WHERE NOT granted") > 0);
      mayEnd.countDown();
      assertThat(slow.get(20, TimeUnit.SECONDS)).isTrue();
      assertThat(other.get(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(query("SELECT MAX(number) FROM admin_changes")).isEqualTo(2);
  }

  private static boolean awaited(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
