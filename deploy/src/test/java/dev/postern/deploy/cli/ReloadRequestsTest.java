package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReloadRequestsTest {
  private final ReloadRequests requests = new ReloadRequests();
  private final AtomicInteger reloads = new AtomicInteger();

  @Test
  void whatComesWhileTheServerStartsIsMetOnceItHas() {
    requests.add();
    requests.add();
    requests.meetBy(reloads::incrementAndGet);
    assertThat(reloads).hasValue(1);
    requests.add();
    assertThat(reloads).hasValue(2);
  }

  @Test
  void noneIsMadeUp() {
    requests.meetBy(reloads::incrementAndGet);
    assertThat(reloads).hasValue(0);
  }
}
