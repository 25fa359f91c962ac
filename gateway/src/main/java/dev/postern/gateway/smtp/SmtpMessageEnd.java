package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.StopBytes;
import dev.postern.gateway.dialogue.Stretch;

/**
 * Looks for the end of a message's data, CRLF.CRLF (RFC 5321 §4.1.1.4), and for what some servers
 * take for it: a dot between line ends of any kind, with NULs strewn in. That is how a message
 * smuggles commands past one reader to another.
 */
final class SmtpMessageEnd {
  private static final Stretch REST_OF_LINE = Stretch.upTo(StopBytes.of('\r', '\n'));

  private Seen seen = Seen.LINE_END;
  private boolean isLooseLineStart = true;
  private boolean isLooseDot;

  /** What stands before the next byte, read strictly. */
  private enum Seen {
    NOTHING,
    CR,
    LINE_END,
    DOT,
    DOT_CR
  }

  /** What a byte makes of the message. */
  enum Outcome {
    GOES_ON,
    ENDS,
    DOUBTFUL
  }

  /** Takes the next byte; the first one stands right behind the server's 354. */
  Outcome add(byte b) {
    if (seen == Seen.DOT_CR) {
      return b == '\n' ? Outcome.ENDS : Outcome.DOUBTFUL;
    }
    boolean isLineEnd = b == '\r' || b == '\n';
    if (isLooseDot && isLineEnd && !(seen == Seen.DOT && b == '\r')) {
      return Outcome.DOUBTFUL;
    }
    seen =
        switch (b) {
          case '\r' -> seen == Seen.DOT ? Seen.DOT_CR : Seen.CR;
          case '\n' -> seen == Seen.CR ? Seen.LINE_END : Seen.NOTHING;
          case '.' -> seen == Seen.LINE_END ? Seen.DOT : Seen.NOTHING;
          default -> Seen.NOTHING;
        };
    if (b != 0) {
      isLooseDot = isLooseLineStart && b == '.';
      isLooseLineStart = isLineEnd;
    }
    return Outcome.GOES_ON;
  }

  /** What changes nothing: the rest of a line. */
  Stretch stretch() {
    boolean isWithinLine = seen == Seen.NOTHING && !isLooseLineStart && !isLooseDot;
    return isWithinLine ? REST_OF_LINE : Stretch.NONE;
  }
}
