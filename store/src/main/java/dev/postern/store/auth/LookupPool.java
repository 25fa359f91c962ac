package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.Backstage;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The few threads that wait for the database on behalf of event loops: a bounded queue and a
 * deadline, so that a slow database costs neither memory nor patience.
 *
 * <p>One thread looks every so often for questions whose deadline has passed. A timer for each,
 * which nearly always is taken back, would wake up one more thread for every question.
 */
public final class LookupPool implements AutoCloseable {
  /** A question is given up at most a twentieth of the deadline late. */
  private static final int LOOKS = 20;

  /**
   * What waits is in a queue without a lock: else an event loop that asks would wait for a thread
   * that gives way to it, and is stopped as it takes the next question.
   */
  private final ThreadPoolExecutor threads;

  private final int most;
  private final AtomicInteger waiting = new AtomicInteger();
  private final ScheduledExecutorService deadlines;
  private final Duration deadline;
  private final Ticker ticker;

  /** As many as there are threads and places in the queue, at most. */
  private final Set<Question<?>> unanswered = ConcurrentHashMap.newKeySet();

  /**
   * @param size threads
   * @param queue most look-ups that wait for a thread, or have one and have not begun
   * @param deadline from asking to giving up, waiting included
   */
  public LookupPool(int size, int queue, Duration deadline, Ticker ticker) {
    this.most = queue;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            size,
            size,
            30,
            TimeUnit.SECONDS,
            new LinkedTransferQueue<>(),
            task -> Backstage.thread("postern-lookup-" + number.incrementAndGet(), task));
    this.threads.allowCoreThreadTimeOut(true);
    this.deadlines =
        Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name("postern-lookup-deadline").unstarted(task));
    this.deadline = deadline;
    this.ticker = ticker;
    long pause = Math.max(1, deadline.dividedBy(LOOKS).toNanos());
    var _ = deadlines.scheduleWithFixedDelay(this::giveUp, pause, pause, TimeUnit.NANOSECONDS);
  }

  /**
   * Runs {@code lookup} on one of the threads. The future fails with {@link
   * RejectedExecutionException} if the queue is full or there is no thread to be had, with {@link
   * TimeoutException} after the deadline, else with what the look-up threw.
   */
  public <T> CompletableFuture<T> ask(Supplier<T> lookup) {
    Question<T> question = new Question<>(lookup, ticker.read());
    unanswered.add(question);
    try {
      if (waiting.incrementAndGet() > most) {
        throw new RejectedExecutionException("too many wait");
      }
      threads.execute(() -> answer(question));
    } catch (RejectedExecutionException e) {
      refuse(question, e);
    } catch (OutOfMemoryError noThread) {
      refuse(question, new RejectedExecutionException("there are no more threads", noThread));
    }
    return question.answer;
  }

  private void refuse(Question<?> question, RejectedExecutionException why) {
    int _ = waiting.decrementAndGet();
    unanswered.remove(question);
    question.answer.completeExceptionally(why);
  }

  /** Look-ups that wait for a thread now. */
  public int waiting() {
    return waiting.get();
  }

  /** Ends the threads; look-ups that wait fail. */
  @Override
  public void close() {
    threads.shutdownNow();
    deadlines.shutdownNow();
    unanswered.forEach(question ->
        question.answer.completeExceptionally(new RejectedExecutionException("closed")));
  }

  private <T> void answer(Question<T> question) {
    int _ = waiting.decrementAndGet();
    if (question.answer.isDone()) {
      return; // Nobody waits any more: the deadline passed in the queue.
    }
    try {
      question.answer.complete(question.lookup.get());
    } catch (RuntimeException | Error e) {
      question.answer.completeExceptionally(e);
    } finally {
      unanswered.remove(question);
    }
  }

  private void giveUp() {
    long now = ticker.read();
    for (Question<?> question : unanswered) {
      if (now - question.askedAt >= deadline.toNanos()) {
        question.answer.completeExceptionally(new TimeoutException());
      }
    }
    unanswered.removeIf(question -> question.answer.isDone());
  }

  /** Each is itself only: two that ask the same are two. */
  private static final class Question<T> {
    private final Supplier<T> lookup;
    private final long askedAt;
    private final CompletableFuture<T> answer = new CompletableFuture<>();

    Question(Supplier<T> lookup, long askedAt) {
      this.lookup = lookup;
      this.askedAt = askedAt;
    }
  }
}
