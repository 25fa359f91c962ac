package dev.postern.store.auth;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A login name in the one spelling that is stored and compared: without spaces around it,
 * full-width and half-width characters as the usual ones, in NFC, in lower case (<a
 * href="https://www.rfc-editor.org/rfc/rfc8265#section-3.3">RFC 8265 §3.3</a>), its domain as
 * A-labels. It holds no control character and none that nobody sees, and is 1 to {@value #LONGEST}
 * characters long, so that it may go into a log line or a protocol command.
 */
public final class LoginName {
  /** Longest normalised name: 64 characters, {@code @}, 255 characters. */
  public static final int LONGEST = 320;

  /** Longest own login name of an app password, for devices with short fields. */
  public static final int LONGEST_OWN = 20;

  /** Longest part of a domain between dots. */
  private static final int LONGEST_LABEL = 63;

  private static final int IDEOGRAPHIC_SPACE = 0x3000;
  private static final int FIRST_FULL_WIDTH = 0xff01;
  private static final int LAST_HALF_WIDTH = 0xffee;

  private final String value;

  private LoginName(String value) {
    this.value = value;
  }

  /** The name that {@code typed} stands for; empty if it cannot be one. */
  public static Optional<LoginName> parse(String typed) {
    return Optional.ofNullable(normalise(typed)).map(LoginName::new);
  }

  /** The normalised name that {@code typed} stands for; null if it cannot be one. */
  static @Nullable String normalise(String typed) {
    return isPlain(typed) ? typed : normalised(typed).orElse(null);
  }

  /** A name that {@link #normalise} gave back. */
  static LoginName ofNormalised(String value) {
    return new LoginName(value);
  }

  /** The normalised name. */
  public String value() {
    return value;
  }

  /** Whether an app password may have this as its own login name: short and without {@code @}. */
  public boolean fitsAppPassword() {
    return value.length() <= LONGEST_OWN
        && value.indexOf('@') < 0
        && value.chars().noneMatch(LoginName::isSpace);
  }

  /** Whether a user may be called so: no white space inside, no part around {@code @} empty. */
  public boolean fitsUser() {
    int at = value.lastIndexOf('@');
    return value.chars().noneMatch(LoginName::isSpace) && at != 0 && at != value.length() - 1;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LoginName name && value.equals(name.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return value;
  }

  /**
   * Whether a name is normalised already, as nearly all are: printable ASCII without capitals or
   * spaces, and after the last {@code @} labels of 1 to {@value #LONGEST_LABEL} characters, the
   * last perhaps of none. Says no where it is not sure.
   */
  private static boolean isPlain(String typed) {
    int length = typed.length();
    int label = -1;
    for (int i = 0; i < length; i++) {
      char character = typed.charAt(i);
      if (character <= ' ' || character >= 0x7f || (character >= 'A' && character <= 'Z')) {
        return false;
      }
      if (character == '@') {
        label = 0;
      } else if (label >= 0) {
        if (character == '.' ? label == 0 : label == LONGEST_LABEL) {
          return false;
        }
        label = character == '.' ? 0 : label + 1;
      }
    }
    return length > 0 && length <= LONGEST;
  }

  private static Optional<String> normalised(String typed) {
    if (typed.length() > 4 * LONGEST || typed.codePoints().anyMatch(LoginName::isForbidden)) {
      return Optional.empty();
    }
    String name = nfc(lowerCase(nfc(trimmed(usualWidth(typed)))));
    int at = name.lastIndexOf('@');
    if (at >= 0) {
      try {
        // Twice: it makes dots and spaces of signs that only look so, and takes them then.
        String domain = toAscii(toAscii(name.substring(at + 1)));
        name = trimmed(name.substring(0, at + 1) + domain);
      } catch (RuntimeException _) { // a label that is very long is not an illegal argument to it
        return Optional.empty();
      }
    }
    return name.isEmpty() || name.length() > LONGEST ? Optional.empty() : Optional.of(name);
  }

  /** Full-width and half-width characters are another way to type the usual ones. */
  private static String usualWidth(String text) {
    StringBuilder usual = new StringBuilder(text.length());
    text.codePoints()
        .forEach(point -> {
          if (point == IDEOGRAPHIC_SPACE) {
            usual.append(' ');
          } else if (point >= FIRST_FULL_WIDTH && point <= LAST_HALF_WIDTH) {
            usual.append(Normalizer.normalize(Character.toString(point), Normalizer.Form.NFKC));
          } else {
            usual.appendCodePoint(point);
          }
        });
    return usual.toString();
  }

  /**
   * In lower case, each part between dots by itself: a Greek sigma at the end of one is written as
   * at the end of a word, whatever follows the dot.
   */
  private static String lowerCase(String text) {
    StringBuilder lower = new StringBuilder(text.length());
    int start = 0;
    for (int dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', start)) {
      lower.append(text.substring(start, dot).toLowerCase(Locale.ROOT)).append('.');
      start = dot + 1;
    }
    return lower.append(text.substring(start).toLowerCase(Locale.ROOT)).toString();
  }

  private static String toAscii(String domain) {
    return DomainName.toAscii(domain).toLowerCase(Locale.ROOT);
  }

  private static String trimmed(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && text.charAt(start) == ' ') {
      start++;
    }
    while (end > start && text.charAt(end - 1) == ' ') {
      end--;
    }
    return text.substring(start, end);
  }

  private static String nfc(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFC);
  }

  private static boolean isSpace(int character) {
    return Character.isWhitespace(character) || Character.isSpaceChar(character);
  }

  private static boolean isForbidden(int codePoint) {
    return Character.isISOControl(codePoint)
        || switch (Character.getType(codePoint)) {
          case Character.FORMAT,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.SURROGATE ->
              true;
          default -> false;
        };
  }
}
