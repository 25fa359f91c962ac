package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.CommandLine;
import dev.postern.gateway.dialogue.CommandLineDecoder;
import dev.postern.gateway.dialogue.LineFlaw;
import dev.postern.gateway.sasl.ClientText;
import dev.postern.gateway.smtp.SmtpCommand.Flaw;
import dev.postern.gateway.smtp.SmtpCommand.Malformed;
import dev.postern.store.auth.Secret;

/**
 * Cuts SMTP commands out of bytes. A line ends with CRLF and nothing else (RFC 5321 §2.3.8): a bare
 * CR or LF stays inside its line, where it is a control character. Only on legacy listeners LF
 * alone ends a line, too.
 */
public final class SmtpDecoder extends CommandLineDecoder<SmtpCommand> {

  /**
   * @param isLegacy whether a line may end with LF alone, for very old clients
   */
  public SmtpDecoder(boolean isLegacy) {
    super(isLegacy ? LineEnd.CRLF_OR_LF : LineEnd.CRLF);
  }

  @Override
  protected SmtpCommand command(CommandLine line) {
    return switch (line.verb()) {
      case "AUTH" ->
          line.auth()
              .<SmtpCommand>map(
                  auth -> new SmtpCommand.Auth(auth.mechanism(), auth.initialResponse()))
              .orElseGet(() -> new Malformed(Flaw.NO_MECHANISM));
      case "EHLO" -> new SmtpCommand.Ehlo(name(line));
      case "HELO" -> new SmtpCommand.Helo(name(line));
      case "STARTTLS" -> new SmtpCommand.StartTls(line.hasArguments());
      case "NOOP" -> new SmtpCommand.Noop();
      case "RSET" -> new SmtpCommand.Rset();
      case "QUIT" -> new SmtpCommand.Quit();
      case "HELP" -> new SmtpCommand.Help();
      case "VRFY" -> new SmtpCommand.Vrfy();
      case "MAIL", "RCPT", "DATA", "BURL", "ETRN", "EXPN", "SEND", "SOML", "SAML", "TURN", "ATRN" ->
          new SmtpCommand.NeedsLogin();
      case "BDAT" -> new SmtpCommand.Bdat();
      case "XCLIENT" ->
          new SmtpCommand.Xclient(ClientAddress.ofXclient(ClientText.decode(line.arguments())));
      case "LHLO" -> new SmtpCommand.Lhlo();
      case String _ -> new SmtpCommand.Unknown();
    };
  }

  @Override
  protected SmtpCommand saslResponse(Secret line) {
    return new SmtpCommand.SaslResponse(line);
  }

  @Override
  protected SmtpCommand malformed(LineFlaw flaw) {
    return new Malformed(
        switch (flaw) {
          case CONTROL_CHARACTER -> Flaw.CONTROL_CHARACTER;
          case LINE_TOO_LONG -> Flaw.LINE_TOO_LONG;
          case RESPONSE_TOO_LONG -> Flaw.RESPONSE_TOO_LONG;
          case ENDLESS_LINE -> Flaw.ENDLESS_LINE;
          case OTHER_PROTOCOL -> Flaw.OTHER_PROTOCOL;
        });
  }

  private static String name(CommandLine line) {
    return ClientText.decode(line.arguments()).strip();
  }
}
