package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AcceptGateTest {
  private final AtomicBoolean isFull = new AtomicBoolean();
  private final AtomicLong nanos = new AtomicLong(-5);
  private final AcceptGate gate = new AcceptGate(isFull::get, () -> !isFull.get(), nanos::get);

  @Test
  void whatComesWhileAllIsFullWaits() {
    EmbeddedChannel server = new EmbeddedChannel();
    gate.guard(server);
    shut();
    assertThat(server.config().isAutoRead()).isFalse();
    open();
    assertThat(server.config().isAutoRead()).isTrue();
    server.close();
  }

  @Test
  void theLogSaysSoOnceAMinute() {
    try (TestLog log = new TestLog()) {
      for (int i = 0; i < 100; i++) {
        shut();
        open();
      }
      nanos.addAndGet(Duration.ofMinutes(1).toNanos());
      shut();
      assertThat(log.lines())
          .hasSize(2)
          .allMatch(line -> line.startsWith("as many connections as there may be"));
    }
  }

  private void shut() {
    isFull.set(true);
    gate.cameIn();
  }

  private void open() {
    isFull.set(false);
    gate.wentOut();
  }
}
