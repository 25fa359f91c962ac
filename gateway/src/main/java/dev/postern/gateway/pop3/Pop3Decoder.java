package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.CommandLine;
import dev.postern.gateway.dialogue.CommandLineDecoder;
import dev.postern.gateway.dialogue.LineFlaw;
import dev.postern.gateway.pop3.Pop3Command.Flaw;
import dev.postern.gateway.pop3.Pop3Command.Malformed;
import dev.postern.gateway.sasl.ClientText;
import dev.postern.store.auth.Secret;

/**
 * Cuts POP3 commands out of bytes, of more than the 255 octets of RFC 2449 §4, so that long names
 * and secrets fit. A line may end with LF alone, as people's tools send it.
 */
public final class Pop3Decoder extends CommandLineDecoder<Pop3Command> {

  public Pop3Decoder() {
    super(LineEnd.CRLF_OR_LF);
  }

  @Override
  protected Pop3Command command(CommandLine line) {
    return switch (line.verb()) {
      case "CAPA" -> new Pop3Command.Capa();
      case "STLS" -> new Pop3Command.Stls(line.hasArguments());
      case "USER" -> user(line.arguments());
      case "PASS" -> pass(line.secretArgument());
      case "AUTH" ->
          line.auth()
              .<Pop3Command>map(
                  auth -> new Pop3Command.Auth(auth.mechanism(), auth.initialResponse()))
              .orElseGet(Pop3Command.Mechanisms::new);
      case "APOP" -> new Pop3Command.Apop();
      case "XCLIENT" ->
          new Pop3Command.Xclient(ClientAddress.ofXclient(ClientText.decode(line.arguments())));
      case "NOOP" -> new Pop3Command.Noop();
      case "QUIT" -> new Pop3Command.Quit();
      case "STAT", "LIST", "RETR", "DELE", "RSET", "TOP", "UIDL", "LAST", "UTF8", "LANG" ->
          new Pop3Command.NeedsLogin();
      case "EHLO", "HELO", "LHLO" -> new Malformed(Flaw.OTHER_PROTOCOL);
      case String _ -> new Pop3Command.Unknown();
    };
  }

  @Override
  protected Pop3Command saslResponse(Secret line) {
    return new Pop3Command.SaslResponse(line);
  }

  @Override
  protected Pop3Command malformed(LineFlaw flaw) {
    return new Malformed(
        switch (flaw) {
          case CONTROL_CHARACTER -> Flaw.CONTROL_CHARACTER;
          case LINE_TOO_LONG -> Flaw.LINE_TOO_LONG;
          case RESPONSE_TOO_LONG -> Flaw.RESPONSE_TOO_LONG;
          case ENDLESS_LINE -> Flaw.ENDLESS_LINE;
          case OTHER_PROTOCOL -> Flaw.OTHER_PROTOCOL;
        });
  }

  private static Pop3Command user(byte[] name) {
    return name.length > ClientText.MAX_NAME
        ? new Malformed(Flaw.NAME_TOO_LONG)
        : new Pop3Command.User(ClientText.decode(name));
  }

  private static Pop3Command pass(Secret secret) {
    if (secret.length() > ClientText.MAX_SECRET) {
      secret.close();
      return new Malformed(Flaw.SECRET_TOO_LONG);
    }
    return new Pop3Command.Pass(secret);
  }
}
