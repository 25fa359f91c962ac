package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.CommandDecoder;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.sasl.ClientText;
import dev.postern.gateway.sasl.SaslWire;
import dev.postern.gateway.smtp.SmtpCommand.Flaw;
import dev.postern.gateway.smtp.SmtpCommand.Malformed;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cuts SMTP commands out of bytes. A line ends with CRLF and nothing else (RFC 5321 §2.3.8): a bare
 * CR or LF stays inside its line, where it is a control character.
 *
 * <p>Limits, line end not counted: {@value #COMMAND_LIMIT} octets for a command, {@value
 * #RESPONSE_LIMIT} for AUTH and SASL responses (RFC 4954 §4). A longer line is dropped as it comes
 * in and reported at its end, or once {@value #DROP_LIMIT} octets of it were dropped.
 */
public final class SmtpDecoder implements CommandDecoder<SmtpCommand> {

  static final int COMMAND_LIMIT = 2_048;
  static final int RESPONSE_LIMIT = SaslWire.MAX_RESPONSE;
  static final int DROP_LIMIT = 65_536;

  private static final String AUTH = "AUTH";

  private static final byte CR = '\r';
  private static final byte LF = '\n';
  private static final byte DELETE = 0x7f;

  /** The first byte of a TLS record that begins a handshake, RFC 8446 §5.1. */
  private static final byte TLS_HANDSHAKE = 0x16;

  private static final Set<String> HTTP_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI");

  private Expect expect = Expect.COMMAND;
  private Mode mode = Reading.NOTHING_YET;

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
  private record Dropping(Flaw flaw, int dropped) implements Mode {}

  @Override
  public void expect(Expect next) {
    expect = next;
  }

  @Override
  public @Nullable SmtpCommand decode(ByteBuf in) {
    return switch (mode) {
      case Reading(int scanned) -> read(in, scanned);
      case Dropping(Flaw flaw, int dropped) -> drop(in, flaw, dropped);
    };
  }

  private @Nullable SmtpCommand read(ByteBuf in, int scanned) {
    int start = in.readerIndex();
    if (in.isReadable() && expect == Expect.COMMAND && in.getByte(start) == TLS_HANDSHAKE) {
      in.skipBytes(in.readableBytes());
      return new Malformed(Flaw.OTHER_PROTOCOL);
    }
    int limit = limit(in);
    int window = Math.min(in.readableBytes(), limit + 2);
    int end = lineEnd(in, start + Math.min(scanned, window), start + window);
    if (end >= 0) {
      mode = Reading.NOTHING_YET;
      SmtpCommand command = parse(in, start, end - start);
      in.readerIndex(end + 2);
      return command;
    }
    if (window < limit + 2) {
      mode = new Reading(window);
      return null;
    }
    return drop(in, flawOfTooLong(in, limit), 0);
  }

  private int limit(ByteBuf in) {
    return switch (expect) {
      case SASL_RESPONSE -> RESPONSE_LIMIT;
      case COMMAND, LITERAL -> isAuth(in) ? RESPONSE_LIMIT : COMMAND_LIMIT;
    };
  }

  private static boolean isAuth(ByteBuf in) {
    int start = in.readerIndex();
    return in.readableBytes() > AUTH.length()
        && isBlank(in.getByte(start + AUTH.length()))
        && AUTH.equalsIgnoreCase(text(in, start, start + AUTH.length()));
  }

  private static Flaw flawOfTooLong(ByteBuf in, int limit) {
    if (limit == RESPONSE_LIMIT) {
      return Flaw.RESPONSE_TOO_LONG;
    }
    return HTTP_METHODS.contains(firstWord(in)) ? Flaw.OTHER_PROTOCOL : Flaw.LINE_TOO_LONG;
  }

  /** The first word in upper case if it has at most eight letters and something behind it. */
  private static String firstWord(ByteBuf in) {
    int start = in.readerIndex();
    int window = Math.min(in.readableBytes(), 9);
    for (int i = 0; i < window; i++) {
      if (isBlank(in.getByte(start + i))) {
        return in.toString(start, i, StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
      }
    }
    return "";
  }

  private @Nullable SmtpCommand drop(ByteBuf in, Flaw flaw, int dropped) {
    int end = lineEnd(in, in.readerIndex(), in.writerIndex());
    if (end >= 0) {
      in.readerIndex(end + 2);
      mode = Reading.NOTHING_YET;
      return new Malformed(flaw);
    }
    int ready = in.readableBytes();
    if (ready > 0 && in.getByte(in.writerIndex() - 1) == CR) {
      ready--; // it may be half of a line end
    }
    in.skipBytes(ready);
    mode = new Dropping(flaw, dropped + ready);
    if (flaw == Flaw.OTHER_PROTOCOL || dropped + ready > DROP_LIMIT) {
      mode = Reading.NOTHING_YET;
      return new Malformed(flaw == Flaw.OTHER_PROTOCOL ? flaw : Flaw.ENDLESS_LINE);
    }
    return null;
  }

  /** Index of the CR of the first CRLF whose LF is in the range; negative if there is none. */
  private static int lineEnd(ByteBuf in, int from, int to) {
    int lf = from < to ? in.indexOf(from, to, LF) : -1;
    while (lf >= 0) {
      if (lf > in.readerIndex() && in.getByte(lf - 1) == CR) {
        return lf - 1;
      }
      lf = lf + 1 < to ? in.indexOf(lf + 1, to, LF) : -1;
    }
    return -1;
  }

  private SmtpCommand parse(ByteBuf in, int start, int length) {
    return switch (expect) {
      case SASL_RESPONSE -> new SmtpCommand.SaslResponse(secret(in, start, start + length));
      case COMMAND, LITERAL -> parseCommand(in, start, start + length);
    };
  }

  private static SmtpCommand parseCommand(ByteBuf in, int start, int end) {
    for (int i = start; i < end; i++) {
      byte b = in.getByte(i);
      if ((b >= 0 && b < ' ' && b != '\t') || b == DELETE) {
        return new Malformed(Flaw.CONTROL_CHARACTER);
      }
    }
    int wordEnd = wordEnd(in, start, end);
    String word = text(in, start, wordEnd).toUpperCase(Locale.ROOT);
    int rest = skipBlanks(in, wordEnd, end);
    return word.equals(AUTH) ? auth(in, rest, end) : command(word, in, rest, end);
  }

  private static SmtpCommand command(String word, ByteBuf in, int rest, int end) {
    return switch (word) {
      case "EHLO" -> new SmtpCommand.Ehlo(name(in, rest, end));
      case "HELO" -> new SmtpCommand.Helo(name(in, rest, end));
      case "STARTTLS" -> new SmtpCommand.StartTls(rest < end);
      case "NOOP" -> new SmtpCommand.Noop();
      case "RSET" -> new SmtpCommand.Rset();
      case "QUIT" -> new SmtpCommand.Quit();
      case "HELP" -> new SmtpCommand.Help();
      case "VRFY" -> new SmtpCommand.Vrfy();
      case "MAIL", "RCPT", "DATA", "BURL", "ETRN", "EXPN", "SEND", "SOML", "SAML", "TURN", "ATRN" ->
          new SmtpCommand.NeedsLogin();
      case "BDAT" -> new SmtpCommand.Bdat();
      case "LHLO" -> new SmtpCommand.Lhlo();
      default ->
          HTTP_METHODS.contains(word)
              ? new Malformed(Flaw.OTHER_PROTOCOL)
              : new SmtpCommand.Unknown();
    };
  }

  private static SmtpCommand auth(ByteBuf in, int rest, int end) {
    int mechanismEnd = wordEnd(in, rest, end);
    if (mechanismEnd == rest) {
      return new Malformed(Flaw.NO_MECHANISM);
    }
    int response = skipBlanks(in, mechanismEnd, end);
    return new SmtpCommand.Auth(
        text(in, rest, mechanismEnd),
        response < end ? Optional.of(secret(in, response, end)) : Optional.empty());
  }

  private static String name(ByteBuf in, int from, int to) {
    return ClientText.decode(ByteBufUtil.getBytes(in, from, to - from)).strip();
  }

  private static String text(ByteBuf in, int from, int to) {
    return in.toString(from, to - from, StandardCharsets.ISO_8859_1);
  }

  private static Secret secret(ByteBuf in, int from, int to) {
    return Secret.owning(ByteBufUtil.getBytes(in, from, to - from));
  }

  private static int wordEnd(ByteBuf in, int from, int to) {
    int i = from;
    while (i < to && !isBlank(in.getByte(i))) {
      i++;
    }
    return i;
  }

  private static int skipBlanks(ByteBuf in, int from, int to) {
    int i = from;
    while (i < to && isBlank(in.getByte(i))) {
      i++;
    }
    return i;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }
}
