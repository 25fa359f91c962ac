package dev.postern.bench;

import dev.postern.gateway.smtp.Smtp;
import dev.postern.gateway.smtp.SmtpCommand;
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

/** What one submission command costs to read before login. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class SmtpDecoderBenchmark {

  @Param({
    "NOOP",
    "EHLO laptop.example.org",
    "AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAGFiY2RlZmdoamttbnBxcnM=",
    "MAIL FROM:<alice@example.org> SIZE=1000"
  })
  public String command = "";

  private Line<SmtpCommand> line = new Line<>(Smtp.PROTOCOL, "");

  @Setup
  public void write() {
    line = new Line<>(Smtp.PROTOCOL, command);
  }

  @Benchmark
  public @Nullable SmtpCommand whole() {
    return line.whole();
  }

  @Benchmark
  public @Nullable SmtpCommand oneByteAtATime() {
    return line.oneByteAtATime();
  }
}
