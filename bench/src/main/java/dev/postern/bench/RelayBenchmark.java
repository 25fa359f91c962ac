package dev.postern.bench;

import dev.postern.gateway.net.SplicedPair;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
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
 * What the hand-over and one read of a relay cost beside the calls of the system, which are left
 * out: the channels have no sockets.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RelayBenchmark {

  /** Of one read. */
  @Param({"64", "32768"})
  public int bytes = 0;

  private SplicedPair pair = new SplicedPair();
  private ByteBuf read = Unpooled.EMPTY_BUFFER;

  @Setup
  public void fill() {
    read = Unpooled.directBuffer(bytes).writeZero(bytes);
    pair = new SplicedPair();
  }

  @TearDown
  public void end() {
    pair.close();
    read.release();
  }

  /** Two channels made, spliced and closed. */
  @Benchmark
  public void splice() {
    new SplicedPair().close();
  }

  /** One read of the upstream's side, until it is with the client's socket. */
  @Benchmark
  public int relay() {
    return pair.down(read.retainedDuplicate());
  }
}
