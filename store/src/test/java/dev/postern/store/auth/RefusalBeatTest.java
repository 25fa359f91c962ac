package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class RefusalBeatTest {
  private static final AuthOutcome REJECTED = new Rejected(RejectReason.UNKNOWN_USER);
  private static final AuthOutcome UNAVAILABLE = new Unavailable(Trouble.DATABASE);
  private static final AuthOutcome ACCEPTED =
      new Accepted(
          new Grant("id", "alice", "ap_1", Optional.empty(), "alice", Map.of(), Optional.empty()));

  private final List<Duration> waits = new ArrayList<>();
  private long now;
  private final RefusalBeat beat = new RefusalBeat(() -> now, () -> 0, this::wait);

  private CompletionStage<AuthOutcome> wait(Duration time, AuthOutcome outcome) {
    waits.add(time);
    return CompletableFuture.completedStage(outcome);
  }

  private AuthOutcome hold(AuthOutcome outcome, Duration lookup) {
    return beat.hold(
            () -> {
              now += lookup.toNanos();
              return CompletableFuture.completedStage(outcome);
            })
        .toCompletableFuture()
        .join();
  }

  @Test
  void refusalsLeaveAtTheSameTimeHoweverLongTheLookupTook() {
    assertThat(hold(REJECTED, Duration.ofNanos(200_000))).isEqualTo(REJECTED);
    assertThat(hold(REJECTED, Duration.ofNanos(900_000))).isEqualTo(REJECTED);
    assertThat(hold(UNAVAILABLE, Duration.ofNanos(0))).isEqualTo(UNAVAILABLE);
    assertThat(waits)
        .containsExactly(
            Duration.ofNanos(4_800_000), Duration.ofNanos(4_100_000), Duration.ofMillis(5));
  }

  @Test
  void oneThatTookLongerWaitsForTheNextBeat() {
    hold(REJECTED, Duration.ofMillis(13));
    assertThat(waits).containsExactly(Duration.ofMillis(2));
  }

  /** So that what the processor still has in its caches is not to be seen in one answer. */
  @Test
  void eachLeavesSomewhereInTheTwoBeatsAfterThatSeldomAtTheirEdges() {
    RefusalBeat scattered = new RefusalBeat(() -> now, new Random(1), this::wait);
    for (int i = 0; i < 1000; i++) {
      var _ = scattered.hold(() -> CompletableFuture.completedStage(REJECTED));
    }
    List<Long> micros = waits.stream().map(Duration::toNanos).map(nanos -> nanos / 1000).toList();
    assertThat(micros).allMatch(time -> time >= 5000 && time < 15_000);
    List<Integer> expected = List.of(125, 375, 375, 125);
    for (int quarter = 0; quarter < 4; quarter++) {
      long from = 5000 + 2500L * quarter;
      assertThat(micros)
          .filteredOn(time -> time >= from && time < from + 2500)
          .hasSizeBetween(expected.get(quarter) - 50, expected.get(quarter) + 50);
    }
  }

  @Test
  void thoseWhoGetInDoNotWait() {
    assertThat(hold(ACCEPTED, Duration.ofNanos(200_000))).isEqualTo(ACCEPTED);
    assertThat(waits).isEmpty();
  }
}
