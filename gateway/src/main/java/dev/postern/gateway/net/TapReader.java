package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.StopBytes;
import dev.postern.gateway.dialogue.Stretch;
import dev.postern.gateway.dialogue.Tap;
import dev.postern.gateway.dialogue.Tap.Verdict;
import io.netty.buffer.ByteBuf;

/**
 * Shows a {@link Tap} what has been read, but for the stretches that it need not see: most of a
 * message, most of the time.
 */
public final class TapReader {
  private TapReader() {}

  /**
   * How far it went.
   *
   * @param passed bytes
   * @param verdict on the one behind them, or that it went to the end
   */
  public record Shown(int passed, Verdict verdict) {}

  /** Shows the client's next bytes, up to the first that does not pass; moves no index. */
  public static Shown client(Tap tap, ByteBuf bytes) {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (at < end) {
      int skipped = length(tap.clientStretch(), bytes, at, end);
      if (skipped > 0) {
        tap.skipClient(skipped);
        at += skipped;
      } else {
        Verdict verdict = tap.fromClient(bytes.getByte(at));
        if (!(verdict instanceof Verdict.Pass)) {
          return new Shown(at - bytes.readerIndex(), verdict);
        }
        at++;
      }
    }
    return new Shown(bytes.readableBytes(), Tap.PASS);
  }

  /** Shows the upstream's, up to the first with which the session ends. */
  public static Shown upstream(Tap tap, ByteBuf bytes) {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (at < end) {
      int skipped = length(tap.upstreamStretch(), bytes, at, end);
      if (skipped > 0) {
        tap.skipUpstream(skipped);
        at += skipped;
      } else {
        Verdict verdict = tap.fromUpstream(bytes.getByte(at));
        if (verdict instanceof Verdict.End) {
          return new Shown(at - bytes.readerIndex(), verdict);
        }
        at++;
      }
    }
    return new Shown(bytes.readableBytes(), Tap.PASS);
  }

  private static int length(Stretch stretch, ByteBuf bytes, int from, int end) {
    int most = Math.min(stretch.most(), end - from);
    StopBytes stops = stretch.end();
    if (most == 0 || stops == StopBytes.NONE) {
      return most;
    }
    int at = from;
    for (; at + Long.BYTES <= from + most; at += Long.BYTES) {
      int before = stops.before(bytes.getLongLE(at));
      if (before < Long.BYTES) {
        return at - from + before;
      }
    }
    while (at < from + most && !stops.contains(bytes.getByte(at))) {
      at++;
    }
    return at - from;
  }
}
