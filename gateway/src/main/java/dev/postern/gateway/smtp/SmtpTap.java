package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.CommandLineDecoder;
import dev.postern.gateway.dialogue.Forbidden;
import dev.postern.gateway.dialogue.Stretch;
import dev.postern.gateway.dialogue.Tap;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.WatchedWord;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Watches a submission session, RFC 5321, RFC 2920, RFC 3030.
 *
 * <pre>
 *   Commands ──DATA──► Awaiting ──354──► Message ──CRLF.CRLF──► Commands
 *     ▲  │                └──any other reply──► Commands
 *     │  ├──EHLO, HELO──► Awaiting ──► Commands
 *     │  └──BDAT n──► Chunk ──┐
 *     └───────────────────────┘
 * </pre>
 *
 * <p>Each command line, message and chunk has one reply, and they come in order: whether DATA was
 * taken is known from the reply that is due to it, and the client's bytes wait for that. A command
 * line ends with CRLF and holds no control character but tabs; servers differ in what they make of
 * others. BDAT is let through where the server said CHUNKING to the EHLO that holds, so that it
 * takes the octets even of a chunk that it refuses.
 */
public final class SmtpTap implements Tap {

  /** Octets of a command, line end not counted: as before the login. */
  static final int LINE_LIMIT = CommandLineDecoder.COMMAND_LIMIT;

  private static final Set<Forbidden> COMMANDS =
      Set.of(
          Forbidden.AUTH,
          Forbidden.STARTTLS,
          Forbidden.XCLIENT,
          Forbidden.XFORWARD,
          Forbidden.X_EXPS,
          Forbidden.X_ANONYMOUSTLS,
          Forbidden.XPROXY);

  private static final String CHUNKING = "CHUNKING";
  private static final Pattern BDAT =
      Pattern.compile("BDAT ([0-9]{1,10})( LAST)?", Pattern.CASE_INSENSITIVE);

  /** What of a line is remembered: all of a BDAT. */
  private static final int MOST_REMEMBERED = 32;

  private final boolean isChunkingOffered;
  private final WatchedWord verb = new WatchedWord(COMMANDS);
  private final StringBuilder line = new StringBuilder(MOST_REMEMBERED);
  private final SmtpReplyEnds replies = new SmtpReplyEnds();
  private SmtpMessageEnd message = new SmtpMessageEnd();
  private State state = State.COMMANDS;
  private boolean isChunkingOn;
  private boolean isVerbOver;
  private boolean isCarriageReturn;
  private int length;
  private long chunkLeft;
  private long repliesDue;

  /** An enum, with what a state knows beside it: this runs for each byte of a session. */
  private enum State {
    COMMANDS,
    AWAITING_DATA,
    AWAITING_EHLO,
    AWAITING_HELO,
    MESSAGE,
    CHUNK
  }

  public SmtpTap(UpstreamSession session) {
    this.isChunkingOffered = SmtpExtensions.offers(session.features(), CHUNKING);
    this.isChunkingOn = isChunkingOffered;
  }

  @Override
  public Verdict fromClient(byte b) {
    return switch (state) {
      case COMMANDS -> command(b);
      case AWAITING_DATA, AWAITING_EHLO, AWAITING_HELO -> HOLD;
      case MESSAGE -> message(b);
      case CHUNK -> {
        takeOfChunk(1);
        yield PASS;
      }
    };
  }

  private Verdict command(byte b) {
    if (isCarriageReturn) {
      isCarriageReturn = false;
      return b == '\n' ? lineEnd() : end(Forbidden.COMMAND_LINE);
    }
    if (b == '\r') {
      isCarriageReturn = true;
      return PASS;
    }
    if (length == LINE_LIMIT || WatchedWord.isControl(b)) {
      return end(Forbidden.COMMAND_LINE);
    }
    length++;
    if (line.length() < MOST_REMEMBERED) {
      line.append((char) (b & 0xff));
    }
    Forbidden command = word(b);
    return command == null ? PASS : end(command);
  }

  private @Nullable Forbidden word(byte b) {
    if (WatchedWord.isLetter(b)) {
      return isVerbOver ? null : verb.add(b);
    }
    isVerbOver |= !verb.text().isEmpty();
    return null;
  }

  private Verdict lineEnd() {
    repliesDue++;
    String word = verb.text();
    String text = line.toString();
    verb.clear();
    line.setLength(0);
    length = 0;
    isVerbOver = false;
    // By its beginning: servers differ in what ends a word.
    if (word.startsWith("BDAT")) {
      return chunk(text);
    }
    state =
        word.startsWith("DATA")
            ? State.AWAITING_DATA
            : word.startsWith("EHLO")
                ? State.AWAITING_EHLO
                : word.startsWith("HELO") ? State.AWAITING_HELO : State.COMMANDS;
    return PASS;
  }

  private Verdict chunk(String text) {
    Matcher match = BDAT.matcher(text);
    if (!isChunkingOn || !match.matches()) {
      return end(Forbidden.CHUNK);
    }
    chunkLeft = Long.parseLong(match.group(1));
    if (chunkLeft > Integer.MAX_VALUE) {
      return end(Forbidden.CHUNK);
    }
    state = chunkLeft > 0 ? State.CHUNK : State.COMMANDS;
    return PASS;
  }

  private Verdict message(byte b) {
    return switch (message.add(b)) {
      case GOES_ON -> PASS;
      case DOUBTFUL -> end(Forbidden.END_OF_DATA);
      case ENDS -> {
        repliesDue++;
        state = State.COMMANDS;
        yield PASS;
      }
    };
  }

  @Override
  public Verdict fromUpstream(byte b) {
    OptionalInt code = replies.add(b);
    return code.isPresent() ? reply(code.getAsInt()) : PASS;
  }

  private Verdict reply(int code) {
    if (repliesDue > 0) {
      repliesDue--;
    }
    boolean isIntermediate = code >= 300 && code < 400;
    boolean isForData = state == State.AWAITING_DATA && repliesDue == 0;
    if (isIntermediate && !isForData) {
      return end(Forbidden.OUT_OF_STEP);
    }
    if (repliesDue == 0) {
      state = answered(code, isIntermediate);
    }
    return PASS;
  }

  @Override
  public Stretch clientStretch() {
    return switch (state) {
      case COMMANDS, AWAITING_DATA, AWAITING_EHLO, AWAITING_HELO -> Stretch.NONE;
      case MESSAGE -> message.stretch();
      case CHUNK -> Stretch.of((int) chunkLeft);
    };
  }

  @Override
  public void skipClient(int bytes) {
    if (state == State.CHUNK) {
      takeOfChunk(bytes);
    }
  }

  private void takeOfChunk(int octets) {
    chunkLeft -= octets;
    if (chunkLeft == 0) {
      state = State.COMMANDS;
    }
  }

  @Override
  public Stretch upstreamStretch() {
    return replies.stretch();
  }

  @Override
  public void skipUpstream(int bytes) {}

  private State answered(int code, boolean isIntermediate) {
    return switch (state) {
      case AWAITING_DATA -> {
        message = new SmtpMessageEnd();
        yield isIntermediate ? State.MESSAGE : State.COMMANDS;
      }
      case AWAITING_EHLO -> {
        isChunkingOn = isChunkingOffered && code == 250;
        yield State.COMMANDS;
      }
      case AWAITING_HELO -> {
        isChunkingOn = false;
        yield State.COMMANDS;
      }
      case COMMANDS, MESSAGE, CHUNK -> state;
    };
  }

  private static Verdict end(Forbidden why) {
    return new Verdict.End(why);
  }
}
