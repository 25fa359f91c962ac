package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.observe.Timeline;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MilestonesTest {
  private final MockTicker ticker = Ticker.newMockTicker();
  private Milestones milestones;

  @BeforeEach
  void connect() {
    pass(7);
    milestones = new Milestones(ticker);
  }

  @Test
  void eachIsToldSinceTheConnection() {
    pass(10);
    milestones.encrypted();
    pass(10);
    long firstByte = ticker.nanoTime();
    pass(5);
    milestones.attempted(firstByte);
    pass(5);
    milestones.verified();
    pass(10);
    milestones.upstreamReady();
    pass(10);
    milestones.relayed();
    pass(50);

    assertThat(milestones.ended())
        .isEqualTo(new Timeline(ms(10), ms(20), ms(30), ms(40), ms(50), Duration.ofMillis(100)));
  }

  @Test
  void whatDidNotHappenIsAbsent() {
    pass(3);

    assertThat(milestones.ended())
        .isEqualTo(
            new Timeline(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Duration.ofMillis(3)));
  }

  @Test
  void whatHappensTwiceCountsTheFirstTime() {
    milestones.attempted(ticker.nanoTime());
    pass(1);
    milestones.verified();
    milestones.relayed();
    pass(1);
    milestones.verified();
    milestones.relayed();

    assertThat(milestones.ended().verify()).isEqualTo(ms(1));
    assertThat(milestones.ended().relay()).isEqualTo(ms(1));
  }

  @Test
  void ofSeveralLoginsTheLastCounts() {
    milestones.attempted(ticker.nanoTime());
    pass(1);
    milestones.verified();
    milestones.upstreamReady();
    pass(1);
    milestones.attempted(ticker.nanoTime());

    assertThat(milestones.ended().login()).isEqualTo(ms(2));
    assertThat(milestones.ended().verify()).isEmpty();
    assertThat(milestones.ended().upstream()).isEmpty();

    pass(1);
    milestones.verified();
    assertThat(milestones.ended().verify()).isEqualTo(ms(3));
  }

  private void pass(long millis) {
    ticker.advance(millis, TimeUnit.MILLISECONDS);
  }

  private static Optional<Duration> ms(long millis) {
    return Optional.of(Duration.ofMillis(millis));
  }
}
