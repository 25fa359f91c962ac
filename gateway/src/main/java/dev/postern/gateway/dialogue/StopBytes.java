package dev.postern.gateway.dialogue;

import io.netty.buffer.ByteBuf;

/**
 * A few byte values, of which the first is looked for eight bytes at a time. For what must be found
 * in every byte of a session. Safe for use by several threads.
 */
public final class StopBytes {
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  /** Each value in every byte of a word. */
  private final long[] words;

  private StopBytes(long[] words) {
    this.words = words;
  }

  /** These characters of ASCII, at least one. */
  public static StopBytes of(char... values) {
    long[] words = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      words[i] = ONES * values[i];
    }
    return new StopBytes(words);
  }

  /**
   * How many bytes from {@code from} on are none of them.
   *
   * @param length looked at, at most
   */
  public int before(ByteBuf bytes, int from, int length) {
    int at = from;
    int end = from + length;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      long found = found(bytes.getLongLE(at));
      if (found != 0) {
        return at - from + Long.numberOfTrailingZeros(found) / Byte.SIZE;
      }
    }
    while (at < end && !isOne(bytes.getByte(at))) {
      at++;
    }
    return at - from;
  }

  /** The lowest bit that is set belongs to the first of them; those above may not. */
  private long found(long word) {
    long found = 0;
    for (long value : words) {
      long difference = word ^ value;
      found |= (difference - ONES) & ~difference & HIGH_BITS;
    }
    return found;
  }

  private boolean isOne(byte b) {
    for (long value : words) {
      if ((byte) value == b) {
        return true;
      }
    }
    return false;
  }
}
