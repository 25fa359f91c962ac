package dev.postern.admin;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A health source that is asked at most once a second, however many ask: each question may hold a
 * database connection for two seconds, and probes of a whole cluster come together. Those who come
 * while the source is being asked wait for that answer. Safe for any thread.
 */
final class RecentHealth implements HealthSource {
  private static final long KEEP_NANOS = Duration.ofSeconds(1).toNanos();

  private final HealthSource source;
  private final LongSupplier nanoTime;
  private final Duration patience;
  private final ReentrantLock asking = new ReentrantLock();
  private @Nullable Answer last;

  /**
   * @param nanoTime as {@link System#nanoTime()}
   * @param patience how long a request waits for an answer that another one is getting
   */
  RecentHealth(HealthSource source, LongSupplier nanoTime, Duration patience) {
    this.source = source;
    this.nanoTime = nanoTime;
    this.patience = patience;
  }

  /**
   * @throws IllegalStateException if the source did not answer in time
   */
  @Override
  public List<Part> parts() {
    try {
      if (!asking.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IllegalStateException("no answer within " + patience);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", stopping);
    }
    try {
      Answer known = last;
      if (known != null && nanoTime.getAsLong() - known.at() < KEEP_NANOS) {
        return known.parts();
      }
      List<Part> parts = List.copyOf(source.parts());
      last = new Answer(parts, nanoTime.getAsLong());
      return parts;
    } finally {
      asking.unlock();
    }
  }

  private record Answer(List<Part> parts, long at) {}
}
