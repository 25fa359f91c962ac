package dev.postern.bench;

import dev.postern.store.auth.WarmPath;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A check of an app password whose user is cached, end to end up to the comparison, beside one
 * reused HMAC of the same message. On a machine with other work use {@link WarmCheckRatios} for
 * times; allocation ({@code -prof gc}) and threads ({@code -t 2}) are measured here.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WarmCheckBenchmark {
  private static final int USERS = 256;

  /** All threads ask one cache. */
  @State(Scope.Benchmark)
  public static class Cached {
    @Param({"1", "10", "40"})
    public int candidates = 1;

    private WarmPath path = WarmPath.of(0, 1);

    @Setup
    public void load() {
      path.close();
      path = WarmPath.of(USERS, candidates);
    }

    @TearDown
    public void close() {
      path.close();
    }
  }

  /** A thread goes through the users in turn. */
  @State(Scope.Thread)
  public static class Turn {
    private int next;

    int next() {
      next = (next + 1) & (USERS - 1);
      return next;
    }
  }

  /** What each thread would do with an HMAC alone. */
  @State(Scope.Thread)
  public static class Baseline {
    private final byte[] message = WarmPath.message();
    private final Mac mac;

    public Baseline() {
      try (WarmPath path = WarmPath.of(0, 1)) {
        mac = path.mac();
      }
    }
  }

  @Benchmark
  public byte[] hmacAlone(Baseline baseline) {
    return baseline.mac.doFinal(baseline.message);
  }

  @Benchmark
  public boolean right(Cached cached, Turn turn) {
    return cached.path.right(turn.next());
  }

  @Benchmark
  public boolean wrong(Cached cached, Turn turn) {
    return cached.path.wrong(turn.next());
  }

  @Benchmark
  public boolean unknown(Cached cached, Turn turn) {
    return cached.path.unknown(turn.next());
  }
}
