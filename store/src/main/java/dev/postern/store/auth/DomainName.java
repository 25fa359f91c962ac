package dev.postern.store.auth;

import java.net.IDN;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Domains as A-labels (<a href="https://www.rfc-editor.org/rfc/rfc5891#section-5">RFC 5891 §5</a>).
 *
 * <p>The class library speaks IDNA of 2003, in which {@code ß} is {@code ss} and {@code ς} is
 * {@code σ}. Today these are letters of their own, and {@code straße.example} may belong to
 * somebody else than {@code strasse.example}: labels with them are encoded here, all others there.
 */
final class DomainName {
  private static final String PREFIX = "xn--";
  private static final int LONGEST_LABEL = 63;

  /** <a href="https://www.rfc-editor.org/rfc/rfc3492#section-5">RFC 3492 §5</a>. */
  private static final int BASE = 36;

  private static final int T_MIN = 1;
  private static final int T_MAX = 26;
  private static final int SKEW = 38;
  private static final int DAMP = 700;
  private static final int INITIAL_BIAS = 72;
  private static final int INITIAL_N = 128;

  private DomainName() {}

  /**
   * The domain in A-labels.
   *
   * @param domain in lower case and NFC; labels may also be separated by an ideographic full stop
   * @throws RuntimeException of whatever kind if it cannot be a domain: the class library is not
   *     particular
   */
  static String toAscii(String domain) {
    String labels =
        Arrays.stream(domain.split("[.\u3002]", -1))
            .map(DomainName::label)
            .collect(Collectors.joining("."));
    return IDN.toASCII(labels, IDN.ALLOW_UNASSIGNED);
  }

  private static String label(String label) {
    if (label.length() > LONGEST_LABEL || !hasOwnLetters(label)) {
      return label;
    }
    StringBuilder mapped = new StringBuilder();
    int start = 0;
    for (int i = 0; i <= label.length(); i++) {
      if (i == label.length() || isOwnLetter(label.charAt(i))) {
        mapped.append(mapped(label.substring(start, i)));
        mapped.append(label, i, Math.min(i + 1, label.length()));
        start = i + 1;
      }
    }
    return PREFIX + punycode(Normalizer.normalize(mapped, Normalizer.Form.NFC));
  }

  /** As the class library maps what both versions have in common. */
  private static String mapped(String text) {
    return text.isEmpty() ? "" : IDN.toUnicode(IDN.toASCII(text, IDN.ALLOW_UNASSIGNED));
  }

  private static boolean hasOwnLetters(String label) {
    return label.chars().anyMatch(DomainName::isOwnLetter);
  }

  private static boolean isOwnLetter(int character) {
    return character == 'ß' || character == 'ς';
  }

  /** <a href="https://www.rfc-editor.org/rfc/rfc3492#section-6.3">RFC 3492 §6.3</a>. */
  static String punycode(String text) {
    int[] input = text.codePoints().toArray();
    StringBuilder output = new StringBuilder();
    for (int point : input) {
      if (point < INITIAL_N) {
        output.append((char) point);
      }
    }
    int basic = output.length();
    int handled = basic;
    if (basic > 0) {
      output.append('-');
    }
    int n = INITIAL_N;
    int delta = 0;
    int bias = INITIAL_BIAS;
    while (handled < input.length) {
      int next = Integer.MAX_VALUE;
      for (int point : input) {
        next = point >= n ? Math.min(next, point) : next;
      }
      // Labels are short: this cannot overflow.
      delta += (next - n) * (handled + 1);
      n = next;
      for (int point : input) {
        if (point < n) {
          delta++;
        } else if (point == n) {
          number(delta, bias, output);
          bias = adapted(delta, handled + 1, handled == basic);
          delta = 0;
          handled++;
        }
      }
      delta++;
      n++;
    }
    return output.toString();
  }

  /** A number of variable length: each digit says whether it is the last. */
  private static void number(int value, int bias, StringBuilder output) {
    int rest = value;
    for (int k = BASE; ; k += BASE) {
      int threshold = Math.clamp(k - bias, T_MIN, T_MAX);
      if (rest < threshold) {
        output.append(digit(rest));
        return;
      }
      output.append(digit(threshold + (rest - threshold) % (BASE - threshold)));
      rest = (rest - threshold) / (BASE - threshold);
    }
  }

  private static char digit(int value) {
    return (char) (value < 26 ? 'a' + value : '0' + value - 26);
  }

  private static int adapted(int delta, int points, boolean isFirst) {
    int rest = isFirst ? delta / DAMP : delta / 2;
    rest += rest / points;
    int k = 0;
    while (rest > (BASE - T_MIN) * T_MAX / 2) {
      rest /= BASE - T_MIN;
      k += BASE;
    }
    return k + (BASE - T_MIN + 1) * rest / (rest + SKEW);
  }
}
