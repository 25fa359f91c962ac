package dev.postern.gateway.observe;

import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says which connections are turned away: at most one line a second for each reason, with how many
 * there were since the last, so that a flood does not fill the log.
 */
public final class RefusalLog implements SessionEvents {
  private static final Logger LOG = LoggerFactory.getLogger("dev.postern.session");
  private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

  private final LongSupplier nanoTime;
  private final Map<ConnectionRefusal, Line> lines = new EnumMap<>(ConnectionRefusal.class);

  private record Line(LongAdder unsaid, AtomicLong notBefore) {}

  /**
   * @param nanoTime a clock that never jumps
   */
  public RefusalLog(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    long now = nanoTime.getAsLong();
    for (ConnectionRefusal why : ConnectionRefusal.values()) {
      lines.put(why, new Line(new LongAdder(), new AtomicLong(now)));
    }
  }

  @Override
  public void refused(ConnectionRefusal why, InetAddress peer) {
    Line line = lines.get(why);
    if (line == null) {
      return;
    }
    line.unsaid().increment();
    long now = nanoTime.getAsLong();
    long notBefore = line.notBefore().get();
    if (now - notBefore >= 0 && line.notBefore().compareAndSet(notBefore, now + PAUSE_NANOS)) {
      LOG.warn(
          "connections refused reason={} count={} last={}",
          why.word(),
          line.unsaid().sumThenReset(),
          peer.getHostAddress());
    }
  }
}
