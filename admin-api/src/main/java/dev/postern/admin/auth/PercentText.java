package dev.postern.admin.auth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What nginx writes into header fields: bytes, of which space, {@code %} and those below 0x20 are
 * {@code %} and two hexadecimal digits. A plus sign is one.
 */
final class PercentText {
  private PercentText() {}

  /**
   * The bytes that a field stands for; {@code %} with anything else behind it stands for itself.
   *
   * @param field a character for each byte
   */
  static byte[] bytes(String field) {
    byte[] raw = field.getBytes(StandardCharsets.ISO_8859_1);
    byte[] bytes = new byte[raw.length];
    int length = 0;
    for (int i = 0; i < raw.length; i++) {
      boolean isCode =
          raw[i] == '%'
              && i + 2 < raw.length
              && HexFormat.isHexDigit(raw[i + 1])
              && HexFormat.isHexDigit(raw[i + 2]);
      if (isCode) {
        bytes[length++] =
            (byte) (HexFormat.fromHexDigit(raw[i + 1]) << 4 | HexFormat.fromHexDigit(raw[i + 2]));
        i += 2;
      } else {
        bytes[length++] = raw[i];
      }
    }
    byte[] result = Arrays.copyOf(bytes, length);
    Arrays.fill(raw, (byte) 0);
    Arrays.fill(bytes, (byte) 0);
    return result;
  }

  /** The same as text in UTF-8. */
  static String text(String field) {
    return new String(bytes(field), StandardCharsets.UTF_8);
  }
}
