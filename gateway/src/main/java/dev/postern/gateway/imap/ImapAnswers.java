package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.StopBytes;
import dev.postern.gateway.dialogue.Stretch;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds in a server's bytes what answers a client: continuations and tagged responses, RFC 9051 §7.
 * Passes over the literals of untagged ones, in which a message may look like either. Only the
 * first two words of a line are remembered.
 */
final class ImapAnswers {

  /** These have a text for people, which may end like the announcement of a literal. */
  private static final Set<String> WITH_TEXT = Set.of("OK", "NO", "BAD", "BYE", "PREAUTH");

  private static final int MOST_OF_SECOND = 8;

  /** Behind the second word. */
  private static final Stretch REST_OF_LINE = Stretch.upTo(StopBytes.of('\r', '\n', '{'));

  private final StringBuilder first = new StringBuilder();
  private final StringBuilder second = new StringBuilder(MOST_OF_SECOND);
  private final ImapLiteralMark mark = new ImapLiteralMark();
  private int word;
  private boolean isCarriageReturn;
  private boolean isBehindLiteral;
  private int literalLeft;

  /** What answers a client. */
  sealed interface Answer {

    /** Go on. */
    record Continuation() implements Answer {}

    /** A command is over. */
    record Tagged(String tag) implements Answer {}
  }

  /** Takes the next byte; the answer that ends with it. */
  @Nullable Answer add(byte b) {
    if (literalLeft > 0) {
      literalLeft--;
      return null;
    }
    if (b == '\n') {
      return lineEnd();
    }
    if (isCarriageReturn) {
      mark.clear();
    }
    isCarriageReturn = b == '\r';
    if (!isCarriageReturn) {
      mark.add(b);
      remember(b);
    }
    return null;
  }

  /** What changes nothing: a literal, and a line of which nothing is remembered any more. */
  Stretch stretch() {
    if (literalLeft > 0) {
      return Stretch.of(literalLeft);
    }
    boolean isRemembering = word < 2 || mark.isBegun();
    return isRemembering ? Stretch.NONE : REST_OF_LINE;
  }

  /** So many of those have come. */
  void skip(int bytes) {
    if (literalLeft > 0) {
      literalLeft -= bytes;
    }
  }

  private void remember(byte b) {
    if (b == ' ') {
      word++;
    } else if (word == 0 && first.length() <= ImapGrammar.MAX_TAG) {
      first.append((char) (b & 0xff));
    } else if (word == 1 && second.length() < MOST_OF_SECOND) {
      second.append((char) (b & 0xff));
    }
  }

  private @Nullable Answer lineEnd() {
    String tag = first.toString();
    boolean isUntagged = tag.equals("*");
    boolean mayHoldLiteral = isBehindLiteral || (isUntagged && !hasText());
    boolean goesOn = mayHoldLiteral && mark.isWhole() && !mark.isBlankBehind();
    Answer answer =
        isBehindLiteral || isUntagged || tag.isEmpty()
            ? null
            : tag.startsWith("+") ? new Answer.Continuation() : new Answer.Tagged(tag);
    literalLeft = goesOn ? mark.size() : 0;
    isBehindLiteral = goesOn;
    isCarriageReturn = false;
    mark.clear();
    first.setLength(0);
    second.setLength(0);
    word = 0;
    return answer;
  }

  private boolean hasText() {
    return WITH_TEXT.stream().anyMatch(second.toString()::equalsIgnoreCase);
  }
}
