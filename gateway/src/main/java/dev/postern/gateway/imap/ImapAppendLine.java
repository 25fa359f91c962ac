package dev.postern.gateway.imap;

import java.util.regex.Pattern;

/**
 * Whether the pieces of an APPEND before its literals are so right that a server can but take the
 * literal. Servers skip a literal behind arguments that they do not take, RFC 7888 §4; but Dovecot
 * 2.3 reads on with it as commands if it cannot parse what stands before, or does not know a flag.
 */
final class ImapAppendLine {

  /** Bytes of a piece; a longer one is never right. */
  static final int MOST = 1_024;

  private static final String ATOM = "[!#$&'+,\\-./0-9:;<=>?@A-Z^_`a-z|~]+";
  private static final String MAILBOX =
      "(?:[!-~&&[^(){%*\"\\\\]]+|\"(?:[^\"\\\\]|\\\\[\"\\\\])*\")";
  private static final String FLAG =
      "(?:\\\\(?i:Answered|Flagged|Deleted|Seen|Draft)|" + ATOM + ")";
  private static final String FLAGS = "\\((?:" + FLAG + "(?: " + FLAG + ")*)?\\) ";
  private static final String DATE =
      "\"[ 0-3][0-9]-(?i:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-[0-9]{4}"
          + " [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}\" ";
  private static final String REST = "(?:" + FLAGS + ")?(?:" + DATE + ")?~?";
  private static final String SIZE = "\\{[0-9]+\\+?\\}";

  private static final Pattern FIRST =
      Pattern.compile("[!-~]+ (?i:APPEND) (?:" + MAILBOX + " " + REST + ")?" + SIZE);
  private static final Pattern LATER = Pattern.compile(" " + REST + SIZE);

  private final StringBuilder piece = new StringBuilder();
  private boolean isFirst = true;
  private boolean isRight = true;

  /** Takes the next byte of a line; neither its end nor a literal's. */
  void add(byte b) {
    if (piece.length() <= MOST) {
      piece.append((char) (b & 0xff));
    }
  }

  /** Whether the piece that ends here with a literal, and all before it, are right. */
  boolean endsRight() {
    isRight &= (isFirst ? FIRST : LATER).matcher(piece).matches();
    piece.setLength(0);
    isFirst = false;
    return isRight;
  }

  /** Begins another command. */
  void clear() {
    piece.setLength(0);
    isFirst = true;
    isRight = true;
  }
}
