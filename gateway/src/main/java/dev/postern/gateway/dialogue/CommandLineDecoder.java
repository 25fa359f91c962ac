package dev.postern.gateway.dialogue;

import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.sasl.ClientText;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cuts bounded lines out of the bytes of one connection, for the protocols whose commands are lines
 * and whose clients authenticate with AUTH: SMTP and POP3. Reads each byte about once, however
 * small the pieces; the rest of a line that is too long is dropped as it comes in. What a line
 * says, the protocol knows. Used by one thread.
 *
 * <p>Limits, line end not counted: {@value #COMMAND_LIMIT} octets for a command, {@value
 * #RESPONSE_LIMIT} for AUTH and SASL responses (RFC 4954 §4, RFC 5034 §4); {@value #DROP_LIMIT} for
 * what is dropped of one line before the session ends.
 *
 * <pre>
 *   Reading ──line end──► Line, Reading
 *      │ └──no text, HTTP──► OtherProtocol
 *      └──longer than its limit──► Dropping ──line end──► TooLong, Reading
 *                                      └──too much──► Endless
 * </pre>
 *
 * @param <C> the protocol's sealed command type
 */
public abstract class CommandLineDecoder<C> implements CommandDecoder<C> {
  public static final int COMMAND_LIMIT = 2_048;
  public static final int RESPONSE_LIMIT = 12_288;
  public static final int DROP_LIMIT = 65_536;

  private static final String AUTH = "AUTH";

  private static final byte CR = '\r';
  private static final byte LF = '\n';

  /** First words of an HTTP request, RFC 9110 §9. */
  private static final Set<String> HTTP_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI");

  private static final int LONGEST_METHOD = 8;

  private final LineEnd lineEnd;
  private Mode mode = Reading.NOTHING_YET;
  private Expect expect = Expect.COMMAND;

  /** What ends a line. */
  public enum LineEnd {
    /** CRLF and nothing else: a bare CR or LF stays inside its line. */
    CRLF,
    /** LF alone, too. */
    CRLF_OR_LF
  }

  /** What was found. */
  private sealed interface Cut {

    /**
     * A line; the reader index is behind its end.
     *
     * @param start index of its first octet
     * @param end index behind its last octet, line end not counted
     */
    record Line(int start, int end) implements Cut {}

    /** A line that has not ended yet. */
    record Partial() implements Cut {}

    /** No line that anybody reads. */
    record Spoilt(LineFlaw flaw) implements Cut {}
  }

  /** What a line is, as far as its limit goes. */
  private enum Kind {
    COMMAND,
    /** AUTH, or a SASL response. */
    RESPONSE
  }

  private static final Cut PARTIAL = new Cut.Partial();

  private sealed interface Mode {}

  /**
   * A line is being collected.
   *
   * @param scanned octets of it that are known to hold no line end
   */
  private record Reading(int scanned) implements Mode {
    static final Reading NOTHING_YET = new Reading(0);
  }

  /** The rest of a line is being thrown away. */
  private record Dropping(Kind kind, int dropped) implements Mode {}

  protected CommandLineDecoder(LineEnd lineEnd) {
    this.lineEnd = lineEnd;
  }

  /** A command; {@link CommandLine#verb} is no HTTP method. */
  protected abstract C command(CommandLine line);

  /** A line of a SASL exchange as it stood, which whoever gets it closes. */
  protected abstract C saslResponse(Secret line);

  /** What no command can be. */
  protected abstract C malformed(LineFlaw flaw);

  /** Every command is one line. */
  @Override
  public int held() {
    return 0;
  }

  @Override
  public final void expect(Expect next) {
    expect = next;
  }

  @Override
  public final @Nullable C decode(ByteBuf in) {
    return switch (cut(in)) {
      case Cut.Partial _ -> null;
      case Cut.Spoilt(LineFlaw flaw) -> malformed(flaw);
      case Cut.Line found -> {
        CommandLine line = new CommandLine(in, found.start(), found.end());
        yield switch (expect) {
          case SASL_RESPONSE -> saslResponse(line.whole());
          case COMMAND, LITERAL -> parse(line);
        };
      }
    };
  }

  private C parse(CommandLine line) {
    if (line.holdsControl()) {
      return malformed(LineFlaw.CONTROL_CHARACTER);
    }
    return HTTP_METHODS.contains(line.verb()) ? malformed(LineFlaw.OTHER_PROTOCOL) : command(line);
  }

  private Cut cut(ByteBuf in) {
    return switch (mode) {
      case Reading reading ->
          reading.scanned() == 0 && expect == Expect.COMMAND && isNoText(in)
              ? otherProtocol(in)
              : read(in, reading.scanned(), kind(in));
      case Dropping dropping -> drop(in, dropping.kind(), dropping.dropped());
    };
  }

  private static boolean isNoText(ByteBuf in) {
    return in.isReadable() && !ClientText.canBeginCommand(in.getByte(in.readerIndex()));
  }

  private static Cut otherProtocol(ByteBuf in) {
    in.skipBytes(in.readableBytes());
    return new Cut.Spoilt(LineFlaw.OTHER_PROTOCOL);
  }

  private Kind kind(ByteBuf in) {
    return switch (expect) {
      case SASL_RESPONSE -> Kind.RESPONSE;
      case COMMAND, LITERAL -> isAuth(in) ? Kind.RESPONSE : Kind.COMMAND;
    };
  }

  private static boolean isAuth(ByteBuf in) {
    int start = in.readerIndex();
    return in.readableBytes() > AUTH.length()
        && CommandLine.isBlank(in.getByte(start + AUTH.length()))
        && AUTH.equals(new CommandLine(in, start, start + AUTH.length()).verb());
  }

  /** Whether what is there begins with an HTTP method and something behind it. */
  private static boolean isHttpRequest(ByteBuf in) {
    int start = in.readerIndex();
    int window = Math.min(in.readableBytes(), LONGEST_METHOD + 1);
    String verb = new CommandLine(in, start, start + window).verb();
    return verb.length() < window && HTTP_METHODS.contains(verb);
  }

  private Cut read(ByteBuf in, int scanned, Kind kind) {
    int limit =
        switch (kind) {
          case COMMAND -> COMMAND_LIMIT;
          case RESPONSE -> RESPONSE_LIMIT;
        };
    int start = in.readerIndex();
    int window = Math.min(in.readableBytes(), limit + 2);
    int lf = lineFeed(in, start + Math.min(scanned, window), start + window);
    int end = lf < 0 ? -1 : textEnd(in, start, lf);
    if (end >= 0 && end - start <= limit) {
      mode = Reading.NOTHING_YET;
      in.readerIndex(lf + 1);
      return new Cut.Line(start, end);
    }
    if (end < 0 && window < limit + 2) {
      mode = new Reading(window);
      return PARTIAL;
    }
    return kind == Kind.COMMAND && isHttpRequest(in) ? otherProtocol(in) : drop(in, kind, 0);
  }

  private Cut drop(ByteBuf in, Kind kind, int dropped) {
    int lf = lineFeed(in, in.readerIndex(), in.writerIndex());
    if (lf >= 0) {
      in.readerIndex(lf + 1);
      mode = Reading.NOTHING_YET;
      return new Cut.Spoilt(
          switch (kind) {
            case COMMAND -> LineFlaw.LINE_TOO_LONG;
            case RESPONSE -> LineFlaw.RESPONSE_TOO_LONG;
          });
    }
    int ready = in.readableBytes();
    if (ready > 0 && in.getByte(in.writerIndex() - 1) == CR) {
      ready--; // it may be half of a line end
    }
    in.skipBytes(ready);
    if (dropped + ready > DROP_LIMIT) {
      mode = Reading.NOTHING_YET;
      return new Cut.Spoilt(LineFlaw.ENDLESS_LINE);
    }
    mode = new Dropping(kind, dropped + ready);
    return PARTIAL;
  }

  /** Index of the LF of the first line end in the range; negative if there is none. */
  private int lineFeed(ByteBuf in, int from, int to) {
    int lf = from < to ? in.indexOf(from, to, LF) : -1;
    while (lf >= 0 && !endsLine(in, lf)) {
      lf = lf + 1 < to ? in.indexOf(lf + 1, to, LF) : -1;
    }
    return lf;
  }

  private boolean endsLine(ByteBuf in, int lf) {
    return switch (lineEnd) {
      case CRLF_OR_LF -> true;
      case CRLF -> lf > in.readerIndex() && in.getByte(lf - 1) == CR;
    };
  }

  private static int textEnd(ByteBuf in, int start, int lf) {
    return lf > start && in.getByte(lf - 1) == CR ? lf - 1 : lf;
  }
}
