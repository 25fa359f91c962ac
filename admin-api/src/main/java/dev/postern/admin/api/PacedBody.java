package dev.postern.admin.api;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The body of a request on its way, which must not take for ever: whoever reads it has some
 * patience, and a second of it back for each {@value #BYTES_PER_SECOND} bytes that came. Only
 * waiting counts, not what is done between two reads. A single wait also ends with the idle time of
 * the listener.
 */
public final class PacedBody extends InputStream {
  /** Longest body that is taken as a whole, bytes. */
  static final int LONGEST = 64 * 1024;

  static final int BYTES_PER_SECOND = 8 * 1024;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** For what nobody wants to know any more. */
  private static final Duration REST_PATIENCE = Duration.ofSeconds(1);

  private static final int REST = 256 * 1024;

  private static final int PIECE = 4 * 1024;

  private final InputStream body;
  private final LongSupplier nanoTime;
  private final long patience;
  private long nanosLeft;

  PacedBody(InputStream body, Duration patience, LongSupplier nanoTime) {
    this.body = body;
    this.nanoTime = nanoTime;
    this.patience = patience.toNanos();
    this.nanosLeft = this.patience;
  }

  static PacedBody of(Context request) {
    return new PacedBody(request.bodyInputStream(), PATIENCE, System::nanoTime);
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
    try (PacedBody body = of(request)) {
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
      PacedBody rest = new PacedBody(request.bodyInputStream(), REST_PATIENCE, System::nanoTime);
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
    long began = nanoTime.getAsLong();
    int count;
    try {
      count = body.read(into, offset, length);
    } catch (IOException _) {
      throw Refusal.of(ProblemType.INCOMPLETE, "The body ended too early.");
    }
    nanosLeft -= nanoTime.getAsLong() - began;
    if (count > 0) {
      long earned = count * (Duration.ofSeconds(1).toNanos() / BYTES_PER_SECOND);
      nanosLeft = Math.min(patience, nanosLeft + earned);
    }
    if (count >= 0 && nanosLeft < 0) {
      throw Refusal.of(ProblemType.INCOMPLETE, "The body came too slowly.");
    }
    return count;
  }
}
