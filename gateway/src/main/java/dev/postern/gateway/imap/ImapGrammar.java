package dev.postern.gateway.imap;

import java.util.Optional;

/** The character classes and small productions of RFC 9051 §9 that matter before login. */
final class ImapGrammar {

  /** The longest tag echoed. */
  static final int MAX_TAG = 126;

  private static final int MAX_LITERAL_DIGITS = 10;

  private ImapGrammar() {}

  /**
   * A literal announced at the end of a line.
   *
   * @param start where the brace stands
   * @param size {@link Long#MAX_VALUE} if it has more than ten digits
   * @param isSynchronising whether the client waits to be invited; RFC 7888 §3
   */
  record Literal(int start, long size, boolean isSynchronising) {}

  /** ATOM-CHAR or {@code ]}. */
  static boolean isAstringChar(byte b) {
    return b > ' ' && b < 0x7f && "(){%*\"\\".indexOf(b) < 0;
  }

  /** What a tag is made of. */
  static boolean isTagChar(byte b) {
    return isAstringChar(b) && b != '+';
  }

  /**
   * What an unquoted login name or secret is made of: ASTRING-CHAR, and the 8-bit bytes that
   * clients send although the grammar has none.
   */
  static boolean isLoginChar(byte b) {
    return b < 0 || isAstringChar(b);
  }

  /** What may stand in a quoted string without a backslash: all but NUL, CR, LF and its own two. */
  static boolean isPlainQuotedChar(byte b) {
    return b != 0 && b != '\r' && b != '\n' && b != '"' && b != '\\';
  }

  /** What a literal may hold: CHAR8, all but NUL. */
  static boolean isLiteralByte(byte b) {
    return b != 0;
  }

  /** What the name of a command or of a mechanism is made of. */
  static boolean isWordChar(byte b) {
    return (b >= 'A' && b <= 'Z')
        || (b >= 'a' && b <= 'z')
        || (b >= '0' && b <= '9')
        || b == '-'
        || b == '_';
  }

  /**
   * The literal that a line ends with, whatever comes before it: in a command that makes no sense,
   * too, its bytes are not commands.
   */
  static Optional<Literal> literalAtEnd(byte[] line) {
    int end = line.length - 1;
    if (end < 2 || line[end] != '}') {
      return Optional.empty();
    }
    boolean isSynchronising = line[end - 1] != '+';
    int digitsEnd = isSynchronising ? end : end - 1;
    int start = digitsEnd;
    while (start > 0 && isDigit(line[start - 1])) {
      start--;
    }
    if (start == 0 || start == digitsEnd || line[start - 1] != '{') {
      return Optional.empty();
    }
    return Optional.of(new Literal(start - 1, number(line, start, digitsEnd), isSynchronising));
  }

  private static long number(byte[] line, int start, int end) {
    if (end - start > MAX_LITERAL_DIGITS) {
      return Long.MAX_VALUE;
    }
    long number = 0;
    for (int i = start; i < end; i++) {
      number = number * 10 + (line[i] - '0');
    }
    return number;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }
}
