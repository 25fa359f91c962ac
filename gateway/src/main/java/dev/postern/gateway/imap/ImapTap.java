package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.Forbidden;
import dev.postern.gateway.dialogue.Stretch;
import dev.postern.gateway.dialogue.Tap;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.WatchedWord;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Watches an IMAP session, RFC 9051, RFC 2177, RFC 7888.
 *
 * <pre>
 *   LINE ──{n}──► INVITED ──+──► LITERAL ──► LINE (the same command)
 *    │ │             └──tagged──► LINE (the next command)
 *    │ ├──{n+}──► LITERAL ──► LINE (the same command)
 *    │ └──IDLE──► IDLING ──+──► LINE (DONE is due)
 *    └────────────┘  └──tagged──► LINE
 * </pre>
 *
 * <p>In INVITED and IDLING the client's bytes are held, for only the server knows what they are
 * going to be. Each CR and each LF is taken for a line end, as some server may do; a literal needs
 * CRLF unless the server answers it.
 *
 * <p>A literal that waits for no invitation is trusted where the server announces that it knows
 * such literals of that size, in an APPEND that is right up to there. In every other place it may
 * hold no line end, and the rest of its line must be harmless as a command too: then it does not
 * matter whether the server takes it for a literal.
 */
public final class ImapTap implements Tap {
  private static final Set<Forbidden> COMMANDS =
      Set.of(
          Forbidden.LOGIN,
          Forbidden.AUTHENTICATE,
          Forbidden.UNAUTHENTICATE,
          Forbidden.X_UNAUTHENTICATE,
          Forbidden.PROXYAUTH,
          Forbidden.COMPRESS,
          Forbidden.STARTTLS,
          Forbidden.XCLIENT);

  /** RFC 7888 §5. */
  private static final int MOST_OF_LITERAL_MINUS = 4_096;

  /** Less than an empty literal. */
  private static final int NONE = -1;

  private static final String APPEND = "APPEND";
  private static final String IDLE = "IDLE";
  private static final String DONE = "DONE";

  /** The largest literal that need not wait; {@link #NONE} if there is none. */
  private final int mostUninvited;

  private final ImapOpenTags open = new ImapOpenTags();
  private final ImapAnswers answers = new ImapAnswers();
  private final ImapLiteralMark mark = new ImapLiteralMark();
  private final ImapAppendLine append;
  private final WatchedWord word = new WatchedWord(COMMANDS);
  private final StringBuilder tag = new StringBuilder();

  /** The first word of a later piece: a tag, if the server takes that for a command. */
  private final StringBuilder doubtfulTag = new StringBuilder();

  private State state = State.LINE;
  private Place place = Place.BEFORE_TAG;
  private boolean isCarriageReturn;

  /** The verb of the command, of which the present line may be a later piece. */
  private String verb = "";

  /** Whether the present line goes on behind a literal. */
  private boolean isLaterPiece;

  /** Whether the present command had a literal that was not waited for, and may not be one. */
  private boolean isDoubtful;

  /** Whether the present command was answered although the client has not ended it. */
  private boolean isAnswered;

  private int literalLeft;
  private boolean isLiteralTrusted;

  /** The tag of the IDLE that waits for DONE, or null. */
  private @Nullable String idleTag;

  /** An enum, with what a state knows beside it: this runs for each byte of a session. */
  private enum State {
    LINE,
    LITERAL,
    INVITED,
    IDLING
  }

  /** Where the next byte of a line stands. */
  private enum Place {
    BEFORE_TAG,
    /** A tag with blanks before it could be a verb without a tag. */
    BEFORE_LATE_TAG,
    TAG,
    LATE_TAG,
    BEFORE_VERB,
    VERB,
    BEHIND_VERB
  }

  public ImapTap(UpstreamSession session) {
    this.mostUninvited = mostUninvited(session.features());
    this.append = new ImapAppendLine(session.features());
  }

  /** RFC 7888 §5, RFC 9051 appendix E; to a server that says nothing of it, they mean nothing. */
  private static int mostUninvited(List<String> capabilities) {
    if (ImapCapabilities.has(capabilities, "LITERAL+")) {
      return ImapLiteralMark.MOST;
    }
    boolean isForSmallOnes =
        ImapCapabilities.has(capabilities, "LITERAL-")
            || ImapCapabilities.has(capabilities, "IMAP4rev2");
    return isForSmallOnes ? MOST_OF_LITERAL_MINUS : NONE;
  }

  @Override
  public Verdict fromClient(byte b) {
    return switch (state) {
      case INVITED, IDLING -> HOLD;
      case LITERAL -> literal(b);
      case LINE -> place == Place.BEFORE_TAG && open.isFull() ? HOLD : line(b);
    };
  }

  // ---- the client's lines

  private Verdict line(byte b) {
    if (isCarriageReturn) {
      isCarriageReturn = false;
      if (b == '\n') {
        return lineEnd(true);
      }
      Verdict bare = lineEnd(false);
      return bare instanceof Verdict.End ? bare : fromClient(b);
    }
    if (b == '\r') {
      isCarriageReturn = true;
      return PASS;
    }
    if (b == '\n') {
      return lineEnd(false);
    }
    mark.add(b);
    append.add(b);
    return head(b);
  }

  private Verdict head(byte b) {
    if (place == Place.BEHIND_VERB) {
      return PASS;
    }
    if (WatchedWord.isControl(b)) {
      return isLaterPiece ? PASS : end(Forbidden.COMMAND_LINE);
    }
    boolean isLetter = WatchedWord.isLetter(b);
    place =
        switch (place) {
          case BEFORE_TAG -> isLetter ? Place.TAG : Place.BEFORE_LATE_TAG;
          case BEFORE_LATE_TAG -> isLetter ? Place.LATE_TAG : place;
          case TAG, LATE_TAG -> isLetter ? place : Place.BEFORE_VERB;
          case BEFORE_VERB -> isLetter ? Place.VERB : place;
          case VERB -> isLetter ? place : Place.BEHIND_VERB;
          case BEHIND_VERB -> place;
        };
    return switch (place) {
      case TAG, LATE_TAG -> {
        StringBuilder letters = isLaterPiece ? doubtfulTag : tag;
        if (letters.length() <= ImapGrammar.MAX_TAG) {
          letters.append((char) b);
        }
        yield place == Place.LATE_TAG ? watched(b) : PASS;
      }
      case VERB -> watched(b);
      case BEFORE_VERB -> {
        word.clear();
        yield PASS;
      }
      case BEFORE_TAG, BEFORE_LATE_TAG, BEHIND_VERB -> PASS;
    };
  }

  private Verdict watched(byte b) {
    Forbidden command = word.add(b);
    return command == null ? PASS : end(command);
  }

  /**
   * @param isProper whether by CRLF
   */
  private Verdict lineEnd(boolean isProper) {
    String lineVerb = place == Place.VERB || place == Place.BEHIND_VERB ? word.text() : "";
    if (isLaterPiece && isDoubtful) {
      boolean asksForMore = lineVerb.equals(IDLE) || lineVerb.equals(APPEND);
      boolean isAnsweredLikeAnInvitation = doubtfulTag.indexOf("+") == 0;
      if (asksForMore || isAnsweredLikeAnInvitation || !open.doubt(doubtfulTag.toString())) {
        return end(Forbidden.LITERAL);
      }
    }
    if (!isLaterPiece) {
      verb = lineVerb;
      if (!tag.isEmpty() && !isTag()) {
        return end(Forbidden.COMMAND_LINE); // what would the server answer, and how?
      }
    }
    if (idleTag != null) {
      return idleLine();
    }
    if (mark.isWhole()) {
      return announced(isProper);
    }
    if (verb.equals(IDLE) && !isLaterPiece) {
      return await(State.IDLING);
    }
    if (!isAnswered && !tag.isEmpty()) {
      open.add(tag.toString());
    }
    nextCommand();
    return PASS;
  }

  /** Blank lines are nothing; what else but DONE does the server take it for? */
  private Verdict idleLine() {
    boolean isBlank = tag.isEmpty();
    if (!isBlank && !(tag.toString().equalsIgnoreCase(DONE) && verb.isEmpty())) {
      return end(Forbidden.IDLE);
    }
    if (!isBlank) {
      idleTag = null;
    }
    nextCommand();
    return PASS;
  }

  private Verdict announced(boolean isProper) {
    if (!mark.isCountable() || (isAnswered && isDoubtful)) {
      return end(Forbidden.LITERAL);
    }
    literalLeft = mark.size();
    if (mark.isSynchronising()) {
      append.endsRight();
      if (isAnswered) {
        nextCommand(); // the server has given it up and will not invite
        return PASS;
      }
      return await(State.INVITED);
    }
    if (!isProper || mark.isBlankBehind()) {
      return end(Forbidden.LITERAL);
    }
    isLiteralTrusted = append.endsRight() && literalLeft <= mostUninvited;
    isDoubtful |= !isLiteralTrusted;
    beginLiteral();
    return PASS;
  }

  /** Only with a tag that nothing else under way has. */
  private Verdict await(State next) {
    if (!open.isSure(tag.toString())) {
      return end(next == State.IDLING ? Forbidden.IDLE : Forbidden.LITERAL);
    }
    state = next;
    return PASS;
  }

  private boolean isTag() {
    return tag.length() <= ImapGrammar.MAX_TAG
        && tag.chars().allMatch(c -> ImapGrammar.isTagChar((byte) c));
  }

  private void nextCommand() {
    state = State.LINE;
    isLaterPiece = false;
    isDoubtful = false;
    isAnswered = false;
    append.clear();
    tag.setLength(0);
    beginLine();
  }

  private void beginLine() {
    place = Place.BEFORE_TAG;
    doubtfulTag.setLength(0);
    word.clear();
    mark.clear();
  }

  // ---- literals

  private void beginLiteral() {
    isLaterPiece = true;
    beginLine();
    // Behind a literal that everybody counts alike stands no command.
    place = isDoubtful ? Place.BEFORE_TAG : Place.BEHIND_VERB;
    state = literalLeft > 0 ? State.LITERAL : State.LINE;
  }

  @Override
  public Stretch clientStretch() {
    return state == State.LITERAL && isLiteralTrusted ? Stretch.of(literalLeft) : Stretch.NONE;
  }

  @Override
  public void skipClient(int bytes) {
    passLiteral(bytes);
  }

  private void passLiteral(int octets) {
    literalLeft -= octets;
    if (literalLeft == 0) {
      state = State.LINE;
    }
  }

  private Verdict literal(byte b) {
    passLiteral(1);
    if (isLiteralTrusted) {
      return PASS;
    }
    return b == '\r' || b == '\n' ? end(Forbidden.LITERAL) : head(b);
  }

  // ---- the server's answers

  @Override
  public Stretch upstreamStretch() {
    return answers.stretch();
  }

  @Override
  public void skipUpstream(int bytes) {
    answers.skip(bytes);
  }

  @Override
  public Verdict fromUpstream(byte b) {
    ImapAnswers.Answer answer = answers.add(b);
    return switch (answer) {
      case null -> PASS;
      case ImapAnswers.Answer.Continuation _ -> goOn();
      case ImapAnswers.Answer.Tagged(String answered) -> tagged(answered);
    };
  }

  private Verdict goOn() {
    return switch (state) {
      case INVITED -> {
        isLiteralTrusted = true;
        beginLiteral();
        yield PASS;
      }
      case IDLING -> {
        open.add(tag.toString());
        idleTag = tag.toString();
        nextCommand();
        yield PASS;
      }
      case LINE, LITERAL -> end(Forbidden.OUT_OF_STEP);
    };
  }

  private Verdict tagged(String answered) {
    if (answered.equals(idleTag)) {
      idleTag = null;
    }
    if (open.remove(answered) || !answered.contentEquals(tag) || !open.isSure(answered)) {
      return PASS;
    }
    return switch (state) {
      case INVITED -> {
        if (isDoubtful) {
          yield end(Forbidden.LITERAL);
        }
        nextCommand();
        yield PASS;
      }
      case IDLING -> {
        nextCommand();
        yield PASS;
      }
      case LINE, LITERAL -> {
        // A tag that may go on is not yet this one.
        isAnswered |= isLaterPiece || (place != Place.TAG && place != Place.LATE_TAG);
        yield PASS;
      }
    };
  }

  private static Verdict end(Forbidden why) {
    return new Verdict.End(why);
  }
}
