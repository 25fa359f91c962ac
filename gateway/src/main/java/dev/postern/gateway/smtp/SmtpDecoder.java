package dev.postern.gateway.smtp;

import static dev.postern.gateway.dialogue.CommandLineDecoder.holdsControl;
import static dev.postern.gateway.dialogue.CommandLineDecoder.secret;
import static dev.postern.gateway.dialogue.CommandLineDecoder.skipBlanks;
import static dev.postern.gateway.dialogue.CommandLineDecoder.text;
import static dev.postern.gateway.dialogue.CommandLineDecoder.wordEnd;

import dev.postern.gateway.dialogue.CommandDecoder;
import dev.postern.gateway.dialogue.CommandLineDecoder;
import dev.postern.gateway.dialogue.CommandLineDecoder.Cut;
import dev.postern.gateway.dialogue.CommandLineDecoder.Kind;
import dev.postern.gateway.dialogue.CommandLineDecoder.LineEnd;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.sasl.ClientText;
import dev.postern.gateway.smtp.SmtpCommand.Flaw;
import dev.postern.gateway.smtp.SmtpCommand.Malformed;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cuts SMTP commands out of bytes, within the limits of {@link CommandLineDecoder}. A line ends
 * with CRLF and nothing else (RFC 5321 §2.3.8): a bare CR or LF stays inside its line, where it is
 * a control character. Only on legacy listeners LF alone ends a line, too.
 */
public final class SmtpDecoder implements CommandDecoder<SmtpCommand> {

  private final CommandLineDecoder lines;
  private Expect expect = Expect.COMMAND;

  /**
   * @param isLegacy whether a line may end with LF alone, for very old clients
   */
  public SmtpDecoder(boolean isLegacy) {
    lines = new CommandLineDecoder(isLegacy ? LineEnd.CRLF_OR_LF : LineEnd.CRLF);
  }

  @Override
  public void expect(Expect next) {
    expect = next;
  }

  @Override
  public @Nullable SmtpCommand decode(ByteBuf in) {
    return switch (lines.cut(in, expect)) {
      case Cut.Partial _ -> null;
      case Cut.Line(int start, int end) -> parse(in, start, end);
      case Cut.TooLong(Kind kind) ->
          new Malformed(
              switch (kind) {
                case COMMAND -> Flaw.LINE_TOO_LONG;
                case RESPONSE -> Flaw.RESPONSE_TOO_LONG;
              });
      case Cut.Endless _ -> new Malformed(Flaw.ENDLESS_LINE);
      case Cut.OtherProtocol _ -> new Malformed(Flaw.OTHER_PROTOCOL);
    };
  }

  private SmtpCommand parse(ByteBuf in, int start, int end) {
    return switch (expect) {
      case SASL_RESPONSE -> new SmtpCommand.SaslResponse(secret(in, start, end));
      case COMMAND, LITERAL -> parseCommand(in, start, end);
    };
  }

  private static SmtpCommand parseCommand(ByteBuf in, int start, int end) {
    if (holdsControl(in, start, end)) {
      return new Malformed(Flaw.CONTROL_CHARACTER);
    }
    int wordEnd = wordEnd(in, start, end);
    int rest = skipBlanks(in, wordEnd, end);
    return switch (text(in, start, wordEnd).toUpperCase(Locale.ROOT)) {
      case "AUTH" -> auth(in, rest, end);
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
      case String word ->
          CommandLineDecoder.isHttpMethod(word)
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
}
