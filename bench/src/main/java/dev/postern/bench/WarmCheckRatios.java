package dev.postern.bench;

import dev.postern.store.auth.WarmPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntPredicate;
import javax.crypto.Mac;

/**
 * The warm check against one reused HMAC of the same message, in turns of a fraction of a
 * millisecond, so that other work on the machine hits all of them alike: each figure is the median
 * over many rounds of the quotient within a round. Then two threads against one.
 */
public final class WarmCheckRatios {
  private static final int USERS = 256;
  private static final int ROUNDS = 1500;
  private static final int WARM_UP = 300;
  private static final int CALLS = USERS;

  private WarmCheckRatios() {}

  private record Variant(String name, IntPredicate call, double[] nanos) {
    Variant(String name, IntPredicate call) {
      this(name, call, new double[ROUNDS]);
    }

    double time() {
      int matches = 0;
      long start = System.nanoTime();
      for (int i = 0; i < CALLS; i++) {
        matches += call.test(i) ? 1 : 0;
      }
      long nanos = System.nanoTime() - start;
      if (matches != 0 && matches != CALLS) {
        throw new IllegalStateException(name + " is not what it should be");
      }
      return (double) nanos / CALLS;
    }
  }

  /** Prints the table; about a minute. */
  public static void main(String[] arguments) throws InterruptedException {
    byte[] message = WarmPath.message();
    List<WarmPath> paths = new ArrayList<>();
    List<Variant> variants = new ArrayList<>();
    for (int candidates : new int[] {1, 10, 40}) {
      WarmPath path = WarmPath.of(USERS, candidates);
      paths.add(path);
      if (variants.isEmpty()) {
        Mac mac = path.mac();
        variants.add(new Variant("HMAC alone", _ -> mac.doFinal(message).length == 32));
      }
      variants.add(new Variant("right, of " + candidates, path::right));
      variants.add(new Variant("wrong, of " + candidates, path::wrong));
      variants.add(new Variant("unknown, of " + candidates, path::unknown));
    }
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      for (Variant variant : variants) {
        double nanos = variant.time();
        if (round >= 0) {
          variant.nanos[round] = nanos;
        }
      }
    }
    print(variants);
    WarmPath first = paths.getFirst();
    double[] gains = new double[9];
    for (int i = 0; i < gains.length; i++) {
      gains[i] = perSecond(first, 2) / perSecond(first, 1);
    }
    Arrays.sort(gains);
    System.out.printf(
        Locale.ROOT,
        "2 threads against 1, checks per second: median %.2f (%.2f to %.2f)%n",
        gains[gains.length / 2],
        gains[0],
        gains[gains.length - 1]);
    paths.forEach(WarmPath::close);
  }

  private static void print(List<Variant> variants) {
    double[] alone = variants.getFirst().nanos;
    double[] one = variants.get(1).nanos;
    System.out.printf(
        Locale.ROOT,
        "%-16s %10s %10s %16s %18s%n",
        "",
        "min ns",
        "median ns",
        "against HMAC",
        "against right of 1");
    for (Variant variant : variants) {
      double[] sorted = variant.nanos.clone();
      Arrays.sort(sorted);
      System.out.printf(
          Locale.ROOT,
          "%-16s %10.0f %10.0f %16.2f %18.2f%n",
          variant.name,
          sorted[0],
          sorted[sorted.length / 2],
          median(variant.nanos, alone),
          median(variant.nanos, one));
    }
  }

  private static double median(double[] nanos, double[] reference) {
    double[] quotients = new double[nanos.length];
    for (int i = 0; i < nanos.length; i++) {
      quotients[i] = nanos[i] / reference[i];
    }
    Arrays.sort(quotients);
    return quotients[quotients.length / 2];
  }

  private static double perSecond(WarmPath path, int threads) throws InterruptedException {
    LongAdder checks = new LongAdder();
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> all = new ArrayList<>();
    long end = System.nanoTime() + 400_000_000L;
    for (int t = 0; t < threads; t++) {
      all.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  start.await();
                } catch (InterruptedException _) {
                  Thread.currentThread().interrupt();
                }
                while (System.nanoTime() < end) {
                  for (int i = 0; i < CALLS; i++) {
                    if (!path.right(i)) {
                      throw new IllegalStateException("not right");
                    }
                  }
                  checks.add(CALLS);
                }
              }));
    }
    start.countDown();
    for (Thread thread : all) {
      thread.join();
    }
    return checks.sum() / 0.4;
  }
}
