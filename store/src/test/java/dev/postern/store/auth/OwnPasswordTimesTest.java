package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.audit.SignInLog;
import dev.postern.store.auth.PassThrough.Mode;
import dev.postern.store.guard.Throttle;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.testing.TestClock;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** For how long is remembered what came of people's own passwords. */
class OwnPasswordTimesTest {
  private static final CachedUser ALICE = CachedUsers.of("00112233445566778899aabbccddeeff");

  private final AtomicLong ticks = new AtomicLong();
  private final AtomicInteger asked = new AtomicInteger();
  private final Throttle throttle =
      new Throttle(ThrottleRules.DEFAULT, ticks::get, new SecureRandom());
  private final AttemptNotes notes = new AttemptNotes(SignInLog.none(), new NoUses());
  private final OwnPasswords own =
      new OwnPasswords(
          () -> new PassThrough(Map.of(), Map.of(), Map.of("example.com", Mode.WARN)),
          new OwnPasswordBook() {
            @Override
            public CompletableFuture<Boolean> enrol(LoginName name, String userId) {
              return CompletableFuture.completedFuture(false);
            }

            @Override
            public CompletableFuture<Boolean> isNoticeDue(String userId, Scope protocol) {
              asked.incrementAndGet();
              return CompletableFuture.completedFuture(true);
            }
          },
          RandomGenerator.of("L64X128MixRandom"),
          TestClock.standing(),
          ticks::get);

  private Trial trial() {
    return new Trial(
        throttle,
        new Attempt(
            CachedUsers.NAME,
            Secret.ofText("Summer holidays"),
            Scope.IMAP,
            Protection.TLS_1_3,
            "plain",
            InetAddress.ofLiteral("192.0.2.1"),
            "Thunderbird"),
        CachedUsers.NAME,
        UnaryOperator.identity());
  }

  private Delegation delegation() {
    return own.delegation(trial(), ALICE, ALICE.ownGrant(), notes).orElseThrow();
  }

  private void pass(Duration time) {
    ticks.addAndGet(time.toNanos());
  }

  @Test
  void oneThatWasRefusedIsNotSentAgainForAMinute() {
    AuthOutcome _ = delegation().refused();
    pass(Duration.ofSeconds(59));
    assertThat(own.wasRefused(trial(), ALICE)).isTrue();
    pass(Duration.ofSeconds(2));
    assertThat(own.wasRefused(trial(), ALICE)).isFalse();
  }

  @Test
  void whoWasToldIsNotAskedAboutAgainForAnHour() {
    assertThat(delegation().taken().toCompletableFuture().join().isNoticeDue()).isTrue();
    pass(Duration.ofMinutes(59));
    assertThat(delegation().taken().toCompletableFuture().join().isNoticeDue()).isFalse();
    assertThat(asked).hasValue(1);
    pass(Duration.ofMinutes(2));
    assertThat(delegation().taken().toCompletableFuture().join().isNoticeDue()).isTrue();
    assertThat(asked).hasValue(2);
  }
}
