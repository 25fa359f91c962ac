package dev.postern.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Something that is done at random times, so often a second whether what was before is done or not.
 * Counted from when it was due.
 */
final class OpenArrivals {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final int PATIENCE_SECONDS = 40;

  private final String name;
  private final int aSecond;
  private final Deed deed;
  private final ConcurrentLinkedQueue<Double> millis = new ConcurrentLinkedQueue<>();
  private final ConcurrentMap<String, LongAdder> failed = new ConcurrentHashMap<>();
  private final Thread dispatcher;
  private int seconds;

  interface Deed {
    /**
     * Does it once.
     *
     * @throws IOException why it came to nothing, in few and constant words
     */
    void perform(Random random) throws IOException;
  }

  OpenArrivals(String name, int aSecond, Deed deed) {
    this.name = name;
    this.aSecond = aSecond;
    this.deed = deed;
    this.dispatcher = Thread.ofPlatform().unstarted(this::arrive);
  }

  void start(int howLong) {
    seconds = howLong;
    dispatcher.start();
  }

  private void arrive() {
    Random random = new Random(aSecond);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long start = System.nanoTime();
      for (double due = 0;
          aSecond > 0 && due < TimeUnit.SECONDS.toNanos(seconds);
          due += -Math.log(1 - random.nextDouble()) * TimeUnit.SECONDS.toNanos(1) / aSecond) {
        long at = start + (long) due;
        for (long left = at - System.nanoTime(); left > 0; left = at - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        Random own = new Random(random.nextLong());
        var _ = threads.submit(() -> once(own, at));
      }
    }
  }

  private void once(Random random, long due) {
    try {
      deed.perform(random);
      millis.add((System.nanoTime() - due) / NANOS_PER_MILLI);
    } catch (IOException e) {
      failed.computeIfAbsent(String.valueOf(e.getMessage()), _ -> new LongAdder()).increment();
    }
  }

  /** Waits for the last, and says how often each failed why; empty if there were none. */
  String summary() throws InterruptedException {
    boolean isOver = dispatcher.join(Duration.ofSeconds(seconds + PATIENCE_SECONDS));
    if (aSecond == 0) {
      return "";
    }
    double[] sorted = sorted();
    return String.format(
        Locale.ROOT,
        "  %s %,d (failed: %s%s): p50 %.2f, p99 %.2f ms",
        name,
        sorted.length,
        failed.isEmpty() ? "none" : new TreeMap<>(failed),
        isOver ? "" : ", and some are not done",
        Percentiles.ofSorted(sorted, 0.5),
        Percentiles.ofSorted(sorted, 0.99));
  }

  double median() {
    return Percentiles.ofSorted(sorted(), 0.5);
  }

  private double[] sorted() {
    return millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }
}
