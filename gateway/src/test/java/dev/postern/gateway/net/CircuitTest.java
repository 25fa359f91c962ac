package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CircuitTest {
  private static final UpstreamFailure REFUSED =
      new UpstreamFailure(Cause.CONNECT, "Connection refused");

  private final MockTicker ticker = Ticker.newMockTicker();
  private final Circuit circuit = new Circuit(ticker, new Random(1));

  @Test
  void fiveFailuresInARowOpenIt() {
    for (int i = 0; i < 4; i++) {
      assertThat(fail(enter())).isFalse();
    }
    assertThat(circuit.isOpen()).isFalse();
    assertThat(fail(enter())).isTrue();
    assertThat(circuit.isOpen()).isTrue();
    assertThat(circuit.enter()).isInstanceOf(Circuit.Refused.class);
  }

  @Test
  void saysHowLongItWasNotReached() {
    fail(enter());
    after(10_000);
    assertThat(circuit.openFor()).isEmpty();
    fail(enter());
    after(500);
    assertThat(circuit.openFor()).contains(Duration.ofMillis(10_500));

    after(60_000);
    enter();
    assertThat(circuit.openFor()).as("somebody tries").contains(Duration.ofMillis(70_500));
    circuit.reached();
    assertThat(circuit.openFor()).isEmpty();
  }

  @Test
  void aLoginThatReachedItBreaksTheRow() {
    for (int i = 0; i < 20; i++) {
      fail(enter());
      fail(enter());
      fail(enter());
      fail(enter());
      assertThat(circuit.reached()).isEmpty();
    }
    assertThat(circuit.isOpen()).isFalse();
  }

  @Test
  void twoFailuresWithNothingBetweenThemForTenSecondsOpenIt() {
    assertThat(fail(enter())).isFalse();
    after(9_999);
    assertThat(fail(enter())).isFalse();
    after(1);
    assertThat(fail(enter())).isTrue();
  }

  @Test
  void oneFailureLongAfterAGoodTimeDoesNot() {
    circuit.reached();
    after(60_000);
    assertThat(fail(enter())).isFalse();
  }

  @Test
  void refusalsSaySinceWhenAndWhy() {
    open();
    after(200);
    assertThat(circuit.refusal())
        .hasValueSatisfying(refusal -> {
          assertThat(refusal.cause()).isEqualTo(Cause.UNREACHABLE);
          assertThat(refusal.detail())
              .matches(
                  "not tried: not reached for 200 ms, tried again in \\d+ ms; "
                      + "connect: Connection refused");
        });
  }

  @Test
  void afterThePauseOneTriesAndTheOthersAreRefused() {
    open();
    after(1_000);
    assertThat(circuit.refusal()).as("who comes may try").isEmpty();
    Circuit.Pass trial = enter();
    assertThat(circuit.enter()).isInstanceOf(Circuit.Refused.class);
    assertThat(circuit.refusal())
        .hasValueSatisfying(
            refusal -> assertThat(refusal.detail()).contains("tried again just now"));
    assertThat(circuit.reached()).contains(Duration.ofSeconds(1));
    assertThat(circuit.isOpen()).isFalse();
    assertThat(fail(trial)).as("what is closed again begins anew").isFalse();
    assertThat(circuit.isOpen()).isFalse();
  }

  @Test
  void thePauseDoublesUpToHalfAMinute() {
    open();
    long expected = 1_000;
    for (int i = 0; i < 10; i++) {
      after(expected * 3 / 4 - 1);
      assertThat(circuit.enter()).as("pause %s", i).isInstanceOf(Circuit.Refused.class);
      after(expected / 4 + 1);
      assertThat(fail(enter())).as("it was open").isFalse();
      expected = Math.min(30_000, expected * 2);
    }
    after(30_000);
    enter();
    circuit.reached();
    open();
    after(1_000);
    enter();
  }

  @Test
  void pausesAreNotAllOfTheSameLength() {
    long[] lengths = new long[8];
    for (int i = 0; i < lengths.length; i++) {
      open();
      while (circuit.enter() instanceof Circuit.Refused) {
        after(1);
        lengths[i]++;
      }
      circuit.reached();
    }
    assertThat(Arrays.stream(lengths).boxed()).allMatch(length -> length >= 750 && length <= 1_000);
    assertThat(Arrays.stream(lengths).distinct().count()).isGreaterThan(2);
  }

  @Test
  void whoTriesAndLeavesMakesRoomForAnother() {
    open();
    after(1_000);
    Circuit.Pass trial = enter();
    circuit.left(trial);
    assertThat(circuit.isOpen()).isTrue();
    Circuit.Pass next = enter();
    circuit.left(trial);
    assertThat(circuit.enter())
        .as("the next one is still at it")
        .isInstanceOf(Circuit.Refused.class);
    fail(next);
  }

  @Test
  void whoBeganBeforeItOpenedHasNoSayWhenOneTries() {
    Circuit.Pass old = enter();
    open();
    assertThat(fail(old)).isFalse();
    after(1_000);
    Circuit.Pass trial = enter();
    assertThat(fail(old)).isFalse();
    circuit.left(old);
    assertThat(circuit.refusal())
        .hasValueSatisfying(refusal -> assertThat(refusal.detail()).contains("again just now"));
    fail(trial);
    after(1_000);
    assertThat(circuit.enter()).as("the pause is longer").isInstanceOf(Circuit.Refused.class);
  }

  @Test
  void whoeverReachesItClosesIt() {
    open();
    assertThat(circuit.reached()).isPresent();
    assertThat(enter()).isNotNull();
  }

  @Test
  void oneAloneTriesHoweverManyCome() throws InterruptedException {
    open();
    after(1_000);
    AtomicInteger inside = new AtomicInteger();
    CountDownLatch start = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(8);
    for (int i = 0; i < 8; i++) {
      Thread.ofPlatform()
          .start(() -> {
            try {
              start.await();
              for (int j = 0; j < 1000; j++) {
                if (circuit.enter() instanceof Circuit.Pass) {
                  inside.incrementAndGet();
                }
              }
            } catch (InterruptedException _) {
              Thread.currentThread().interrupt();
            }
            done.countDown();
          });
    }
    start.countDown();
    assertThat(done.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(inside).hasValue(1);
  }

  private void open() {
    for (int i = 0; i < Circuit.MOST_FAILURES; i++) {
      fail(enter());
    }
    assertThat(circuit.isOpen()).isTrue();
  }

  private Circuit.Pass enter() {
    return switch (circuit.enter()) {
      case Circuit.Pass pass -> pass;
      case Circuit.Refused(UpstreamFailure failure) -> throw new AssertionError(failure.detail());
    };
  }

  private boolean fail(Circuit.Pass pass) {
    return circuit.failed(pass, REFUSED);
  }

  private void after(long millis) {
    ticker.advance(millis, TimeUnit.MILLISECONDS);
  }
}
