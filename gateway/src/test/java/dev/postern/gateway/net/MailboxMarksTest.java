package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MailboxMarksTest {
  private static final UpstreamMailbox ALICE = new UpstreamMailbox("real", "alice");

  private static final Duration LONGEST = Duration.ofMinutes(15);

  private final MockTicker ticker = Ticker.newMockTicker();
  private final MailboxMarks pauses = new MailboxMarks(LONGEST, ticker);

  @Test
  void aPauseIsOfOneMailboxAtOneUpstreamAndEnds() {
    pauses.mark(ALICE, Duration.ofMillis(1_500));
    assertThat(pauses.left(ALICE)).contains(Duration.ofMillis(1_500));
    assertThat(pauses.left(new UpstreamMailbox("real", "bob"))).isEmpty();
    assertThat(pauses.left(new UpstreamMailbox("other", "alice"))).isEmpty();
    after(1_499);
    assertThat(pauses.left(ALICE)).contains(Duration.ofMillis(1));
    after(1);
    assertThat(pauses.left(ALICE)).isEmpty();
    assertThat(pauses.size()).as("nothing is kept of it").isZero();
  }

  @Test
  void nobodyIsLeftAloneForMoreThanAQuarterOfAnHour() {
    pauses.mark(ALICE, Duration.ofDays(400_000));
    assertThat(pauses.left(ALICE)).contains(Duration.ofMinutes(15));
  }

  @Test
  void theLaterEndCounts() {
    pauses.mark(ALICE, Duration.ofSeconds(10));
    pauses.mark(ALICE, Duration.ofSeconds(1));
    assertThat(pauses.left(ALICE)).contains(Duration.ofSeconds(10));
    pauses.mark(ALICE, Duration.ofSeconds(20));
    assertThat(pauses.left(ALICE)).contains(Duration.ofSeconds(20));
    assertThat(pauses.size()).isEqualTo(1);
  }

  @Test
  void noTimeIsNoPause() {
    pauses.mark(ALICE, Duration.ZERO);
    pauses.mark(ALICE, Duration.ofSeconds(-1));
    assertThat(pauses.left(ALICE)).isEmpty();
    assertThat(pauses.size()).isZero();
  }

  @Test
  void whereThereAreTooManyTheOneThatEndsFirstIsForgotten() {
    pauses.mark(ALICE, Duration.ofSeconds(1));
    IntStream.range(1, MailboxMarks.MOST)
        .forEach(i -> pauses.mark(mailbox(i), Duration.ofSeconds(60)));
    assertThat(pauses.left(ALICE)).isPresent();
    pauses.mark(mailbox(0), Duration.ofSeconds(60));
    assertThat(pauses.left(ALICE)).isEmpty();
    assertThat(pauses.left(mailbox(0))).isPresent();
    assertThat(pauses.left(mailbox(1))).isPresent();
    assertThat(pauses.size()).isEqualTo(MailboxMarks.MOST);

    after(60_000);
    assertThat(pauses.left(mailbox(1))).isEmpty();
    assertThat(pauses.size()).as("all that are over go together").isZero();
  }

  private static UpstreamMailbox mailbox(int i) {
    return new UpstreamMailbox("real", "user" + i);
  }

  private void after(long millis) {
    ticker.advance(millis, TimeUnit.MILLISECONDS);
  }

  @Test
  void clearingTakesTheMarkOfOneMailbox() {
    UpstreamMailbox bob = new UpstreamMailbox("real", "bob");
    pauses.mark(ALICE, Duration.ofMinutes(1));
    pauses.mark(bob, Duration.ofMinutes(1));
    pauses.clear(ALICE);
    pauses.clear(ALICE);
    assertThat(pauses.left(ALICE)).isEmpty();
    assertThat(pauses.left(bob)).isPresent();
    assertThat(pauses.size()).isEqualTo(1);
  }
}
