package dev.postern.gateway.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.CommandLineDecoderContract;
import dev.postern.gateway.dialogue.LineFlaw;
import dev.postern.gateway.smtp.SmtpCommand.Flaw;
import dev.postern.gateway.smtp.SmtpCommand.Malformed;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SmtpDecoderTest extends CommandLineDecoderContract<SmtpCommand> {

  SmtpDecoderTest() {
    super(new SmtpDecoder(false));
  }

  @Override
  protected SmtpCommand noop() {
    return new SmtpCommand.Noop();
  }

  @Override
  protected SmtpCommand unknown() {
    return new SmtpCommand.Unknown();
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

  @Override
  protected Map<String, SmtpCommand> commands() {
    return Map.ofEntries(
        Map.entry("EHLO [IPV6:::1]", new SmtpCommand.Ehlo("[IPV6:::1]")),
        Map.entry("ehlo", new SmtpCommand.Ehlo("")),
        Map.entry("eHlO  MY_PC ", new SmtpCommand.Ehlo("MY_PC")),
        Map.entry("HELO\tscanner", new SmtpCommand.Helo("scanner")),
        Map.entry("EHLO b\u00c3\u00bccher", new SmtpCommand.Ehlo("b\u00fccher")),
        Map.entry("EHLO b\u00fccher", new SmtpCommand.Ehlo("b\u00fccher")),
        Map.entry("STARTTLS", new SmtpCommand.StartTls(false)),
        Map.entry("STARTTLS ", new SmtpCommand.StartTls(false)),
        Map.entry("STARTTLS now", new SmtpCommand.StartTls(true)),
        Map.entry("NOOP anything", new SmtpCommand.Noop()),
        Map.entry("rset", new SmtpCommand.Rset()),
        Map.entry("QUIT", new SmtpCommand.Quit()),
        Map.entry("HELP AUTH", new SmtpCommand.Help()),
        Map.entry("VRFY alice", new SmtpCommand.Vrfy()),
        Map.entry("MAIL FROM:<a@b>", new SmtpCommand.NeedsLogin()),
        Map.entry("RCPT TO:<a@b>", new SmtpCommand.NeedsLogin()),
        Map.entry("DATA", new SmtpCommand.NeedsLogin()),
        Map.entry("BURL imap://x LAST", new SmtpCommand.NeedsLogin()),
        Map.entry("ETRN x", new SmtpCommand.NeedsLogin()),
        Map.entry("EXPN x", new SmtpCommand.NeedsLogin()),
        Map.entry("BDAT 5 LAST", new SmtpCommand.Bdat()),
        Map.entry("LHLO x", new SmtpCommand.Lhlo()),
        Map.entry("XCLIENT LOGIN=alice", new SmtpCommand.Xclient(Optional.empty())),
        Map.entry("", new SmtpCommand.Unknown()),
        Map.entry(" NOOP", new SmtpCommand.Unknown()),
        Map.entry("AUTH", new Malformed(Flaw.NO_MECHANISM)),
        Map.entry("AUTH  ", new Malformed(Flaw.NO_MECHANISM)),
        Map.entry("AUTH PLAIN", new SmtpCommand.Auth("PLAIN", Optional.empty())),
        Map.entry("auth login ", new SmtpCommand.Auth("login", Optional.empty())));
  }

  @Test
  void takesOnlyCrLfForALineEnd() {
    assertThat(decode("NOOP\nNOOP\n")).isNull();
    assertThat(decode("\rNOOP\n\r")).isNull();
    assertThat(decode("\n")).isEqualTo(new Malformed(Flaw.CONTROL_CHARACTER));
    assertThat(left()).isEmpty();
    assertThat(decode("\nQ\r\n")).isEqualTo(new Malformed(Flaw.CONTROL_CHARACTER));
  }
}
