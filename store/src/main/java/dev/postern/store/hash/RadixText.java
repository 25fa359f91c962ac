package dev.postern.store.hash;

import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** The dialects of base64 in which hashes are written; none of them pads. */
enum RadixText {
  /** The usual alphabet; padding is taken. */
  STANDARD("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
  /** passlib's: {@code .} instead of {@code +}. */
  PASSLIB("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./"),
  /** bcrypt's own order. */
  BCRYPT("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

  private static final String USUAL =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  private final String alphabet;

  RadixText(String alphabet) {
    this.alphabet = alphabet;
  }

  /**
   * The bytes; empty if the text is not of this dialect. Bits left over at the end do not count.
   */
  Optional<byte[]> decode(String text) {
    int length = text.length();
    while (this == STANDARD
        && length > 0
        && text.length() - length < 2
        && text.charAt(length - 1) == '=') {
      length--;
    }
    if (length % 4 == 1) {
      return Optional.empty();
    }
    byte[] usual = new byte[length];
    for (int i = 0; i < length; i++) {
      int value = alphabet.indexOf(text.charAt(i));
      if (value < 0) {
        return Optional.empty();
      }
      usual[i] = (byte) USUAL.charAt(value);
    }
    return Optional.of(Base64.getDecoder().decode(usual));
  }

  /** The text of those bytes. */
  String encode(byte[] bytes) {
    byte[] usual = Base64.getEncoder().withoutPadding().encode(bytes);
    StringBuilder text = new StringBuilder(usual.length);
    for (byte symbol : usual) {
      text.append(alphabet.charAt(USUAL.indexOf(symbol)));
    }
    Arrays.fill(usual, (byte) 0);
    return text.toString();
  }
}
