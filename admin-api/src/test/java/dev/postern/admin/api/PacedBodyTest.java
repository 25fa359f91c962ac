package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PacedBodyTest {
  private static final PacedBody.Pace PACE =
      new PacedBody.Pace(Duration.ofSeconds(10), Duration.ofHours(1));

  private final AtomicLong now = new AtomicLong();
  private final List<Optional<Duration>> limits = new ArrayList<>();

  private PacedBody body(int size, int piece, Duration pause) {
    return new PacedBody(slow(size, piece, pause), limits::add, PACE, now::get);
  }

  /** Gives so many bytes at a time, after such a pause. */
  private InputStream slow(int size, int piece, Duration pause) {
    return new ByteArrayInputStream(new byte[size]) {
      @Override
      public synchronized int read(byte[] into, int offset, int length) {
        now.addAndGet(length == 0 ? 0 : pause.toNanos());
        return super.read(into, offset, Math.min(length, piece));
      }
    };
  }

  @Test
  void aByteASecondIsGivenUpAfterTenSeconds() {
    assertThatThrownBy(() -> body(1000, 1, Duration.ofSeconds(1)).readAllBytes())
        .isInstanceOf(Refusal.class)
        .hasMessage("The body came too slowly.");
    assertThat(Duration.ofNanos(now.get())).isEqualTo(Duration.ofSeconds(11));
  }

  @Test
  void whatComesAtASlowLinesPaceIsReadWhole() throws IOException {
    int size = 100 * PacedBody.BYTES_PER_SECOND;

    byte[] read = body(size, PacedBody.BYTES_PER_SECOND, Duration.ofMillis(1050)).readAllBytes();

    assertThat(read).hasSize(size);
  }

  @Test
  void whatCameFastMakesNoLongPauseGood() {
    InputStream fastThenSlow =
        new SequenceInputStream(
            new ByteArrayInputStream(new byte[1 << 20]), slow(3, 1, Duration.ofSeconds(11)));

    assertThatThrownBy(
            () -> new PacedBody(fastThenSlow, limits::add, PACE, now::get).readAllBytes())
        .isInstanceOf(Refusal.class)
        .hasMessage("The body came too slowly.");
  }

  @Test
  void onePauseIsForgiven() throws IOException {
    assertThat(body(100, 100, Duration.ofSeconds(4)).readAllBytes()).hasSize(100);
  }

  @Test
  void whatIsDoneBetweenTwoReadsDoesNotCount() {
    PacedBody body = body(3, 1, Duration.ofSeconds(1));
    for (int i = 0; i < 3; i++) {
      assertThat(body.read()).isZero();
      now.addAndGet(Duration.ofMinutes(5).toNanos());
    }
    assertThat(body.read()).isEqualTo(-1);
  }

  @Test
  void allOfItHasItsTimeWithWhatIsDoneMeanwhile() {
    PacedBody body = body(3, 1, Duration.ofSeconds(1));
    assertThat(body.read()).isZero();
    now.addAndGet(Duration.ofHours(1).toNanos());

    assertThatThrownBy(body::read)
        .isInstanceOf(Refusal.class)
        .hasMessage("The body came too slowly.");
  }

  @Test
  void noReadIsLongerThanWhatIsLeft() {
    PacedBody body = body(3, 1, Duration.ofSeconds(4));
    assertThat(body.read()).isZero();
    assertThat(body.read()).isZero();

    assertThat(limits).hasSize(4);
    assertThat(limits.getFirst()).contains(Duration.ofSeconds(10));
    assertThat(limits.get(1)).isEmpty();
    assertThat(limits.get(2).orElseThrow())
        .isBetween(Duration.ofSeconds(6), Duration.ofMillis(6001));
    assertThat(limits.getLast()).isEmpty();
  }

  @Test
  void aClientThatGoesAwayIsNoFaultOfOurs() {
    InputStream cut =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new EOFException("early");
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            return read();
          }
        };

    assertThatThrownBy(() -> new PacedBody(cut, limits::add, PACE, now::get).readAllBytes())
        .isInstanceOf(Refusal.class)
        .hasMessage("The body ended too early.");
  }
}
