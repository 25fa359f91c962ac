package dev.postern.deploy.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How hard a receiver is tried. */
class WebhookPaceTest {

  /** As docs/webhooks.md says. */
  @Test
  void fifteenTriesTakeAnHourAndAHalf() {
    WebhookPace usual = WebhookPace.USUAL;
    Duration pauses =
        IntStream.range(1, usual.tries())
            .mapToObj(usual::pause)
            .reduce(Duration.ZERO, Duration::plus);
    assertThat(usual.tries()).isEqualTo(15);
    assertThat(pauses).isBetween(Duration.ofMinutes(90), Duration.ofMinutes(95));
    assertThat(usual.pause(1)).isEqualTo(Duration.ofSeconds(2));
    assertThat(usual.pause(14)).isEqualTo(Duration.ofMinutes(15));
  }
}
