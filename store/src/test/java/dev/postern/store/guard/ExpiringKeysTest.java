package dev.postern.store.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class ExpiringKeysTest {
  private final AtomicLong millis = new AtomicLong(1);
  private final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");

  @Test
  void aKeyIsThereUntilItsTimeIsOver() {
    ExpiringKeys keys = new ExpiringKeys(1000, millis::get);
    assertThat(keys.keep(7, 100)).isTrue();
    assertThat(keys.keep(7, 50)).as("there already").isFalse();
    assertThat(keys.left(7)).isEqualTo(100);
    millis.addAndGet(99);
    assertThat(keys.left(7)).isEqualTo(1);
    millis.addAndGet(1);
    assertThat(keys.left(7)).isZero();
    assertThat(keys.keep(7, 100)).isTrue();
    assertThat(keys.left(8)).isZero();
  }

  @Test
  void aBucketDrainsAndTakesNoMoreThanItHolds() {
    ExpiringKeys keys = new ExpiringKeys(1000, millis::get);
    assertThat(keys.add(7, 10, 25)).isEqualTo(10);
    assertThat(keys.add(7, 10, 25)).isEqualTo(20);
    assertThat(keys.add(7, 10, 25)).isEqualTo(ExpiringKeys.FULL);
    millis.addAndGet(5);
    assertThat(keys.add(7, 10, 25)).isEqualTo(25);
    keys.takeBack(7, 10);
    assertThat(keys.left(7)).isEqualTo(15);
    millis.addAndGet(1000);
    assertThat(keys.add(7, 10, 25)).isEqualTo(10);
  }

  @Test
  void keepsAsManyAsItMayAndNoMore() {
    int most = 1 << 16;
    ExpiringKeys keys = new ExpiringKeys(most, millis::get);
    long[] some = random.longs(most / 2).toArray();
    for (long key : some) {
      keys.keep(key, 1000);
    }
    int found = 0;
    for (long key : some) {
      found += keys.left(key) > 0 ? 1 : 0;
    }
    assertThat(found).isGreaterThan(most / 2 * 97 / 100);
    for (int i = 0; i < 10 * most; i++) {
      keys.keep(random.nextLong(), 1000);
    }
    assertThat(keys.places()).isLessThanOrEqualTo(most);
  }

  /** Whoever floods with keys that are worth little does not push out what is worth much. */
  @Test
  void whatIsFullOutlivesWhatIsNearlyEmpty() {
    ExpiringKeys keys = new ExpiringKeys(4096, millis::get);
    for (int i = 0; i < 50; i++) {
      keys.add(42, 10, 1000);
    }
    for (int i = 0; i < 1_000_000; i++) {
      keys.add(random.nextLong(), 10, 1000);
    }
    assertThat(keys.left(42)).isEqualTo(500);
  }

  @Test
  void growsOnlyWithWhatIsThere() {
    ExpiringKeys keys = new ExpiringKeys(1 << 20, millis::get);
    for (int i = 0; i < 1_000_000; i++) {
      keys.keep(random.nextLong(), 5);
      millis.addAndGet(1);
    }
    assertThat(keys.places()).isLessThanOrEqualTo(8192);
  }
}
