package dev.postern.store.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.Scope;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

/** How attempts become entries, and that none is lost, however many there are. */
class FoldingSignInLogTest {
  private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

  /** 100 waiting; 60 of them without a user; 20 of one user or domain. */
  private final FoldingSignInLog log =
      new FoldingSignInLog(new SignInLimits(100, 60, 20, 1000, 1000, 1000, 1000));

  @Test
  void foldsTheSameAttemptWithinAnHour() {
    log.note(of("u1", 1, "wrong-secret", NOON.plusSeconds(5)));
    log.note(of("u1", 1, "wrong-secret", NOON));
    log.note(of("u1", 1, "wrong-secret", NOON.plusSeconds(3599)));
    log.note(of("u1", 1, "wrong-secret", NOON.plus(Duration.ofHours(1))));
    List<FoldedSignIns> entries = log.take(10);
    assertThat(entries).hasSize(2);
    assertThat(entries.getFirst().attempts()).isEqualTo(3);
    assertThat(entries.getFirst().first()).isEqualTo(NOON);
    assertThat(entries.getFirst().last()).isEqualTo(NOON.plusSeconds(3599));
    assertThat(entries.getLast().attempts()).isEqualTo(1);
  }

  @Test
  void keepsApartWhatDiffers() {
    log.note(of("u1", 1, "wrong-secret", NOON));
    log.note(of("u2", 1, "wrong-secret", NOON));
    log.note(of("u1", 2, "wrong-secret", NOON));
    log.note(of("u1", 1, "revoked", NOON));
    log.note(named("somebody", 1));
    log.note(named("somebody else", 1));
    assertThat(log.take(10)).hasSize(6).allMatch(entry -> entry.attempts() == 1);
  }

  @Test
  void dropsTheSourceWhereOneUserWouldFillIt() {
    for (int i = 0; i < 50; i++) {
      log.note(of("u1", i, "wrong-secret", NOON));
    }
    log.note(of("u2", 1, "wrong-secret", NOON));
    assertThat(log.takeCoarsened()).isEqualTo(30);
    List<FoldedSignIns> entries = log.take(100);
    assertThat(entries).hasSize(22);
    assertThat(entries)
        .filteredOn(entry -> entry.fold().peer().isEmpty())
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.fold().who()).isEqualTo(new Who.Known("u1"));
          assertThat(entry.attempts()).isEqualTo(30);
        });
  }

  @Test
  void dropsTheNameWhereNamesOfNobodyWouldFillIt() {
    for (int i = 0; i < 1000; i++) {
      log.note(named("n" + i + "@d" + i + ".example", i));
    }
    for (int i = 0; i < 10; i++) {
      log.note(of("u" + i, 1, "wrong-secret", NOON));
    }
    List<FoldedSignIns> entries = log.take(1000);
    assertThat(entries).hasSize(60 + 1 + 10);
    assertThat(attempts(entries)).isEqualTo(1010);
    assertThat(entries)
        .filteredOn(entry -> entry.fold().who() instanceof Who.Unnamed)
        .singleElement()
        .satisfies(entry -> assertThat(entry.attempts()).isEqualTo(940));
  }

  @Test
  void countsEachOfAMillionAndHoldsAFew() {
    int most = 0;
    for (int i = 0; i < 1_000_000; i++) {
      log.note(of("u" + i % 5000, i, i % 2 == 0 ? "wrong-secret" : "revoked", NOON));
      most = Math.max(most, log.waiting());
    }
    assertThat(most).isBetween(200, 202);
    assertThat(attempts(log.take(1_000))).isEqualTo(1_000_000);
    assertThat(log.waiting()).isZero();
  }

  /** Whoever is to be answered does not wait until it is found what the attempt is like. */
  @Test
  void sortsInWhenSomebodyLooksOrTooManyWait() {
    int most = FoldingSignInLog.MANY_UNSORTED;
    for (int i = 1; i <= most; i++) {
      log.note(of("u0", 1, "wrong-secret", NOON));
      assertThat(log.unsorted()).isEqualTo(i);
    }
    for (int i = 0; i < 100; i++) {
      log.note(of("u1", 1, "wrong-secret", NOON));
      assertThat(log.unsorted()).isEqualTo(most);
    }
    assertThat(log.waiting()).isEqualTo(2);
    assertThat(log.unsorted()).isZero();
    log.note(of("u1", 1, "wrong-secret", NOON));
    List<FoldedSignIns> entries = log.take(10);
    assertThat(entries).extracting(FoldedSignIns::attempts).containsExactly((long) most, 101L);
    assertThat(log.unsorted()).isZero();
  }

  /** Who sorts may be stopped on the way, by those very threads that note. */
  @Test
  void waitsForNobodyWhoSortsUntilFarTooManyWait() throws Exception {
    ReentrantLock lock = new ReentrantLock();
    FoldingSignInLog log = new FoldingSignInLog(SignInLimits.DEFAULTS, lock);
    CountDownLatch isFull = new CountDownLatch(1);
    Thread noting;
    lock.lock();
    try {
      noting =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < FoldingSignInLog.MOST_UNSORTED; i++) {
                  log.note(of("u0", 1, "wrong-secret", NOON));
                }
                isFull.countDown();
                log.note(of("u0", 1, "wrong-secret", NOON));
              });
      assertThat(isFull.await(30, TimeUnit.SECONDS)).isTrue();
      while (!lock.hasQueuedThread(noting)) {
        assertThat(noting.isAlive()).as("the last one waits").isTrue();
        Thread.onSpinWait();
      }
    } finally {
      lock.unlock();
    }
    noting.join();
    assertThat(log.unsorted()).isLessThan(FoldingSignInLog.MOST_UNSORTED);
    assertThat(attempts(log.take(10))).isEqualTo(FoldingSignInLog.MOST_UNSORTED + 1);
  }

  @Test
  void takesTheOldestAndPutsBackWhatCouldNotBeWritten() {
    for (int i = 0; i < 30; i++) {
      log.note(of("u" + i, i, "wrong-secret", NOON));
    }
    List<FoldedSignIns> taken = log.take(10);
    assertThat(taken.getFirst().fold().who()).isEqualTo(new Who.Known("u0"));
    log.note(of("u0", 0, "wrong-secret", NOON.plusSeconds(9)));
    log.putBack(taken);
    List<FoldedSignIns> all = log.take(100);
    assertThat(all).hasSize(30);
    assertThat(attempts(all)).isEqualTo(31);
  }

  @Test
  void makesRoomAgainByTaking() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 20; i++) {
        log.note(of("u1", i, "wrong-secret", NOON));
      }
      assertThat(log.takeCoarsened()).isZero();
      assertThat(log.take(100)).hasSize(20);
    }
  }

  private static long attempts(List<FoldedSignIns> entries) {
    return new ArrayList<>(entries).stream().mapToLong(FoldedSignIns::attempts).sum();
  }

  private static SignIn of(String userId, int source, String reason, Instant at) {
    return attempt(Optional.of(userId), userId, source, reason, at);
  }

  private static SignIn named(String name, int source) {
    return attempt(Optional.empty(), name, source, "unknown-user", NOON);
  }

  private static SignIn attempt(
      Optional<String> userId, String name, int source, String reason, Instant at) {
    return new SignIn(
        at,
        userId,
        name,
        Compared.NOTHING,
        Scope.IMAP,
        "plain",
        address(source),
        "client",
        "rejected",
        reason);
  }

  private static InetAddress address(int number) {
    try {
      return InetAddress.getByAddress(
          new byte[] {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number});
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
