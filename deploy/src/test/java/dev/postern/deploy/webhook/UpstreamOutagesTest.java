package dev.postern.deploy.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.store.auth.Scope;
import dev.postern.store.event.SiteEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When somebody is told that an upstream is not reached. */
class UpstreamOutagesTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
  private static final UpstreamHealth UP = new UpstreamHealth("mailstore", Scope.IMAP, true, "");
  private static final UpstreamHealth DOWN =
      new UpstreamHealth("mailstore", Scope.IMAP, false, "connect: refused");

  private final UpstreamOutages outages = new UpstreamOutages("mx1/4711");

  private List<SiteEvent> look(int second, UpstreamHealth... healths) {
    return outages.look(List.of(healths), Duration.ofSeconds(second).toNanos(), NOW);
  }

  @Test
  void isToldOnceAfterTenSecondsAndOnceWhenItIsOver() {
    assertThat(look(100, UP)).isEmpty();
    assertThat(look(101, DOWN)).isEmpty();
    assertThat(look(110, DOWN)).isEmpty();
    assertThat(look(111, DOWN))
        .containsExactly(
            new SiteEvent.UpstreamDown(NOW, "mx1/4711", "mailstore", "imap", "connect: refused"));
    assertThat(look(130, DOWN)).isEmpty();
    assertThat(look(161, UP))
        .containsExactly(
            new SiteEvent.UpstreamUp(NOW, "mx1/4711", "mailstore", "imap", Duration.ofSeconds(60)));
    assertThat(look(162, UP)).isEmpty();
  }

  @Test
  void aShortOutageIsToldToNobody() {
    assertThat(look(100, DOWN)).isEmpty();
    assertThat(look(105, UP)).isEmpty();
    assertThat(look(106, DOWN)).isEmpty();
    assertThat(look(112, DOWN)).as("begins anew").isEmpty();
  }

  @Test
  void whatTheConfigurationHasNoMoreIsForgotten() {
    assertThat(look(100, DOWN)).isEmpty();
    assertThat(look(110, DOWN)).hasSize(1);
    assertThat(look(111)).isEmpty();
    assertThat(look(112, UP)).isEmpty();
  }
}
