package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.StoreException;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.TestClock;
import dev.postern.store.tickets.TicketKey;
import dev.postern.store.tickets.TicketPeriod;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TicketKeyFollowingTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final TestClock clock = TestClock.standing();
  private final TicketKeyFollowing keys =
      new TicketKeyFollowing(TicketKeyPlace.inMemory(new SecureRandom()), clock);

  private long now() {
    return TicketPeriod.at(clock.instant());
  }

  private List<Long> periods() {
    return keys.current().stream().map(TicketKey::period).toList();
  }

  @Test
  void hasNoneBeforeItBegins() {
    assertThat(keys.current()).isEmpty();
  }

  @Test
  void sealsWithThatOfThePeriodAndOpensThoseBesideIt() {
    long now = now();
    keys.run();
    assertThat(periods()).containsExactly(now, now + 1);

    clock.advance(TicketPeriod.LENGTH);
    assertThat(periods()).as("known ahead, without another run").containsExactly(now + 1, now);
    keys.run();
    assertThat(periods()).containsExactly(now + 1, now, now + 2);
  }

  @Test
  void opensNothingWithAKeyThatIsTwelveHoursOld() {
    keys.run();
    TicketKey ahead = keys.current().getLast();
    clock.advance(TicketPeriod.LENGTH.multipliedBy(3).minus(MOMENT));
    keys.run();
    assertThat(keys.current()).contains(ahead);

    clock.advance(MOMENT);
    assertThat(keys.current()).doesNotContain(ahead);
    keys.run();
    assertThat(keys.current()).doesNotContain(ahead);
  }

  @Test
  void staysTheSameObjectUntilSomethingChanges() {
    keys.run();
    List<TicketKey> before = keys.current();
    keys.run();
    assertThat(keys.current()).isSameAs(before);
  }

  @Test
  void goesOnWithWhatItKnowsWhileThereIsNoDatabaseAndThenWithNothing() {
    AtomicBoolean isDown = new AtomicBoolean();
    TicketKeyPlace memory = TicketKeyPlace.inMemory(new SecureRandom());
    TicketKeyFollowing node =
        new TicketKeyFollowing(
            new TicketKeyPlace() {
              @Override
              public Map<Long, TicketKey> find(long period) {
                if (isDown.get()) {
                  throw new StoreException("the database does not answer", "Wait.");
                }
                return memory.find(period);
              }

              @Override
              public void complete(long period) {
                memory.complete(period);
              }
            },
            clock);
    node.run();
    isDown.set(true);
    try (LogLines log = new LogLines()) {
      clock.advance(TicketPeriod.LENGTH);
      node.run();
      node.run();
      assertThat(node.current()).hasSize(2);
      clock.advance(TicketPeriod.LENGTH);
      node.run();
      assertThat(node.current()).isEmpty();
      assertThat(log.lines())
          .filteredOn(line -> line.contains("not followed: the database does not answer"))
          .hasSize(1);
    }

    isDown.set(false);
    node.run();
    assertThat(node.current()).extracting(TicketKey::period).contains(now());
  }

  @Test
  void takesAnotherKeyThatComesForTheSamePeriod() {
    AtomicReference<TicketKeyPlace> place =
        new AtomicReference<>(TicketKeyPlace.inMemory(new SecureRandom()));
    TicketKeyFollowing node =
        new TicketKeyFollowing(
            new TicketKeyPlace() {
              @Override
              public Map<Long, TicketKey> find(long period) {
                return place.get().find(period);
              }

              @Override
              public void complete(long period) {
                place.get().complete(period);
              }
            },
            clock);
    node.run();
    TicketKey before = node.current().getFirst();
    TicketKeyPlace other = TicketKeyPlace.inMemory(new SecureRandom());
    other.complete(now());
    place.set(other);
    node.run();
    assertThat(node.current()).doesNotContain(before).hasSize(2);
  }

  @Test
  void nobodyWaitsWhileTheDatabaseIsAsked() throws Exception {
    CountDownLatch isAsked = new CountDownLatch(1);
    CountDownLatch mayAnswer = new CountDownLatch(1);
    TicketKeyPlace memory = TicketKeyPlace.inMemory(new SecureRandom());
    AtomicBoolean isSlow = new AtomicBoolean();
    TicketKeyFollowing node =
        new TicketKeyFollowing(
            new TicketKeyPlace() {
              @Override
              public Map<Long, TicketKey> find(long period) {
                if (isSlow.get()) {
                  isAsked.countDown();
                  try {
                    mayAnswer.await();
                  } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                  }
                }
                return memory.find(period);
              }

              @Override
              public void complete(long period) {
                memory.complete(period);
              }
            },
            clock);
    node.run();
    isSlow.set(true);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> run = threads.submit(node::run);
      isAsked.await();
      clock.advance(TicketPeriod.LENGTH);
      try {
        assertThat(threads.submit(node::current).get(10, TimeUnit.SECONDS)).hasSize(2);
      } finally {
        mayAnswer.countDown(); // or a failure would be waited for without end
      }
      run.get();
    }
  }

  @Test
  void aKeyMadeWhileTheClockWasFarAheadIsNotUsedWhenTheTimeComes() {
    keys.run();
    clock.advance(TicketPeriod.LENGTH.multipliedBy(100));
    keys.run();
    TicketKey tooEarly = keys.current().getFirst();
    clock.advance(TicketPeriod.LENGTH.multipliedBy(-100));
    keys.run();
    clock.advance(TicketPeriod.LENGTH.multipliedBy(100));
    keys.run();
    assertThat(keys.current()).isNotEmpty().doesNotContain(tooEarly);
  }
}
