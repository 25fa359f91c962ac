package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FreshCacheTest {
  private static final Duration FRESH = Duration.ofSeconds(30);
  private static final Duration GRACE = Duration.ofMinutes(15);

  private final AtomicLong now = new AtomicLong();
  private final AtomicLong inTouch = new AtomicLong();

  /** Look-ups asked for so far; the test answers them. */
  private final List<CompletableFuture<String>> asked = new ArrayList<>();

  /** Values that the test says must not be served any more. */
  private final Set<String> outdated = new HashSet<>();

  private final FreshCache<String, String> cache = cache(1_000_000);

  private FreshCache<String, String> cache(long bytes) {
    return new FreshCache<>(
        new FreshCache.Limits(bytes, FRESH, GRACE),
        (_, value) -> value.length(),
        now::get,
        inTouch::get,
        value -> !outdated.contains(value),
        _ -> {
          CompletableFuture<String> answer = new CompletableFuture<>();
          asked.add(answer);
          return answer;
        });
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private void keepInTouch() {
    inTouch.set(now.get());
  }

  private String cached(String key) {
    CompletableFuture<FreshCache.Held<String>> held = cache.get(key);
    assertThat(held).isCompleted();
    return held.join().value();
  }

  private void fill(String key, String value) {
    CompletableFuture<?> flight = cache.get(key);
    asked.getLast().complete(value);
    assertThat(flight).isCompleted();
  }

  @Test
  void asksOnceForAHerd() {
    List<CompletableFuture<FreshCache.Held<String>>> herd = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      herd.add(cache.get("alice"));
    }
    assertThat(asked).hasSize(1);
    asked.getFirst().complete("rows");
    assertThat(herd).allSatisfy(one -> assertThat(one.join().value()).isEqualTo("rows"));
  }

  @Test
  void answersFromMemoryAtOnce() {
    fill("alice", "rows");
    pass(FRESH);
    assertThat(cached("alice")).isEqualTo("rows");
    assertThat(asked).hasSize(1);
  }

  @Test
  void looksAgainBehindTheReadersBackWhenNoLongerFresh() {
    fill("alice", "old");
    pass(FRESH.plusMillis(1));
    keepInTouch();
    assertThat(cached("alice")).isEqualTo("old");
    assertThat(cached("alice")).isEqualTo("old");
    assertThat(asked).hasSize(2);
    asked.getLast().complete("new");
    assertThat(cached("alice")).isEqualTo("new");
  }

  @Test
  void keepsTheOldValueWhenLookingAgainFailsAndRestsBeforeTheNextTry() {
    fill("alice", "old");
    pass(FRESH.plusMillis(1));
    assertThat(cached("alice")).isEqualTo("old");
    asked.getLast().completeExceptionally(new IllegalStateException("no database"));
    assertThat(cached("alice")).isEqualTo("old");
    assertThat(asked).as("rests").hasSize(2);
    pass(Duration.ofSeconds(3));
    assertThat(cached("alice")).isEqualTo("old");
    assertThat(asked).as("tries again").hasSize(3);
  }

  @Test
  void servesForTheGracePeriodAfterTheFeedWasLastInTouch() {
    fill("alice", "rows");
    pass(Duration.ofMinutes(40));
    keepInTouch();
    pass(GRACE);
    assertThat(cached("alice")).isEqualTo("rows");
    asked.getLast().completeExceptionally(new IllegalStateException("no database"));
    pass(Duration.ofMillis(1));
    CompletableFuture<FreshCache.Held<String>> late = cache.get("alice");
    assertThat(late).isNotDone();
    asked.getLast().completeExceptionally(new IllegalStateException("no database"));
    assertThatThrownBy(late::join).hasCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void doesNotKeepFailures() {
    CompletableFuture<?> first = cache.get("alice");
    asked.getLast().completeExceptionally(new IllegalStateException("no database"));
    assertThat(first).isCompletedExceptionally();
    fill("alice", "rows");
    assertThat(cached("alice")).isEqualTo("rows");
  }

  @Test
  void forgets() {
    fill("alice", "old");
    cache.forget("alice");
    assertThat(cache.get("alice")).isNotDone();
    asked.getLast().complete("new");
    assertThat(cached("alice")).isEqualTo("new");
  }

  @Test
  void looksUpAnewWhatIsOutdatedWhateverItsAge() {
    fill("alice", "old");
    outdated.add("old");
    CompletableFuture<FreshCache.Held<String>> waiting = cache.get("alice");
    assertThat(waiting).isNotDone();
    asked.getLast().complete("new");
    assertThat(waiting.join().value()).isEqualTo("new");
    assertThat(cached("alice")).isEqualTo("new");
  }

  @Test
  void sendsWhoeverWaitsRoundAgainForAValueThatIsOutdatedWhenItComes() {
    outdated.add("old");
    CompletableFuture<FreshCache.Held<String>> waiting = cache.get("alice");
    asked.getLast().complete("old");
    assertThat(waiting).isNotDone();
    asked.getLast().complete("new");
    assertThat(waiting.join().value()).isEqualTo("new");
  }

  @Test
  void givesWhoeverWaitsANewAnswerWhenTheKeyIsForgottenMeanwhile() {
    CompletableFuture<FreshCache.Held<String>> waiting = cache.get("alice");
    cache.forget("alice");
    asked.getFirst().complete("old");
    assertThat(waiting).isNotDone();
    assertThat(asked).hasSize(2);
    asked.getLast().complete("new");
    assertThat(waiting.join().value()).isEqualTo("new");
    assertThat(cached("alice")).isEqualTo("new");
  }

  @Test
  void dropsARefreshThatBeganBeforeTheKeyWasForgotten() {
    fill("alice", "old");
    pass(FRESH.plusMillis(1));
    keepInTouch();
    assertThat(cached("alice")).isEqualTo("old");
    CompletableFuture<String> refresh = asked.getLast();
    cache.forget("alice");
    refresh.complete("old as well");
    assertThat(cache.get("alice")).isNotDone();
  }

  @Test
  void endsARaceWithEndlessChanges() {
    CompletableFuture<FreshCache.Held<String>> waiting = cache.get("alice");
    for (int round = 0; !waiting.isDone(); round++) {
      assertThat(round).isLessThan(10);
      cache.forget("alice");
      asked.getLast().complete("round " + round);
    }
    assertThat(asked.size()).isBetween(2, 5);
  }

  @Test
  void forgetsEverythingIncludingWhatIsUnderWay() {
    fill("alice", "old");
    CompletableFuture<FreshCache.Held<String>> waiting = cache.get("bob");
    CompletableFuture<String> bob = asked.getLast();
    cache.forgetAll();
    bob.complete("old");
    assertThat(waiting).isNotDone();
    assertThat(cache.get("alice")).isNotDone();
  }

  @Test
  void weighsNoMoreThanItMay() {
    FreshCache<String, String> small = cache(1000);
    for (int i = 0; i < 200; i++) {
      CompletableFuture<?> flight = small.get("user" + i);
      asked.getLast().complete("x".repeat(100));
      assertThat(flight).isCompleted();
    }
    assertThat(asked).as("what does not fit is not asked for again").hasSize(200);
    small.view().cleanUp();
    assertThat(small.view().estimatedSize()).isLessThanOrEqualTo(10);
  }
}
