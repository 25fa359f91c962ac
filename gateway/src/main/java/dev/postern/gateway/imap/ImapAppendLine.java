package dev.postern.gateway.imap;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether the pieces of an APPEND before its literals are so right that a server can but take the
 * literal. Servers skip a literal behind arguments that they do not take, RFC 7888 §4; but Dovecot
 * 2.3 reads on with it as commands if it cannot parse what stands before, or does not know a flag.
 * So may others that know no second message (RFC 3502) or no tilde (RFC 3516).
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
  private static final String REST = "(?:" + FLAGS + ")?(?:" + DATE + ")?(?<tilde>~?)";
  private static final String SIZE = "\\{[0-9]+\\+?\\}";

  private static final Pattern FIRST =
      Pattern.compile("[!-~]+ (?i:APPEND) (?<mailbox>" + MAILBOX + " " + REST + ")?" + SIZE);
  private static final Pattern LATER = Pattern.compile(" " + REST + SIZE);

  private final boolean takesSeveral;
  private final boolean takesTilde;
  private final StringBuilder piece = new StringBuilder();
  private boolean isFirst = true;
  private int messages;
  private boolean isRight = true;

  /**
   * @param capabilities of the server
   */
  ImapAppendLine(List<String> capabilities) {
    this.takesSeveral = ImapCapabilities.has(capabilities, "MULTIAPPEND");
    this.takesTilde = ImapCapabilities.has(capabilities, "BINARY");
  }

  /** Takes the next byte of a line; neither its end nor a literal's. */
  void add(byte b) {
    if (piece.length() <= MOST) {
      piece.append((char) (b & 0xff));
    }
  }

  /** Whether the piece that ends here with a literal, and all before it, are right. */
  boolean endsRight() {
    Matcher matcher = (isFirst ? FIRST : LATER).matcher(piece);
    isRight &= matcher.matches() && isKnown(matcher);
    piece.setLength(0);
    isFirst = false;
    return isRight;
  }

  private boolean isKnown(Matcher right) {
    boolean isMessage = !isFirst || right.group("mailbox") != null;
    messages += isMessage ? 1 : 0;
    boolean hasTilde = isMessage && !right.group("tilde").isEmpty();
    return (takesSeveral || messages <= 1) && (takesTilde || !hasTilde);
  }

  /** Begins another command. */
  void clear() {
    piece.setLength(0);
    isFirst = true;
    messages = 0;
    isRight = true;
  }
}
