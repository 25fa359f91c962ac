package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.StopBytes;
import dev.postern.gateway.dialogue.Stretch;
import java.util.OptionalInt;

/**
 * Finds the last lines of replies in a server's bytes, RFC 5321 §4.2.1, and remembers four of them
 * at a time. A line that is no reply's is passed over.
 */
final class SmtpReplyEnds {
  private static final int CODE_AND_MARK = 4;
  private static final Stretch REST_OF_LINE = Stretch.upTo(StopBytes.of('\n'));

  private final byte[] head = new byte[CODE_AND_MARK];
  private int length;

  /** Takes the next byte; the code of the reply that ends with it. */
  OptionalInt add(byte b) {
    if (b != '\n') {
      if (length < CODE_AND_MARK) {
        head[length++] = b;
      }
      return OptionalInt.empty();
    }
    boolean isEnd = length >= 3 && isCode() && (length == 3 || head[3] != '-');
    length = 0;
    return isEnd
        ? OptionalInt.of((head[0] - '0') * 100 + (head[1] - '0') * 10 + head[2] - '0')
        : OptionalInt.empty();
  }

  /** What changes nothing: the text of a line. */
  Stretch stretch() {
    return length == CODE_AND_MARK ? REST_OF_LINE : Stretch.NONE;
  }

  private boolean isCode() {
    return head[0] >= '2'
        && head[0] <= '5'
        && head[1] >= '0'
        && head[1] <= '9'
        && head[2] >= '0'
        && head[2] <= '9';
  }
}
