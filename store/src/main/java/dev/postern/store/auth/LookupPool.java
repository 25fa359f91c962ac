package dev.postern.store.auth;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The few threads that wait for the database on behalf of event loops: a bounded queue and a
 * deadline, so that a slow database costs neither memory nor patience.
 */
public final class LookupPool implements AutoCloseable {
  private final ThreadPoolExecutor threads;
  private final Duration deadline;

  /**
   * @param size threads
   * @param queue most look-ups that wait for a thread
   * @param deadline from asking to giving up, waiting included
   */
  public LookupPool(int size, int queue, Duration deadline) {
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            size,
            size,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queue),
            task ->
                Thread.ofPlatform()
                    .daemon()
                    .name("postern-lookup-" + number.incrementAndGet())
                    .unstarted(task));
    this.threads.allowCoreThreadTimeOut(true);
    this.deadline = deadline;
  }

  /**
   * Runs {@code lookup} on one of the threads. The future fails with {@link
   * RejectedExecutionException} if the queue is full, with {@link
   * java.util.concurrent.TimeoutException} after the deadline, else with what the look-up threw.
   */
  public <T> CompletableFuture<T> ask(Supplier<T> lookup) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    try {
      threads.execute(() -> run(lookup, answer));
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(e);
      return answer;
    }
    return answer.orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Look-ups that wait for a thread now. */
  public int waiting() {
    return threads.getQueue().size();
  }

  /** Ends the threads; look-ups that wait are dropped and time out. */
  @Override
  public void close() {
    threads.shutdownNow();
  }

  private static <T> void run(Supplier<T> lookup, CompletableFuture<T> answer) {
    if (answer.isDone()) {
      return; // Nobody waits any more: the deadline passed in the queue.
    }
    try {
      answer.complete(lookup.get());
    } catch (RuntimeException | Error e) {
      answer.completeExceptionally(e);
    }
  }
}
