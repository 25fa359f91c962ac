package dev.postern.store.auth;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * Look-ups for addresses that ask for one name after the other that nobody has: one at a time, so
 * that those of everybody else find a free thread. Safe for use by several threads.
 */
final class StrangerLane {
  private final int most;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private boolean isBusy;

  /**
   * @param most look-ups that wait; more are refused
   */
  StrangerLane(int most) {
    this.most = most;
  }

  /**
   * Asks when it is its turn; fails with {@link RejectedExecutionException} where too many wait.
   *
   * @param question ends within a deadline of its own
   */
  <T> CompletableFuture<T> ask(Supplier<CompletableFuture<T>> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Runnable turn =
        () ->
            question
                .get()
                .whenComplete((value, failure) -> {
                  next();
                  if (failure == null) {
                    answer.complete(value);
                  } else {
                    answer.completeExceptionally(failure);
                  }
                });
    switch (enter(turn)) {
      case NOW -> turn.run();
      case LATER -> {}
      case NEVER ->
          answer.completeExceptionally(new RejectedExecutionException("too many names wait"));
    }
    return answer;
  }

  private enum Place {
    NOW,
    LATER,
    NEVER
  }

  private synchronized Place enter(Runnable turn) {
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

  private void next() {
    Runnable turn;
    synchronized (this) {
      turn = waiting.poll();
      isBusy = turn != null;
    }
    if (turn != null) {
      turn.run();
    }
  }
}
