package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.UserChange;
import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fault of ours on a thread in the background does not end what that thread is there for. */
class BackgroundFaultTest {
  private static final String ALICE = "alice@example.com";

  private final AtomicInteger faultsOfTheFeed = new AtomicInteger();
  private final AtomicInteger faultsOfTheWriter = new AtomicInteger();
  private final AtomicBoolean isWriterHeld = new AtomicBoolean();
  private final CountDownLatch writersHeld = new CountDownLatch(1);
  private final CountDownLatch writerFreed = new CountDownLatch(1);
  private final Set<UserChange> told = ConcurrentHashMap.newKeySet();
  private final SqlStore store;

  BackgroundFaultTest(@TempDir Path folder) {
    var file = new StoreConfig.Database.Sqlite(folder.resolve("postern.db"));
    Store.open(TestConfig.of(file), Store.Schema.MIGRATE, Clock.systemUTC()).close();
    this.store =
        SqlStore.open(
            TestConfig.of(file),
            false,
            new FaultyClock(),
            () -> {
              failOn("postern-changes", faultsOfTheFeed);
              return System.nanoTime();
            },
            new SecureRandom());
  }

  /** Fails that often on that thread. */
  private static void failOn(String thread, AtomicInteger faults) {
    if (Thread.currentThread().getName().equals(thread)
        && faults.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new IllegalStateException("a fault that a test makes");
    }
  }

  private final class FaultyClock extends Clock {
    @Override
    public Instant instant() {
      failOn("postern-store-writer", faultsOfTheWriter);
      if (Thread.currentThread().getName().equals("postern-store-writer") && isWriterHeld.get()) {
        hold();
      }
      return Clock.systemUTC().instant();
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }

  @BeforeEach
  void addAlice() {
    store.onUserChanged(told::add);
    var _ = store.users().add(ALICE, Optional.empty(), Optional.empty(), TestConfig.ACTOR);
    await().until(() -> !told.isEmpty());
  }

  @AfterEach
  void close() {
    writerFreed.countDown();
    store.close();
  }

  @Test
  void theChangeFeedGoesOn() {
    told.clear();
    faultsOfTheFeed.set(3);
    await().until(() -> faultsOfTheFeed.get() == 0);

    var _ = store.users().disable(ALICE, "left", TestConfig.ACTOR);

    await().until(() -> !told.isEmpty());
  }

  @Test
  void theNotesOfUsesGoOn() {
    IssuedAppPassword old =
        store.appPasswords().create(ALICE, TestConfig.spec("phone"), TestConfig.ACTOR);
    String id = old.appPassword().id();
    IssuedAppPassword successor =
        store.appPasswords().rotate(id, Duration.ofHours(1), TestConfig.ACTOR);
    // One for the writing at once that a successor's first use brings, one for the repeated one.
    faultsOfTheWriter.set(2);

    assertThat(verify(successor)).isInstanceOf(AuthOutcome.Accepted.class);

    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> store.appPasswords().find(id).orElseThrow().state().word().equals("revoked"));
    assertThat(faultsOfTheWriter).hasValue(0);
  }

  /** As when housekeeping has much to do. */
  @Test
  void theHeartbeatGoesOnWhileTheWriterIsBusy() {
    store.joinAsNode("one");
    isWriterHeld.set(true);
    await().until(() -> writersHeld.getCount() == 0);
    int _ = store.database().write(handle -> handle.execute("UPDATE nodes SET heartbeat_at = 1"));
    assertThat(store.keys().nodes()).isEmpty();

    await().atMost(Duration.ofSeconds(20)).until(() -> !store.keys().nodes().isEmpty());
  }

  private void hold() {
    writersHeld.countDown();
    try {
      boolean _ = writerFreed.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private AuthOutcome verify(IssuedAppPassword issued) {
    return store
        .verifier()
        .verify(
            new Attempt(
                ALICE,
                AppPasswordShape.grouped(issued.secret()),
                Scope.IMAP,
                Protection.TLS_1_3,
                "plain",
                InetAddress.getLoopbackAddress(),
                "test"))
        .toCompletableFuture()
        .join();
  }
}
