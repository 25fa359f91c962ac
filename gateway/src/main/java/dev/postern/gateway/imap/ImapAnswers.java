package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.StopBytes;
import io.netty.buffer.ByteBuf;
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

  /** What matters behind the second word. */
  private static final StopBytes STOPS = StopBytes.of('\r', '\n', '{');

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

  /**
   * How many bytes may be passed over: those of a literal, and of a line where nothing is
   * remembered any more.
   */
  int passOver(ByteBuf bytes, int from, int length) {
    if (literalLeft > 0) {
      int octets = Math.min(literalLeft, length);
      literalLeft -= octets;
      return octets;
    }
    boolean isRemembering = word < 2 || isCarriageReturn || mark.isBegun();
    return isRemembering ? 0 : STOPS.before(bytes, from, length);
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
