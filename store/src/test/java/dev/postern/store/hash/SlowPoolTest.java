package dev.postern.store.hash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.auth.Secret;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SlowPoolTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
  private final List<Runnable> alarms = new ArrayList<>();
  private long now = Long.MAX_VALUE - 5; // wraps round, as nanoTime may
  private int calmed;
  private final SlowPool pool = pool(2, 4);

  @Test
  void doesTheWorkAndWipesTheSecret() {
    Secret secret = Secret.ofText("secret");
    CompletableFuture<Integer> answer =
        pool.ask(
            "alice", HERE, secret, (lent, turn) -> lent.length() + turn.workspace().retained());
    assertThat(pool.waiting()).isEqualTo(1);
    assertThat(answer).isNotDone();

    runAThread();

    assertThat(answer).isCompletedWithValue(6);
    assertThat(calmed).isEqualTo(1);
    assertThat(pool.waiting()).isZero();
    assertWiped(secret);
  }

  @Test
  void startsNoMoreThreadsThanItMayAndNewOnesWhenTheyEnded() {
    for (int i = 0; i < 4; i++) {
      pool.ask("alice" + i, HERE, Secret.ofText("x"), (_, _) -> true);
    }
    assertThat(threads).hasSize(2);
    runAThread();
    assertThat(pool.waiting()).isZero();
    runAThread();
    assertThat(threads).isEmpty();

    CompletableFuture<Boolean> later = pool.ask("bob", HERE, Secret.ofText("x"), (_, _) -> true);
    runAThread();
    assertThat(later).isCompletedWithValue(true);
  }

  @Test
  void refusesAtOnceWhenThereIsNoRoomAndWipesTheSecret() {
    for (int i = 0; i < 4; i++) {
      pool.ask("alice" + i, HERE, Secret.ofText("x"), (_, _) -> true);
    }
    Secret secret = Secret.ofText("secret");
    CompletableFuture<Boolean> refused = pool.ask("bob", HERE, secret, (_, _) -> true);
    assertBusy(refused, BusyException.Why.FULL);
    assertWiped(secret);
    assertThat(pool.waiting()).isEqualTo(4);
    assertThat(pool.unmade(BusyException.Why.FULL)).isEqualTo(1);
    assertThat(pool.unmade(BusyException.Why.LATE)).isZero();
  }

  @Test
  void hasNoRoomForWhatMayWaitWhereHalfIsTakenAndWipesTheSecret() {
    pool.ask("alice", HERE, Secret.ofText("x"), (_, _) -> true);
    assertThat(pool.askIfQuiet("bob", HERE, Secret.ofText("x"), (_, _) -> true)).isNotDone();
    Secret secret = Secret.ofText("secret");
    CompletableFuture<Boolean> refused = pool.askIfQuiet("carol", HERE, secret, (_, _) -> true);
    assertBusy(refused, BusyException.Why.FULL);
    assertWiped(secret);
    assertThat(pool.waiting()).isEqualTo(2);
    assertThat(pool.unmade(BusyException.Why.FULL)).as("nobody waited for it").isZero();
  }

  @Test
  void answersLateWhoeverWaitsAtTheDeadline() {
    Secret secret = Secret.ofText("secret");
    List<String> done = new ArrayList<>();
    CompletableFuture<Boolean> answer =
        pool.ask("alice", HERE, secret, (_, _) -> done.add("worked"));

    alarms.getFirst().run();

    assertBusy(answer, BusyException.Why.LATE);
    assertWiped(secret);
    assertThat(pool.waiting()).isZero();
    assertThat(pool.unmade(BusyException.Why.LATE)).isEqualTo(1);
    runAThread();
    assertThat(done).isEmpty();
  }

  @Test
  void doesNotStartWhatIsPastItsDeadlineThoughNoAlarmRang() {
    Secret secret = Secret.ofText("secret");
    CompletableFuture<Boolean> answer = pool.ask("alice", HERE, secret, (_, _) -> true);
    now += DEADLINE.toNanos();
    runAThread();
    assertBusy(answer, BusyException.Why.LATE);
    assertWiped(secret);
  }

  @Test
  void longWorkEndsWhenItsDeadlinePasses() {
    Secret secret = Secret.ofText("secret");
    List<Integer> hashed = new ArrayList<>();
    CompletableFuture<Boolean> answer =
        pool.ask(
            "alice",
            HERE,
            secret,
            (_, turn) -> {
              for (int i = 0; i < 40; i++) {
                turn.requireTime();
                hashed.add(i);
                now += DEADLINE.toNanos() / 4;
              }
              return true;
            });
    runAThread();
    assertBusy(answer, BusyException.Why.LATE);
    assertThat(hashed).hasSize(4);
    assertWiped(secret);
  }

  @Test
  void answersAtTheDeadlineThoughTheWorkGoesOn() {
    Secret secret = Secret.ofText("secret");
    List<Boolean> seen = new ArrayList<>();
    List<CompletableFuture<Boolean>> answers = new ArrayList<>();
    answers.add(
        pool.ask(
            "alice",
            HERE,
            secret,
            (lent, turn) -> {
              alarms.getFirst().run();
              seen.add(answers.getFirst().isCompletedExceptionally());
              seen.add(turn.isOverdue());
              return lent.length() == 6; // still readable: the work owns it
            }));
    runAThread();
    assertBusy(answers.getFirst(), BusyException.Why.LATE);
    assertThat(seen).containsExactly(true, true);
    assertWiped(secret);
  }

  @Test
  void aFaultOfTheWorkIsItsAnswerAndOthersGoOn() {
    Secret secret = Secret.ofText("secret");
    CompletableFuture<Boolean> broken =
        pool.ask(
            "alice",
            HERE,
            secret,
            (_, _) -> {
              throw new IllegalStateException("broken");
            });
    CompletableFuture<Boolean> next = pool.ask("bob", HERE, Secret.ofText("x"), (_, _) -> true);
    runAThread();
    assertThat(broken).isCompletedExceptionally();
    assertThatThrownBy(broken::join).hasCauseInstanceOf(IllegalStateException.class);
    assertThat(next).isCompletedWithValue(true);
    assertWiped(secret);
  }

  @Test
  void whatWaitsWhenItClosesIsAnswered() {
    Secret secret = Secret.ofText("secret");
    CompletableFuture<Boolean> waiting = pool.ask("alice", HERE, secret, (_, _) -> true);
    pool.close();
    assertBusy(waiting, BusyException.Why.CLOSED);
    assertWiped(secret);
    assertBusy(pool.ask("bob", HERE, Secret.ofText("x"), (_, _) -> true), BusyException.Why.CLOSED);
  }

  @Test
  void aFloodDelaysOthersByOneTurn() throws Exception {
    SlowPool one = pool(1, 8);
    List<String> order = new ArrayList<>();
    InetAddress flooder = InetAddress.getByName("192.0.2.1");
    InetAddress honest = InetAddress.getByName("198.51.100.1");
    for (int i = 0; i < 7; i++) {
      one.ask("victim" + i, flooder, Secret.ofText("x"), (_, _) -> order.add("flood"));
    }
    one.ask("alice", honest, Secret.ofText("x"), (_, _) -> order.add("alice"));
    runAThread();
    assertThat(order).hasSize(8);
    assertThat(order.indexOf("alice")).isEqualTo(1);
  }

  @Test
  void wrongPasswordsFromOneNetworkDoNotKeepTheUserOut() throws Exception {
    SlowPool one = pool(new SlowPool.Limits(1, 64, 16, 8, DEADLINE));
    InetAddress attacker = InetAddress.getByName("192.0.2.1");
    InetAddress home = InetAddress.getByName("198.51.100.1");
    List<String> order = new ArrayList<>();
    List<CompletableFuture<Boolean>> wrong = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      wrong.add(
          one.ask("alice", attacker, Secret.ofText("x" + i), (_, _) -> order.add("attacker")));
    }
    CompletableFuture<Boolean> right =
        one.ask("alice", home, Secret.ofText("right"), (_, _) -> order.add("alice"));

    assertBusy(wrong.get(7), BusyException.Why.FULL); // had to leave for her
    runAThread();

    assertThat(right).isCompletedWithValue(true);
    assertThat(order.indexOf("alice")).isEqualTo(1);
  }

  @Test
  void whoGetsNoMemoryByTheDeadlineIsLate() {
    SlowPool small = pool(new SlowPool.Limits(2, 4, 4, 4, DEADLINE, 100));
    List<CompletableFuture<Boolean>> inner = new ArrayList<>();
    CompletableFuture<Boolean> outer =
        small.ask(
            "alice",
            HERE,
            Secret.ofText("x"),
            (_, turn) ->
                turn.compute(
                    60 * 1024,
                    () -> {
                      inner.add(
                          small.ask(
                              "bob",
                              HERE,
                              Secret.ofText("x"),
                              (_, other) -> {
                                now += DEADLINE.toNanos() - 1;
                                return other.compute(60 * 1024, () -> true);
                              }));
                      runAThread();
                      return true;
                    }));
    runAThread();
    assertBusy(inner.getFirst(), BusyException.Why.LATE);
    assertThat(outer).isCompletedWithValue(true);
  }

  @Test
  void givesMemoryBackThoughTheHashFails() {
    SlowPool small = pool(new SlowPool.Limits(1, 4, 4, 4, DEADLINE, 100));
    CompletableFuture<Boolean> broken =
        small.ask(
            "alice",
            HERE,
            Secret.ofText("x"),
            (_, turn) ->
                turn.compute(
                    100 * 1024,
                    () -> {
                      throw new IllegalStateException("broken");
                    }));
    CompletableFuture<Boolean> next =
        small.ask(
            "bob", HERE, Secret.ofText("x"), (_, turn) -> turn.compute(100 * 1024, () -> true));
    runAThread();
    assertThat(broken).isCompletedExceptionally();
    assertThat(next).isCompletedWithValue(true);
  }

  @Test
  void saysWhatFits() {
    SlowPool small = pool(new SlowPool.Limits(1, 4, 4, 4, DEADLINE, 100));
    CompletableFuture<List<Boolean>> fits =
        small.ask(
            "alice",
            HERE,
            Secret.ofText("x"),
            (_, turn) -> List.of(turn.fits(100 * 1024), turn.fits(100 * 1024 + 1)));
    runAThread();
    assertThat(fits).isCompletedWithValue(List.of(true, false));
  }

  @Test
  void isSizedByCoresAndMemory() {
    assertThat(SlowPool.Limits.of(8, 512L << 20).memory()).isEqualTo(128);
    assertThat(SlowPool.Limits.of(8, 16L << 20).memory()).isEqualTo(20);
    assertThat(SlowPool.Limits.of(8, 8L << 30).threads()).isEqualTo(8);
    assertThat(SlowPool.Limits.of(8, 256L << 20).threads()).isEqualTo(3);
    assertThat(SlowPool.Limits.of(8, 16L << 20).threads()).isEqualTo(1);
    assertThat(SlowPool.Limits.of(1, 8L << 30).threads()).isEqualTo(1);
  }

  @Test
  void runsOnThreadsOfItsOwn() throws Exception {
    SlowPool.Limits limits = new SlowPool.Limits(2, 4, 4, 4, DEADLINE);
    try (SlowPool real = SlowPool.start(limits, System::nanoTime)) {
      CountDownLatch both = new CountDownLatch(2);
      SlowPool.Work<String> work =
          (_, _) -> {
            both.countDown();
            try {
              return both.await(30, TimeUnit.SECONDS) ? Thread.currentThread().getName() : "alone";
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          };
      CompletableFuture<String> one = real.ask("alice", HERE, Secret.ofText("x"), work);
      CompletableFuture<String> other = real.ask("bob", HERE, Secret.ofText("x"), work);
      assertThat(one.get(30, TimeUnit.SECONDS)).startsWith("postern-hash-");
      assertThat(other.get(30, TimeUnit.SECONDS))
          .startsWith("postern-hash-")
          .isNotEqualTo(one.get());
    }
  }

  @Test
  void ringsTheDeadlineByItself() throws Exception {
    SlowPool.Limits limits = new SlowPool.Limits(1, 4, 4, 4, Duration.ofMillis(20));
    CountDownLatch held = new CountDownLatch(1);
    try (SlowPool real = SlowPool.start(limits, System::nanoTime)) {
      CompletableFuture<Boolean> stuck =
          real.ask(
              "alice",
              HERE,
              Secret.ofText("x"),
              (_, _) -> {
                try {
                  return held.await(30, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThatThrownBy(() -> stuck.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(BusyException.class);
      held.countDown();
    }
  }

  private SlowPool pool(int most, int waiting) {
    return pool(new SlowPool.Limits(most, waiting, waiting, waiting, DEADLINE));
  }

  private SlowPool pool(SlowPool.Limits limits) {
    return new SlowPool(
        limits,
        () -> now,
        threads::add,
        (_, action) -> {
          alarms.add(action);
          return () -> calmed++;
        },
        () -> {});
  }

  private void runAThread() {
    threads.remove().run();
  }

  private static void assertBusy(CompletableFuture<?> answer, BusyException.Why why) {
    assertThat(answer).isCompletedExceptionally();
    assertThatThrownBy(answer::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(BusyException.class, busy -> assertThat(busy.why()).isEqualTo(why));
  }

  private static void assertWiped(Secret secret) {
    assertThatThrownBy(() -> secret.expose(bytes -> bytes.length))
        .isInstanceOf(IllegalStateException.class);
  }
}
