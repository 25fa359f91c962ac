package dev.postern.store.audit;

import dev.postern.store.auth.AppPasswordShape;

/**
 * Tells names that may be a secret in the wrong field. Somebody who swaps the two fields of a mail
 * client types an app password as the name, and no trace of it may be kept, not even a digest.
 */
final class SecretShaped {
  private SecretShaped() {}

  /**
   * Whether a name has no {@code @} and, read with the tolerance of {@link AppPasswordShape}, is at
   * least as long as an app password. Wider than the shape itself: there is no longest.
   */
  static boolean is(String typed) {
    int symbols = 0;
    for (int i = 0; i < typed.length(); i++) {
      char character = typed.charAt(i);
      if (isSymbol(character)) {
        symbols++;
      } else if (!isSeparator(character)) {
        return false;
      }
    }
    return symbols >= AppPasswordShape.SHORTEST;
  }

  /** Of the alphabet, or read as one of it. */
  private static boolean isSymbol(char character) {
    char lower = Character.toLowerCase(character);
    return lower <= 'z' && Character.isLetterOrDigit(lower) && lower != 'u';
  }

  /** Whatever looks like nothing or like a hyphen; more than the reading of secrets drops. */
  private static boolean isSeparator(char character) {
    return character == '-'
        || character == '\u2212'
        || Character.isWhitespace(character)
        || Character.isISOControl(character)
        || switch (Character.getType(character)) {
          case Character.SPACE_SEPARATOR, Character.FORMAT, Character.DASH_PUNCTUATION -> true;
          default -> false;
        };
  }
}
