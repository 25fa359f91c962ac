package dev.postern.store.auth;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;

/**
 * Tells what may be an app password in a spelling that {@link AppPasswordShape} does not read: such
 * a secret lets nobody in, and must not be told to anybody else either. Wider than the shape: full
 * width letters, and between the groups whatever programs and people make of a space or a hyphen.
 * Any other sign makes it somebody's own password, of which nothing is to be withheld.
 *
 * <p>Characters are looked at one by one, so that no {@code String} ever holds more of the secret
 * than one.
 */
final class AppPasswordLikeness {
  /** Full stop, low line, quotation marks, middle dot, minus sign. */
  private static final String OTHERS = "._\"'\u00b7\u2212";

  private AppPasswordLikeness() {}

  /**
   * Whether its letters and digits, each in its compatibility form (NFKC, UAX #15), are as many as
   * an app password has and all of its alphabet, or read as one of it, with nothing else but what
   * may stand between groups. Bytes that are no UTF-8 are read as Latin-1. A microsecond for ASCII,
   * some ten for 255 bytes of other characters.
   */
  static boolean isIn(Secret entered) {
    return entered.expose(AppPasswordLikeness::isIn);
  }

  private static boolean isIn(byte[] entry) {
    char[] characters = new char[entry.length];
    try {
      int length = decode(entry, CharBuffer.wrap(characters));
      return isIn(characters, length);
    } finally {
      Arrays.fill(characters, '\0');
    }
  }

  private static int decode(byte[] entry, CharBuffer to) {
    ByteBuffer from = ByteBuffer.wrap(entry);
    CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
    while (utf8.decode(from, to, true).isError()) {
      to.put((char) (from.get() & 0xff));
    }
    return to.position();
  }

  private static boolean isIn(char[] characters, int length) {
    int symbols = 0;
    for (int at = 0; at < length; ) {
      int size = Character.charCount(Character.codePointAt(characters, at, length));
      int found =
          characters[at] < 128
              ? symbols(characters[at])
              : symbols(
                  Normalizer.normalize(
                      CharBuffer.wrap(characters, at, size), Normalizer.Form.NFKC));
      if (found < 0) {
        return false;
      }
      symbols += found;
      at += size;
    }
    return symbols >= AppPasswordShape.SHORTEST && symbols <= AppPasswordShape.LONGEST;
  }

  /** What one character is made of; negative if an app password has no such thing. */
  private static int symbols(String parts) {
    int symbols = 0;
    for (int i = 0; i < parts.length(); ) {
      int part = parts.codePointAt(i);
      int found = symbols(part);
      if (found < 0) {
        return found;
      }
      symbols += found;
      i += Character.charCount(part);
    }
    return symbols;
  }

  private static int symbols(int character) {
    if (AppPasswordShape.isSymbol(character) || Character.isDigit(character)) {
      return 1;
    }
    return isBetweenGroups(character) ? 0 : -1;
  }

  private static boolean isBetweenGroups(int character) {
    return switch (Character.getType(character)) {
      case Character.SPACE_SEPARATOR,
          Character.DASH_PUNCTUATION,
          Character.CONTROL,
          Character.FORMAT,
          Character.NON_SPACING_MARK,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION ->
          true;
      default -> OTHERS.indexOf(character) >= 0;
    };
  }
}
