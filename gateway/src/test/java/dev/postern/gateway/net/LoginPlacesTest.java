package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.upstream.UpstreamState.Load;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LoginPlacesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final MockTicker ticker = Ticker.newMockTicker();
  private final LoginPlaces places = new LoginPlaces(1, PATIENCE, ticker);
  private final List<String> served = new ArrayList<>();

  @Test
  void whoWaitsIsServedInOrder() {
    LoginPlaces.Turn first = take("first");
    LoginPlaces.Turn second = take("second");
    LoginPlaces.Turn third = take("third");
    assertThat(first.hasPlace()).isTrue();
    assertThat(second.hasPlace()).isFalse();
    first.leave();
    assertThat(served).containsExactly("second");
    assertThat(second.hasPlace()).isTrue();
    assertThat(third.hasPlace()).isFalse();
    second.leave();
    assertThat(served).containsExactly("second", "third");
  }

  @Test
  void saysWhoIsThereAndHowManyMayBe() {
    assertThat(places.load()).isEqualTo(new Load(0, 0, 1));
    LoginPlaces.Turn first = take("first");
    LoginPlaces.Turn second = take("second");
    take("third");
    assertThat(places.load()).isEqualTo(new Load(1, 2, 1));
    second.leave();
    first.leave();
    assertThat(places.load()).isEqualTo(new Load(1, 0, 1));
  }

  @Test
  void whoGivesUpTheWaitIsPassedOver() {
    LoginPlaces.Turn first = take("first");
    take("second").leave();
    take("third");
    first.leave();
    assertThat(served).containsExactly("third");
  }

  @Test
  void whoLeavesTwiceGivesUpOnePlace() {
    LoginPlaces.Turn first = take("first");
    take("second");
    take("third");
    first.leave();
    first.leave();
    assertThat(served).containsExactly("second");
  }

  @Test
  void aPlaceThatNobodyWaitsForIsFreeAgain() {
    take("first").leave();
    assertThat(take("second").hasPlace()).isTrue();
  }

  @Test
  void notMoreThanFourWaitForAPlace() {
    LoginPlaces.Turn first = take("first");
    IntStream.range(0, 4).forEach(i -> take("waiting " + i));
    assertThat(places.take(() -> {})).isEmpty();
    first.leave();
    assertThat(places.take(() -> {})).isPresent();
  }

  @Test
  void nobodyBeginsToWaitWhereNoPlaceIsGivenUp() {
    LoginPlaces.Turn first = take("first");
    ticker.advance(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    LoginPlaces.Turn second = take("second");
    ticker.advance(1, TimeUnit.MILLISECONDS);
    assertThat(places.take(() -> {})).isEmpty();
    first.leave();
    assertThat(second.hasPlace()).isTrue();
    assertThat(places.take(() -> {})).isPresent();
  }

  @Test
  void underWayAreNeverMoreThanThereArePlaces() throws InterruptedException {
    LoginPlaces few = new LoginPlaces(3, PATIENCE);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(12);
    for (int i = 0; i < 12; i++) {
      Thread.ofPlatform()
          .start(() -> {
            for (int j = 0; j < 2000; j++) {
              Semaphore place = new Semaphore(0);
              LoginPlaces.Turn turn = few.take(place::release).orElseThrow();
              if (!turn.hasPlace()) {
                place.acquireUninterruptibly();
              }
              most.accumulateAndGet(inside.incrementAndGet(), Math::max);
              inside.decrementAndGet();
              turn.leave();
            }
            done.countDown();
          });
    }
    assertThat(done.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(most.get()).isBetween(1, 3);
    assertThat(IntStream.range(0, 3).mapToObj(_ -> few.take(() -> {})))
        .allMatch(turn -> turn.map(LoginPlaces.Turn::hasPlace).orElse(false));
    assertThat(few.take(() -> {}).map(LoginPlaces.Turn::hasPlace)).isEqualTo(Optional.of(false));
  }

  @Test
  void whereAnUpstreamIsBackAFewAreLetInAndThenMore() {
    LoginPlaces many = new LoginPlaces(100, PATIENCE, ticker);
    many.rise();
    AtomicInteger inside = new AtomicInteger();
    for (int i = 0; i < 120; i++) {
      if (many.take(inside::incrementAndGet).orElseThrow().hasPlace()) {
        inside.incrementAndGet();
      }
    }
    assertThat(inside).hasValue(16);
    assertThat(many.widen()).isTrue();
    assertThat(inside).as("it is too soon").hasValue(16);
    for (int expected : new int[] {32, 64}) {
      ticker.advance(LoginPlaces.STEP.toMillis(), TimeUnit.MILLISECONDS);
      assertThat(many.widen()).isTrue();
      assertThat(inside).hasValue(expected);
    }
    ticker.advance(LoginPlaces.STEP.toMillis(), TimeUnit.MILLISECONDS);
    assertThat(many.widen()).as("all places can be taken").isFalse();
    assertThat(inside).hasValue(100);
  }

  @Test
  void whoComesWhileItRisesDoesNotOvertakeWhoWaits() {
    LoginPlaces many = new LoginPlaces(100, PATIENCE, ticker);
    many.rise();
    for (int i = 0; i < 17; i++) {
      many.take(() -> served.add("waiting"));
    }
    ticker.advance(LoginPlaces.STEP.toMillis(), TimeUnit.MILLISECONDS);
    LoginPlaces.Turn late = many.take(() -> served.add("late")).orElseThrow();
    assertThat(late.hasPlace()).isFalse();
    many.widen();
    assertThat(served).containsExactly("waiting", "late");
  }

  @Test
  void whoLeavesWhileItRisesMakesNoRoomBeyondIt() {
    LoginPlaces many = new LoginPlaces(100, PATIENCE, ticker);
    List<LoginPlaces.Turn> before =
        IntStream.range(0, 50).mapToObj(_ -> many.take(() -> {}).orElseThrow()).toList();
    many.rise();
    many.take(() -> served.add("waiting"));
    before.subList(0, 34).forEach(LoginPlaces.Turn::leave);
    assertThat(served).as("sixteen are left").isEmpty();
    before.get(34).leave();
    assertThat(served).containsExactly("waiting");
  }

  private LoginPlaces.Turn take(String name) {
    return places.take(() -> served.add(name)).orElseThrow();
  }
}
