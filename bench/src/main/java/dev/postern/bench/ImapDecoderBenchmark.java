package dev.postern.bench;

import dev.postern.gateway.imap.Imap;
import dev.postern.gateway.imap.ImapCommand;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
import org.openjdk.jmh.annotations.Warmup;

/** What one IMAP command costs to read before login. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class ImapDecoderBenchmark {

  @Param({
    "a1 NOOP",
    "a1 CAPABILITY",
    "a1 LOGIN alice@example.org abcdefghjkmnpqrs",
    "a1 AUTHENTICATE PLAIN AGFsaWNlQGV4YW1wbGUub3JnAGFiY2RlZmdoamttbnBxcnM=",
    "a1 SELECT INBOX"
  })
  public String command = "";

  private Line<ImapCommand> line = new Line<>(Imap.PROTOCOL, "");

  @Setup
  public void write() {
    line = new Line<>(Imap.PROTOCOL, command);
  }

  @Benchmark
  public @Nullable ImapCommand whole() {
    return line.whole();
  }

  @Benchmark
  public @Nullable ImapCommand oneByteAtATime() {
    return line.oneByteAtATime();
  }
}
