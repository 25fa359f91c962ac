package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.WatchedWord;

/**
 * Whether a line, read byte by byte, ends with the announcement of a literal: <code>{n}</code>,
 * <code>{n+}</code>, and either with a tilde before it. RFC 9051 §4.3, RFC 7888, RFC 3516. Blanks
 * behind the brace are overlooked, as some servers do.
 */
final class ImapLiteralMark {

  /** The largest literal that every server counts alike. */
  static final int MOST = Integer.MAX_VALUE;

  private static final long TOO_LARGE = MOST + 1L;

  private Part part = Part.NONE;
  private long size;
  private boolean isSynchronising = true;
  private boolean isBlankBehind;

  private enum Part {
    NONE,
    BRACE,
    DIGITS,
    PLUS,
    WHOLE
  }

  /** Takes the next byte of the line; its end is none. */
  void add(byte b) {
    if (b == '{') {
      part = Part.BRACE;
      size = 0;
      isSynchronising = true;
      isBlankBehind = false;
      return;
    }
    part =
        switch (part) {
          case NONE -> Part.NONE;
          case BRACE -> isDigit(b) ? digit(b) : Part.NONE;
          case DIGITS ->
              isDigit(b) ? digit(b) : b == '+' ? Part.PLUS : b == '}' ? Part.WHOLE : Part.NONE;
          case PLUS -> {
            isSynchronising = false;
            yield b == '}' ? Part.WHOLE : Part.NONE;
          }
          case WHOLE -> {
            isBlankBehind = true;
            yield WatchedWord.isLetter(b) ? Part.NONE : Part.WHOLE;
          }
        };
  }

  private Part digit(byte b) {
    size = Math.min(TOO_LARGE, size * 10 + b - '0');
    return Part.DIGITS;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  void clear() {
    part = Part.NONE;
  }

  /** Whether what came so far ends with one, or with its beginning. */
  boolean isBegun() {
    return part != Part.NONE;
  }

  /** Whether what came so far ends with one. */
  boolean isWhole() {
    return part == Part.WHOLE;
  }

  /** Whether it can be counted. */
  boolean isCountable() {
    return size <= MOST;
  }

  int size() {
    return (int) Math.min(MOST, size);
  }

  /** Whether the one who announced it waits to be invited. */
  boolean isSynchronising() {
    return isSynchronising;
  }

  /** Whether blanks stand between brace and line end. */
  boolean isBlankBehind() {
    return isBlankBehind;
  }
}
