package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StrangerLaneTest {
  private final AtomicLong nanos = new AtomicLong();
  private final StrangerLane lane = new StrangerLane(100_000, Duration.ofSeconds(4), nanos::get);

  @Test
  void oneAfterTheOther() {
    List<Integer> asked = new ArrayList<>();
    List<CompletableFuture<Integer>> open = new ArrayList<>();
    List<CompletableFuture<Integer>> answers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int number = i;
      answers.add(
          lane.ask(() -> {
            asked.add(number);
            open.add(new CompletableFuture<>());
            return open.getLast();
          }));
    }
    assertThat(asked).containsExactly(0);
    open.getFirst().complete(10);
    assertThat(asked).containsExactly(0, 1);
    assertThat(answers.getFirst()).isCompletedWithValue(10);
    open.get(1).completeExceptionally(new IllegalStateException("no database"));
    assertThat(answers.get(1)).isCompletedExceptionally();
    open.get(2).complete(12);
    assertThat(answers.get(2)).isCompletedWithValue(12);
    assertThat(lane.ask(() -> CompletableFuture.completedFuture(13))).isCompletedWithValue(13);
  }

  /** As when all of them wait for a name that the first look-up put into the cache. */
  @Test
  void asManyAsWaitMayBeAnsweredAtOnceInTheirOrder() {
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> _ = lane.ask(() -> first);
    List<Integer> answered = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      int number = i;
      var _ = lane.ask(() -> CompletableFuture.completedFuture(number)).thenAccept(answered::add);
    }
    first.complete(0);
    assertThat(answered).hasSize(100_000).isSorted();
  }

  @Test
  void aQuestionThatThrowsBlocksNobody() {
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> _ = lane.ask(() -> first);
    CompletableFuture<Integer> broken =
        lane.ask(() -> {
          throw new StackOverflowError();
        });
    CompletableFuture<Integer> behind = lane.ask(() -> CompletableFuture.completedFuture(2));
    first.complete(0);
    assertThat(broken).isCompletedExceptionally();
    assertThat(behind).isCompletedWithValue(2);
  }

  @Test
  void whoseTurnComesTooLateIsNotAsked() {
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> _ = lane.ask(() -> first);
    CompletableFuture<Integer> early = lane.ask(() -> CompletableFuture.completedFuture(1));
    nanos.addAndGet(Duration.ofSeconds(4).toNanos());
    CompletableFuture<Integer> late = lane.ask(() -> CompletableFuture.completedFuture(2));
    nanos.addAndGet(1);
    first.complete(0);
    assertRefused(early);
    assertThat(late).isCompletedWithValue(2);
  }

  @Test
  void tooManyAreRefused() {
    StrangerLane narrow = new StrangerLane(1, Duration.ofSeconds(4), nanos::get);
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> _ = narrow.ask(() -> first);
    CompletableFuture<Integer> second = narrow.ask(() -> CompletableFuture.completedFuture(1));
    assertRefused(narrow.ask(() -> CompletableFuture.completedFuture(2)));
    first.complete(0);
    assertThat(second).isCompletedWithValue(1);
  }

  private static void assertRefused(CompletableFuture<Integer> answer) {
    assertThat(answer).isCompletedExceptionally();
    assertThatThrownBy(answer::join).hasCauseInstanceOf(RejectedExecutionException.class);
  }
}
