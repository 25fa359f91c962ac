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
 * width letters, and anything at all between the groups that is no letter and no digit.
 *
 * <p>Characters are looked at one by one, so that no {@code String} ever holds more of the secret
 * than one.
 */
final class AppPasswordLikeness {
  private AppPasswordLikeness() {}

  /**
   * Whether its letters and digits, each in its compatibility form (NFKC, UAX #15), are as many as
   * an app password has and all of its alphabet, or read as one of it. Bytes that are no UTF-8 are
   * read as Latin-1. A microsecond for ASCII, some ten for 255 bytes of other characters.
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
    return Character.isLetter(character) ? -1 : 0;
  }
}
