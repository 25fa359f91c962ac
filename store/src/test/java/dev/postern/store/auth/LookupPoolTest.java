package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LookupPoolTest {
  private final CountDownLatch gate = new CountDownLatch(1);
  private final List<LookupPool> pools = new ArrayList<>();

  private LookupPool pool(int size, int queue, Duration deadline) {
    LookupPool pool = new LookupPool(size, queue, deadline, Ticker.systemTicker());
    pools.add(pool);
    return pool;
  }

  private Integer waitAtGate() {
    try {
      gate.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  @AfterEach
  void openGate() {
    gate.countDown();
    pools.forEach(LookupPool::close);
  }

  @Test
  void refusesWhatTheQueueCannotHold() {
    LookupPool pool = pool(1, 2, Duration.ofMinutes(1));
    CompletableFuture<Integer> running = pool.ask(this::waitAtGate);
    await().until(() -> pool.waiting() == 0);
    pool.ask(() -> 1);
    CompletableFuture<Integer> last = pool.ask(() -> 2);
    assertThat(pool.waiting()).isEqualTo(2);
    assertThatThrownBy(pool.ask(() -> 3)::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(RejectedExecutionException.class);
    gate.countDown();
    assertThat(running.join()).isEqualTo(0);
    assertThat(last.join()).isEqualTo(2);
  }

  @Test
  void givesUpAtTheDeadlineAndDoesNotRunWhatNobodyWaitsFor() {
    LookupPool pool = pool(1, 2, Duration.ofMillis(50));
    AtomicInteger runs = new AtomicInteger();
    CompletableFuture<Integer> stuck = pool.ask(this::waitAtGate);
    CompletableFuture<Integer> behind = pool.ask(runs::incrementAndGet);
    assertThatThrownBy(stuck::join).hasCauseInstanceOf(TimeoutException.class);
    assertThatThrownBy(behind::join).hasCauseInstanceOf(TimeoutException.class);
    gate.countDown();
    await().until(() -> pool.waiting() == 0);
    assertThat(pool(1, 1, Duration.ofMinutes(1)).ask(() -> 1).join()).isEqualTo(1);
    assertThat(pool.ask(() -> 7).join()).isEqualTo(7);
    assertThat(runs).hasValue(0);
  }

  @Test
  void passesOnWhatTheLookupThrew() {
    assertThatThrownBy(
            pool(1, 1, Duration.ofMinutes(1))
                    .ask(() -> {
                      throw new IllegalStateException("no database");
                    })
                ::join)
        .hasCauseInstanceOf(IllegalStateException.class);
  }
}
