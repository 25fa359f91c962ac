package dev.postern.store.hash;

import dev.postern.store.Backstage;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of a {@link SlowPool}: those that compute, which end after half a minute without
 * work, and one for the deadlines.
 */
final class HashThreads implements Executor, SlowPool.Timer {
  private final ThreadPoolExecutor computing;
  private final ScheduledThreadPoolExecutor alarms;

  /**
   * @param most that compute
   */
  HashThreads(int most) {
    AtomicInteger number = new AtomicInteger();
    this.computing =
        new ThreadPoolExecutor(
            most,
            most,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(most),
            task -> Backstage.thread("postern-hash-" + number.incrementAndGet(), task));
    computing.allowCoreThreadTimeOut(true);
    this.alarms =
        new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().daemon().name("postern-hash-deadlines").unstarted(task));
    alarms.setRemoveOnCancelPolicy(true);
  }

  @Override
  public void execute(Runnable task) {
    computing.execute(task);
  }

  @Override
  public Runnable after(Duration delay, Runnable action) {
    ScheduledFuture<?> alarm = alarms.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> alarm.cancel(false);
  }

  /** Interrupts those that compute; what is asked for later is rejected. */
  void end() {
    computing.shutdownNow();
    alarms.shutdownNow();
  }
}
