package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.CommandDecoder;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.imap.ImapCommand.Flaw;
import dev.postern.gateway.sasl.ClientText;
import dev.postern.gateway.sasl.SaslWire;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cuts IMAP commands with their literals out of bytes, RFC 9051 §2.2 and §4.3, RFC 7888.
 *
 * <pre>
 *   Line ──whole, no literal──► command, Line
 *     │ ▲ ──{n}──► Inviting (LiteralWanted) ──expect(LITERAL)──► Literal
 *     │ └────────────────────────────────────────────────────────┘ ▲
 *     ├─────{n+}, wanted──────────────────────────────────────────┘
 *     └─────{n+}, not wanted──► Swallowing ──► Line
 *   expect(SASL_RESPONSE) ──► Response ──► SaslResponse, Line
 *   too long, other protocol ──► Over
 * </pre>
 *
 * <p>Limits, in bytes: {@value #COMMAND_LIMIT} for a command with all its lines and literals, but
 * {@value #AUTHENTICATE_LIMIT} for AUTHENTICATE with its initial response and {@value #ID_LIMIT}
 * for ID, whose thirty fields may consist of escaped bytes; {@link SaslWire#MAX_RESPONSE} for a
 * response; a login name and a secret have theirs in {@code ClientText}. A literal's length is
 * compared with what its place allows before anybody is invited to send it. The bytes of a literal
 * that nobody wants are dropped as they come, up to {@value #SWALLOW_LIMIT} in one command; they
 * are never read as a command.
 *
 * <p>A line may end with LF alone, as people's tools send it.
 */
public final class ImapDecoder implements CommandDecoder<ImapCommand> {
  static final int COMMAND_LIMIT = 8_192;
  static final int AUTHENTICATE_LIMIT = SaslWire.MAX_RESPONSE + 256;
  static final int ID_LIMIT = 64_000;
  static final int SWALLOW_LIMIT = 65_536;

  private State state = new State.Line(Pieces.NONE, Optional.empty());

  /** Bytes of the present line that are known to hold no line end. */
  private int scanned;

  private sealed interface State {
    /**
     * Reading a line.
     *
     * @param draft empty at the beginning of a command
     */
    record Line(Pieces before, Optional<ImapDraft> draft) implements State {}

    /** A literal was announced; the dialogue decides. */
    record Inviting(Pieces before, ImapDraft draft, int size) implements State {}

    record Literal(Pieces before, ImapDraft draft, int size) implements State {}

    record Swallowing(Pieces before, ImapDraft draft, int left) implements State {}

    /** Reading a line of a SASL exchange. */
    record Response() implements State {}

    /** The session ends; nothing more is understood. */
    record Over() implements State {}
  }

  /** How many bytes of a command came before the present piece. */
  private record Pieces(int kept, int swallowed) {
    static final Pieces NONE = new Pieces(0, 0);

    Pieces withKept(int more) {
      return new Pieces(kept + more, swallowed);
    }

    Pieces withSwallowed(int more) {
      return new Pieces(kept, swallowed + more);
    }
  }

  @Override
  public void expect(Expect next) {
    State before = state;
    scanned = 0;
    if (before instanceof State.Over) {
      return;
    }
    state =
        switch (next) {
          case COMMAND -> {
            wipe(before);
            yield new State.Line(Pieces.NONE, Optional.empty());
          }
          case SASL_RESPONSE -> new State.Response();
          case LITERAL ->
              before instanceof State.Inviting(Pieces pieces, ImapDraft draft, int size)
                  ? new State.Literal(pieces, draft, size)
                  : before;
        };
  }

  @Override
  public int held() {
    return switch (state) {
      case State.Line(Pieces before, Optional<ImapDraft> _) -> before.kept();
      case State.Inviting(Pieces before, ImapDraft _, int _) -> before.kept();
      case State.Literal(Pieces before, ImapDraft _, int _) -> before.kept();
      case State.Swallowing(Pieces before, ImapDraft _, int _) -> before.kept();
      case State.Response _, State.Over _ -> 0;
    };
  }

  private static void wipe(State abandoned) {
    if (abandoned instanceof State.Inviting(Pieces _, ImapDraft draft, int _)) {
      draft.wipe();
    }
  }

  @Override
  public @Nullable ImapCommand decode(ByteBuf in) {
    while (true) {
      State before = state;
      ImapCommand command =
          switch (before) {
            case State.Line line -> line(in, line);
            case State.Literal literal -> literal(in, literal);
            case State.Swallowing swallowing -> swallow(in, swallowing);
            case State.Response _ -> response(in);
            case State.Inviting _ -> null;
            case State.Over _ -> {
              in.skipBytes(in.readableBytes());
              yield null;
            }
          };
      if (command != null || state.equals(before)) {
        return command;
      }
    }
  }

  // ---- lines

  private @Nullable ImapCommand line(ByteBuf in, State.Line line) {
    if (line.draft().isEmpty() && isNoText(in)) {
      return over(in, Optional.empty(), Flaw.OTHER_PROTOCOL);
    }
    int limit = limit(in, line);
    int end = lineEnd(in, limit);
    if (end < 0) {
      return in.readableBytes() >= limit + 2 ? tooLong(in, line) : null;
    }
    byte[] text = takeLine(in, end);
    try {
      return text.length > limit ? tooLong(in, line, text) : piece(in, line, text);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  private @Nullable ImapCommand piece(ByteBuf in, State.Line line, byte[] text) {
    Optional<ImapGrammar.Literal> announced = ImapGrammar.literalAtEnd(text);
    int textEnd = announced.map(ImapGrammar.Literal::start).orElse(text.length);
    ImapDraft draft = line.draft().orElseGet(() -> ImapDraft.begin(text, textEnd));
    line.draft().ifPresent(begun -> begun.add(text, 0, textEnd));
    if (draft.isForeign()) {
      return over(in, Optional.empty(), Flaw.OTHER_PROTOCOL);
    }
    Pieces pieces = line.before().withKept(text.length);
    if (announced.isEmpty()) {
      state = new State.Line(Pieces.NONE, Optional.empty());
      return draft.finish();
    }
    return announced(in, pieces, draft, announced.get());
  }

  private @Nullable ImapCommand announced(
      ByteBuf in, Pieces pieces, ImapDraft draft, ImapGrammar.Literal literal) {
    Optional<Integer> limit = draft.literalLimit();
    boolean isWanted =
        limit.isPresent()
            && literal.size() <= limit.get()
            && pieces.kept() + literal.size() <= draft.limit();
    if (isWanted) {
      int size = (int) literal.size();
      if (literal.isSynchronising()) {
        state = new State.Inviting(pieces, draft, size);
        return draft.invitation();
      }
      state = new State.Literal(pieces, draft, size);
      return null;
    }
    draft.spoil(limit.isPresent() ? Flaw.LITERAL_TOO_LARGE : Flaw.ARGUMENTS);
    if (literal.isSynchronising()) {
      state = new State.Line(Pieces.NONE, Optional.empty());
      return draft.finish();
    }
    if (literal.size() > SWALLOW_LIMIT - pieces.swallowed()) {
      draft.wipe();
      return over(in, draft.tag(), Flaw.ENDLESS_LITERAL);
    }
    int size = (int) literal.size();
    state = new State.Swallowing(pieces.withSwallowed(size), draft, size);
    return null;
  }

  private @Nullable ImapCommand literal(ByteBuf in, State.Literal literal) {
    if (in.readableBytes() < literal.size()) {
      return null;
    }
    byte[] bytes = new byte[literal.size()];
    in.readBytes(bytes);
    literal.draft().addLiteral(bytes);
    state = new State.Line(literal.before().withKept(literal.size()), Optional.of(literal.draft()));
    return null;
  }

  private @Nullable ImapCommand swallow(ByteBuf in, State.Swallowing swallowing) {
    int now = Math.min(in.readableBytes(), swallowing.left());
    in.skipBytes(now);
    int left = swallowing.left() - now;
    if (left == 0) {
      state = new State.Line(swallowing.before(), Optional.of(swallowing.draft()));
    } else if (now > 0) {
      state = new State.Swallowing(swallowing.before(), swallowing.draft(), left);
    }
    return null;
  }

  private @Nullable ImapCommand response(ByteBuf in) {
    int end = lineEnd(in, SaslWire.MAX_RESPONSE);
    if (end < 0) {
      return in.readableBytes() >= SaslWire.MAX_RESPONSE + 2
          ? over(in, Optional.empty(), Flaw.TOO_LONG)
          : null;
    }
    byte[] text = takeLine(in, end);
    state = new State.Line(Pieces.NONE, Optional.empty());
    return new ImapCommand.SaslResponse(Secret.owning(text));
  }

  // ---- the end

  private ImapCommand tooLong(ByteBuf in, State.Line line) {
    byte[] text = new byte[Math.min(in.readableBytes(), COMMAND_LIMIT)];
    in.getBytes(in.readerIndex(), text);
    try {
      return tooLong(in, line, text);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  private ImapCommand tooLong(ByteBuf in, State.Line line, byte[] text) {
    ImapDraft draft = line.draft().orElseGet(() -> ImapDraft.begin(text, text.length));
    draft.wipe();
    return over(in, draft.tag(), draft.isForeign() ? Flaw.OTHER_PROTOCOL : Flaw.TOO_LONG);
  }

  private ImapCommand over(ByteBuf in, Optional<String> tag, Flaw flaw) {
    in.skipBytes(in.readableBytes());
    state = new State.Over();
    return new ImapCommand.Malformed(tag, flaw);
  }

  // ---- bytes

  /** How long the present line may be. */
  private static int limit(ByteBuf in, State.Line line) {
    if (line.draft().isPresent()) {
      return line.draft().get().limit() - line.before().kept();
    }
    // The verb matters only once the line is longer than most commands may be.
    return in.readableBytes() > COMMAND_LIMIT ? limitByVerb(in) : COMMAND_LIMIT;
  }

  private static int limitByVerb(ByteBuf in) {
    byte[] head = new byte[Math.min(in.readableBytes(), ImapGrammar.MAX_TAG + 32)];
    in.getBytes(in.readerIndex(), head);
    ImapDraft draft = ImapDraft.begin(head, head.length);
    draft.wipe(); // a short login may stand in front of what makes this long
    Arrays.fill(head, (byte) 0);
    return draft.limit();
  }

  private static boolean isNoText(ByteBuf in) {
    return in.isReadable() && !ClientText.canBeginCommand(in.getByte(in.readerIndex()));
  }

  /** Offset of the LF that ends the line, if it stands within the limit; else -1. */
  private int lineEnd(ByteBuf in, int limit) {
    int from = in.readerIndex();
    int window = Math.min(in.readableBytes(), limit + 2);
    int index = in.indexOf(from + Math.min(scanned, window), from + window, (byte) '\n');
    if (index < 0) {
      scanned = window;
      return -1;
    }
    return index - from;
  }

  /** Takes the line up to the LF at {@code end}, without its line end. */
  private byte[] takeLine(ByteBuf in, int end) {
    scanned = 0;
    byte[] line = new byte[end];
    in.readBytes(line);
    in.skipBytes(1);
    if (end == 0 || line[end - 1] != '\r') {
      return line;
    }
    byte[] text = Arrays.copyOf(line, end - 1);
    Arrays.fill(line, (byte) 0);
    return text;
  }
}
