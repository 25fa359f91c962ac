package dev.postern.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * How much of its processors a virtual machine was not given, by Linux' own count ({@code
 * proc_stat(5)}): what is measured meanwhile tells of the neighbours too.
 */
final class StolenTime {
  private static final Path COUNTS = Path.of("/proc/stat");
  private static final int STOLEN = 7;

  private final long[] before;

  private StolenTime(long[] before) {
    this.before = before;
  }

  static StolenTime fromNow() throws IOException {
    return new StolenTime(counts());
  }

  /** In parts of 100 of all processors' time since then. */
  double percent() throws IOException {
    long[] now = counts();
    double all = Math.max(1, Arrays.stream(now).sum() - Arrays.stream(before).sum());
    return 100 * (now[STOLEN] - before[STOLEN]) / all;
  }

  /** Of all processors together: user, nice, system, idle, I/O wait, two interrupts, stolen. */
  private static long[] counts() throws IOException {
    String first = Files.readAllLines(COUNTS).getFirst();
    return Arrays.stream(first.split(" +", -1))
        .skip(1)
        .limit(STOLEN + 1)
        .mapToLong(Long::parseLong)
        .toArray();
  }
}
