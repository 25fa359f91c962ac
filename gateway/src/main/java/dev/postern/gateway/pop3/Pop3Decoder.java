package dev.postern.gateway.pop3;

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
import dev.postern.gateway.pop3.Pop3Command.Flaw;
import dev.postern.gateway.pop3.Pop3Command.Malformed;
import dev.postern.gateway.sasl.ClientText;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Cuts POP3 commands out of bytes, within the limits of {@link CommandLineDecoder}: more than the
 * 255 octets of RFC 2449 §4, so that long names and secrets fit. A line may end with LF alone, as
 * people's tools send it.
 */
public final class Pop3Decoder implements CommandDecoder<Pop3Command> {

  private final CommandLineDecoder lines = new CommandLineDecoder(LineEnd.CRLF_OR_LF);
  private Expect expect = Expect.COMMAND;

  @Override
  public void expect(Expect next) {
    expect = next;
  }

  @Override
  public @Nullable Pop3Command decode(ByteBuf in) {
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

  private Pop3Command parse(ByteBuf in, int start, int end) {
    return switch (expect) {
      case SASL_RESPONSE -> new Pop3Command.SaslResponse(secret(in, start, end));
      case COMMAND, LITERAL -> parseCommand(in, start, end);
    };
  }

  private static Pop3Command parseCommand(ByteBuf in, int start, int end) {
    if (holdsControl(in, start, end)) {
      return new Malformed(Flaw.CONTROL_CHARACTER);
    }
    int wordEnd = wordEnd(in, start, end);
    int rest = skipBlanks(in, wordEnd, end);
    return switch (text(in, start, wordEnd).toUpperCase(Locale.ROOT)) {
      case "CAPA" -> new Pop3Command.Capa();
      case "STLS" -> new Pop3Command.Stls(rest < end);
      case "USER" -> user(in, rest, end);
      case "PASS" -> pass(in, Math.min(wordEnd + 1, end), end);
      case "AUTH" -> auth(in, rest, end);
      case "APOP" -> new Pop3Command.Apop();
      case "NOOP" -> new Pop3Command.Noop();
      case "QUIT" -> new Pop3Command.Quit();
      case "STAT", "LIST", "RETR", "DELE", "RSET", "TOP", "UIDL", "LAST", "UTF8", "LANG" ->
          new Pop3Command.NeedsLogin();
      case "EHLO", "HELO", "LHLO" -> new Malformed(Flaw.OTHER_PROTOCOL);
      case String word ->
          CommandLineDecoder.isHttpMethod(word)
              ? new Malformed(Flaw.OTHER_PROTOCOL)
              : new Pop3Command.Unknown();
    };
  }

  private static Pop3Command auth(ByteBuf in, int rest, int end) {
    int mechanismEnd = wordEnd(in, rest, end);
    if (mechanismEnd == rest) {
      return new Pop3Command.Mechanisms();
    }
    int response = skipBlanks(in, mechanismEnd, end);
    return new Pop3Command.Auth(
        text(in, rest, mechanismEnd),
        response < end ? Optional.of(secret(in, response, end)) : Optional.empty());
  }

  private static Pop3Command user(ByteBuf in, int from, int to) {
    return to - from > ClientText.MAX_NAME
        ? new Malformed(Flaw.NAME_TOO_LONG)
        : new Pop3Command.User(ClientText.decode(ByteBufUtil.getBytes(in, from, to - from)));
  }

  private static Pop3Command pass(ByteBuf in, int from, int to) {
    return to - from > ClientText.MAX_SECRET
        ? new Malformed(Flaw.SECRET_TOO_LONG)
        : new Pop3Command.Pass(secret(in, from, to));
  }
}
