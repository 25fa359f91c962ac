package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is remembered of slow checks. */
class SlowChecksTest {
  private static final int MOST = 20;
  private static final String HASH = "{SSHA256}+E+iFJ27Yu1ODPH1UNKUmzOmUT06dwfghQJRHHnMsO5zYWx0";
  private static final String PASSWORD = "secret";

  private final AtomicLong ticks = new AtomicLong();
  private final SlowFixture slow = new SlowFixture(1, MOST, ticks::get);

  @AfterEach
  void closePool() {
    slow.close();
  }

  @Test
  void remembersNoMoreThanItsLimit() {
    for (int i = 0; i < 5 * MOST; i++) {
      assertThat(check(user(i))).isZero();
    }
    assertThat(slow.checks.remembered()).isPositive().isLessThanOrEqualTo(MOST);
  }

  @Test
  void forgetsWhatNobodyUsedForAnHour() {
    CachedUser user = user(1);
    var _ = check(user);
    for (int i = 0; i < 3; i++) {
      ticks.addAndGet(Duration.ofMinutes(59).toNanos());
      assertThat(check(user)).isZero();
    }
    assertThat(slow.tried).hasValue(1);
    ticks.addAndGet(Duration.ofMinutes(60).toNanos());
    assertThat(check(user)).isZero();
    assertThat(slow.tried).hasValue(2);
  }

  private CachedUser user(int number) {
    String userId = "%032x".formatted(number);
    return CachedUsers.of(userId, slow.imported("ap_0", userId, HASH));
  }

  private int check(CachedUser user) {
    return slow.checks
        .check(
            user,
            new Attempt(
                CachedUsers.NAME,
                Secret.ofText(PASSWORD),
                Scope.IMAP,
                Protection.TLS_1_3,
                "plain",
                InetAddress.getLoopbackAddress(),
                "test"),
            true)
        .join();
  }
}
