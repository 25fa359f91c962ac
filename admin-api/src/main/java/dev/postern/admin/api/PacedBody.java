package dev.postern.admin.api;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The body of a request on its way, which must not take for ever: whoever reads it has some
 * patience, of which a second comes back for each {@value #BYTES_PER_SECOND} bytes, and a time for
 * all of it. For the patience only waiting counts, not what is done between two reads. For one
 * thread.
 */
public final class PacedBody extends InputStream {
  /** Longest body that is taken as a whole, bytes. */
  static final int LONGEST = 64 * 1024;

  static final int BYTES_PER_SECOND = 8 * 1024;

  /** For what nobody wants to know any more. */
  private static final Pace REST_PACE = new Pace(Duration.ofSeconds(1), Duration.ofSeconds(10));

  private static final int REST = 256 * 1024;
  private static final int PIECE = 4 * 1024;

  private final InputStream body;
  private final Consumer<Optional<Duration>> silence;
  private final Pace pace;
  private final LongSupplier nanoTime;
  private final long began;
  private long nanosLeft;

  /**
   * How fast a body has to come.
   *
   * @param patience with bytes that are late
   * @param whole longest to its end, with what is done between two reads
   */
  record Pace(Duration patience, Duration whole) {
    /** An import of a large site takes minutes. */
    static final Pace USUAL = new Pace(Duration.ofSeconds(10), Duration.ofHours(1));
  }

  /**
   * @param silence is told how long a read may take at most, and of its end by nothing
   */
  PacedBody(
      InputStream body, Consumer<Optional<Duration>> silence, Pace pace, LongSupplier nanoTime) {
    this.body = body;
    this.silence = silence;
    this.pace = pace;
    this.nanoTime = nanoTime;
    this.began = nanoTime.getAsLong();
    this.nanosLeft = pace.patience().toNanos();
  }

  static PacedBody of(Context request, Pace pace) {
    Silence silence = Silence.of(request);
    return new PacedBody(
        request.bodyInputStream(),
        limit -> limit.ifPresentOrElse(silence::limit, silence::lift),
        pace,
        System::nanoTime);
  }

  /**
   * Reads the body whole.
   *
   * @throws Refusal {@code TOO_LARGE} if it is longer than {@value #LONGEST} bytes, whatever length
   *     was said; {@code INCOMPLETE}
   */
  public static byte[] whole(Context request) {
    if (request.req().getContentLengthLong() > LONGEST) {
      throw tooLarge();
    }
    try (PacedBody body = of(request, Pace.USUAL)) {
      byte[] bytes = body.readNBytes(LONGEST + 1);
      if (bytes.length > LONGEST) {
        throw tooLarge();
      }
      return bytes;
    } catch (IOException e) {
      throw new IllegalStateException("nothing here throws it", e);
    }
  }

  /**
   * Reads what was not read of a body, up to {@value #REST} bytes: with bytes on their way a
   * connection is cut off, and the answer may be lost with it. Whoever sends more, or slowly, is
   * cut off.
   */
  static void drain(Context request) {
    if (request.req().getContentLengthLong() > REST) {
      return;
    }
    byte[] piece = new byte[PIECE];
    try {
      PacedBody rest = of(request, REST_PACE);
      int count = 0;
      for (int all = 0; count >= 0 && all < REST; all += count) {
        count = rest.read(piece, 0, piece.length);
      }
    } catch (RuntimeException _) {
      // Then it is cut off.
    }
  }

  private static Refusal tooLarge() {
    return Refusal.of(ProblemType.TOO_LARGE, "A body has at most " + LONGEST + " bytes.");
  }

  /**
   * As ever.
   *
   * @throws Refusal {@code INCOMPLETE}
   */
  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /**
   * As ever.
   *
   * @throws Refusal {@code INCOMPLETE} if the client went away or took too long
   */
  @Override
  public int read(byte[] into, int offset, int length) {
    long start = nanoTime.getAsLong();
    long nanos = Math.min(nanosLeft, pace.whole().toNanos() - (start - began));
    if (nanos <= 0) {
      throw tooSlow();
    }
    int count;
    silence.accept(Optional.of(Duration.ofNanos(nanos)));
    try {
      count = body.read(into, offset, length);
    } catch (IOException failure) {
      throw failure.getCause() instanceof TimeoutException
          ? tooSlow()
          : Refusal.of(ProblemType.INCOMPLETE, "The body ended too early.");
    } finally {
      silence.accept(Optional.empty());
    }
    nanosLeft -= nanoTime.getAsLong() - start;
    if (count > 0) {
      long earned = count * (Duration.ofSeconds(1).toNanos() / BYTES_PER_SECOND);
      nanosLeft = Math.min(pace.patience().toNanos(), nanosLeft + earned);
    }
    if (count >= 0 && nanosLeft < 0) {
      throw tooSlow();
    }
    return count;
  }

  private static Refusal tooSlow() {
    return Refusal.of(ProblemType.INCOMPLETE, "The body came too slowly.");
  }
}
