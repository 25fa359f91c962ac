package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Look-ups for addresses that ask for one name after the other that nobody has: one at a time, so
 * that those of everybody else find a free thread. Safe for use by several threads.
 */
final class StrangerLane {
  private final int most;
  private final Duration patience;
  private final Ticker ticker;
  private final Queue<Turn<?>> waiting = new ArrayDeque<>();
  private boolean isBusy;

  /**
   * @param most look-ups that wait; more are refused
   * @param patience one whose turn comes later than this is refused
   */
  StrangerLane(int most, Duration patience, Ticker ticker) {
    this.most = most;
    this.patience = patience;
    this.ticker = ticker;
  }

  /**
   * Asks when it is its turn; fails with {@link RejectedExecutionException} where too many wait, or
   * it has waited too long.
   *
   * @param question ends within a deadline of its own
   */
  <T> CompletableFuture<T> ask(Supplier<CompletableFuture<T>> question) {
    Turn<T> turn = new Turn<>(question, ticker.read());
    switch (enter(turn)) {
      case NOW -> run(turn);
      case LATER -> {}
      case NEVER ->
          turn.answer.completeExceptionally(new RejectedExecutionException("too many names wait"));
    }
    return turn.answer;
  }

  private enum Place {
    NOW,
    LATER,
    NEVER
  }

  private synchronized Place enter(Turn<?> turn) {
    if (!isBusy) {
      isBusy = true;
      return Place.NOW;
    }
    if (waiting.size() >= most) {
      return Place.NEVER;
    }
    waiting.add(turn);
    return Place.LATER;
  }

  /** Turn after turn, in a loop: those that are over at once may be all that wait. */
  private void run(@Nullable Turn<?> first) {
    for (Turn<?> turn = first; turn != null; turn = next()) {
      if (!turn.isOverAtOnce()) {
        return;
      }
    }
  }

  private synchronized @Nullable Turn<?> next() {
    Turn<?> turn = waiting.poll();
    isBusy = turn != null;
    return turn;
  }

  private final class Turn<T> {
    private final Supplier<CompletableFuture<T>> question;
    private final long askedAt;
    private final CompletableFuture<T> answer = new CompletableFuture<>();

    Turn(Supplier<CompletableFuture<T>> question, long askedAt) {
      this.question = question;
      this.askedAt = askedAt;
    }

    /** Otherwise the next turn begins when it is over. */
    boolean isOverAtOnce() {
      CompletableFuture<T> asked = ask();
      if (asked.isDone()) {
        var _ = asked.whenComplete(this::end);
        return true;
      }
      var _ =
          asked.whenComplete((value, failure) -> {
            end(value, failure);
            run(next());
          });
      return false;
    }

    private CompletableFuture<T> ask() {
      if (ticker.read() - askedAt > patience.toNanos()) {
        return CompletableFuture.failedFuture(
            new RejectedExecutionException("waited too long for its turn"));
      }
      try {
        return question.get();
      } catch (RuntimeException | Error e) {
        // Whatever it is, the lane goes on.
        return CompletableFuture.failedFuture(e);
      }
    }

    private void end(@Nullable T value, @Nullable Throwable failure) {
      if (failure == null) {
        answer.complete(value);
      } else {
        answer.completeExceptionally(failure);
      }
    }
  }
}
