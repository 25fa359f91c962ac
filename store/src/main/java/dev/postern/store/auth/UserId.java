package dev.postern.store.auth;

import java.util.HexFormat;

/** The immutable id of a user, 16 random bytes, as two numbers. */
record UserId(long high, long low) {
  private static final int HALF = 16;

  /**
   * @throws IllegalArgumentException if {@code text} is not 32 hexadecimal digits
   */
  static UserId parse(String text) {
    if (text.length() != 2 * HALF) {
      throw new IllegalArgumentException("a user id has 32 digits, not " + text.length());
    }
    return new UserId(
        HexFormat.fromHexDigitsToLong(text, 0, HALF),
        HexFormat.fromHexDigitsToLong(text, HALF, 2 * HALF));
  }

  /** As stored: 32 hexadecimal digits in lower case. */
  @Override
  public String toString() {
    return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
  }
}
