package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.observe.ConnectionRefusal;
import dev.postern.gateway.observe.RefusalLog;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RefusalLogTest {

  @Test
  void saysEachReasonOnceASecondWithACount() {
    AtomicLong nanos = new AtomicLong(-5);
    RefusalLog refusals = new RefusalLog(nanos::get);
    InetAddress peer = InetAddress.ofLiteral("198.51.100.1");
    try (TestLog log = new TestLog()) {
      for (int i = 0; i < 1000; i++) {
        refusals.refused(ConnectionRefusal.ADDRESS_FULL, peer);
      }
      refusals.refused(ConnectionRefusal.BANNED, peer);
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      refusals.refused(ConnectionRefusal.ADDRESS_FULL, InetAddress.ofLiteral("198.51.100.2"));
      assertThat(log.lines())
          .containsExactly(
              "connections refused reason=address-full count=1 last=198.51.100.1",
              "connections refused reason=banned count=1 last=198.51.100.1",
              "connections refused reason=address-full count=1000 last=198.51.100.2");
    }
  }
}
