package dev.postern.gateway.dialogue;

/**
 * A few byte values that are looked for, in eight bytes at a time. For what must be found in every
 * byte of a session. Safe for use by several threads.
 */
public final class StopBytes {

  /** None: nothing is one of them. */
  public static final StopBytes NONE = new StopBytes(new long[0]);

  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  /** Each value in every byte of a word. */
  private final long[] words;

  private StopBytes(long[] words) {
    this.words = words;
  }

  /** These characters of ASCII. */
  public static StopBytes of(char... values) {
    long[] words = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      words[i] = ONES * values[i];
    }
    return new StopBytes(words);
  }

  /**
   * How many of eight bytes stand before the first that is one of them.
   *
   * @param eight the first of them in the lowest bits
   */
  public int before(long eight) {
    // The lowest bit that is set belongs to the first of them; those above it may not.
    long found = 0;
    for (long word : words) {
      long difference = eight ^ word;
      found |= (difference - ONES) & ~difference & HIGH_BITS;
    }
    return Long.numberOfTrailingZeros(found) / Byte.SIZE;
  }

  /** Whether a byte is one of them. */
  public boolean contains(byte b) {
    for (long word : words) {
      if ((byte) word == b) {
        return true;
      }
    }
    return false;
  }
}
