package dev.postern.gateway.smtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.CommandLineDecoder;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.smtp.SmtpCommand.Flaw;
import dev.postern.gateway.smtp.SmtpCommand.Malformed;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmtpDecoderTest {

  private final SmtpDecoder decoder = new SmtpDecoder(false);
  private final ByteBuf in = Unpooled.buffer();

  @AfterEach
  void release() {
    in.release();
  }

  private @Nullable SmtpCommand decode(String bytes) {
    in.writeBytes(bytes.getBytes(ISO_8859_1));
    return decoder.decode(in);
  }

  private static String text(Secret secret) {
    return secret.expose(bytes -> new String(bytes, ISO_8859_1));
  }

  @Test
  void knowsEveryCommandInAnyCase() {
    Map<String, SmtpCommand> expected =
        Map.ofEntries(
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
            Map.entry("XCLIENT LOGIN=alice", new SmtpCommand.Unknown()),
            Map.entry("", new SmtpCommand.Unknown()),
            Map.entry(" NOOP", new SmtpCommand.Unknown()),
            Map.entry("AUTH", new Malformed(Flaw.NO_MECHANISM)),
            Map.entry("AUTH  ", new Malformed(Flaw.NO_MECHANISM)),
            Map.entry("GET / HTTP/1.1", new Malformed(Flaw.OTHER_PROTOCOL)),
            Map.entry("POST /x HTTP/1.1", new Malformed(Flaw.OTHER_PROTOCOL)));
    expected.forEach(
        (line, command) -> assertThat(decode(line + "\r\n")).as(line).isEqualTo(command));
  }

  @Test
  void readsAuthWithAndWithoutInitialResponse() {
    assertThat(decode("AUTH PLAIN\r\n")).isEqualTo(new SmtpCommand.Auth("PLAIN", Optional.empty()));
    assertThat(decode("auth login \r\n"))
        .isEqualTo(new SmtpCommand.Auth("login", Optional.empty()));
    assertThat(decode("AUTH \tLOGIN  YWxpY2U=\r\n"))
        .isInstanceOfSatisfying(
            SmtpCommand.Auth.class,
            auth -> {
              assertThat(auth.mechanism()).isEqualTo("LOGIN");
              assertThat(auth.initialResponse().map(SmtpDecoderTest::text)).hasValue("YWxpY2U=");
              assertThat(auth.toString()).doesNotContain("YWxpY2U=");
            });
  }

  @Test
  void readsSaslResponsesAsTheyStandWhateverTheyLookLike() {
    decoder.expect(Expect.SASL_RESPONSE);
    for (String line : List.of("", "*", "QUIT", "GET / HTTP/1.1", "a\0b\nc\rd", "\u0016\u0003")) {
      assertThat(decode(line + "\r\n"))
          .isInstanceOfSatisfying(
              SmtpCommand.SaslResponse.class,
              response -> {
                assertThat(text(response.line())).isEqualTo(line);
                assertThat(response.toString()).contains("***");
              });
    }
  }

  @Test
  void stopsRightBehindTheCommand() {
    assertThat(decode("AUTH PLAIN AAA=\r\nMAIL FROM:<a@b>\r\nRC"))
        .isInstanceOf(SmtpCommand.Auth.class);
    assertThat(in.toString(ISO_8859_1)).isEqualTo("MAIL FROM:<a@b>\r\nRC");
  }

  @Test
  void refusesEveryControlCharacterInsideACommand() {
    for (int b = 0; b < 256; b++) {
      boolean isControl = (b < ' ' && b != '\t') || b == 0x7f;
      assertThat(decode("NOOP x" + (char) b + "y\r\n"))
          .as("byte %d", b)
          .isEqualTo(isControl ? new Malformed(Flaw.CONTROL_CHARACTER) : new SmtpCommand.Noop());
      assertThat(in.isReadable()).isFalse();
    }
  }

  @Test
  void knowsEveryFirstByte() {
    for (int b = 0; b < 256; b++) {
      boolean isLineEnd = b == '\r' || b == '\n';
      boolean isText = b == '\t' || (b >= ' ' && b < 0x7f);
      SmtpCommand expected =
          isText
              ? new SmtpCommand.Unknown()
              : new Malformed(isLineEnd ? Flaw.CONTROL_CHARACTER : Flaw.OTHER_PROTOCOL);
      assertThat(decode((char) b + "Q\r\n")).as("byte %d", b).isEqualTo(expected);
      assertThat(in.isReadable()).isFalse();
    }
  }

  @Test
  void takesOnlyCrLfForALineEnd() {
    assertThat(decode("NOOP\nNOOP\n")).isNull();
    assertThat(decode("\rNOOP\n\r")).isNull();
    assertThat(decode("\n")).isEqualTo(new Malformed(Flaw.CONTROL_CHARACTER));
    assertThat(in.isReadable()).isFalse();
  }

  @Test
  void doesNotReadAgainWhatItHasRead() {
    assertThat(decode("NOOP 123")).isNull();
    in.setByte(4, '\r').setByte(5, '\n'); // would end the line if it were looked at again
    assertThat(decode("456")).isNull();
    assertThat(decode("\r\n")).isNotNull();
  }

  @Test
  void takesLinesUpToTheLimitAndNotOneOctetMore() {
    assertThat(decode("NOOP " + "x".repeat(2043) + "\r\n")).isEqualTo(new SmtpCommand.Noop());
    assertThat(decode("NOOP " + "x".repeat(2044) + "\r\n"))
        .isEqualTo(new Malformed(Flaw.LINE_TOO_LONG));
    assertThat(decode("auth plain " + "A".repeat(12_277) + "\r\n"))
        .isInstanceOf(SmtpCommand.Auth.class);
    assertThat(decode("auth plain " + "A".repeat(12_278) + "\r\n"))
        .isEqualTo(new Malformed(Flaw.RESPONSE_TOO_LONG));
    assertThat(decode("AUTHX " + "x".repeat(2043) + "\r\n"))
        .isEqualTo(new Malformed(Flaw.LINE_TOO_LONG));
    decoder.expect(Expect.SASL_RESPONSE);
    assertThat(decode("A".repeat(12_288) + "\r\n")).isInstanceOf(SmtpCommand.SaslResponse.class);
    assertThat(decode("A".repeat(12_289) + "\r\n"))
        .isEqualTo(new Malformed(Flaw.RESPONSE_TOO_LONG));
    decoder.expect(Expect.COMMAND);
    assertThat(decode("NOOP\r\n")).isEqualTo(new SmtpCommand.Noop());
  }

  @Test
  void findsTheEndOfADroppedLineThoughItComesInHalves() {
    assertThat(decode("x".repeat(3_000))).isNull();
    assertThat(decode("y\r")).isNull();
    assertThat(decode("\nNOOP\r\n")).isEqualTo(new Malformed(Flaw.LINE_TOO_LONG));
    assertThat(decoder.decode(in)).isEqualTo(new SmtpCommand.Noop());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "AUTH PLAIN ", "NOOP "})
  void holdsNoMoreThanALineHoweverMuchComesWithoutAnEnd(String start) {
    SmtpCommand command = decode(start);
    int sent = 0;
    while (command == null && sent < 5_000_000) {
      command = decode("x".repeat(1_000));
      sent += 1_000;
      assertThat(in.readableBytes()).isLessThanOrEqualTo(CommandLineDecoder.RESPONSE_LIMIT + 2);
      in.discardReadBytes();
    }
    assertThat(command).isEqualTo(new Malformed(Flaw.ENDLESS_LINE));
    assertThat(sent)
        .isLessThan(CommandLineDecoder.DROP_LIMIT + CommandLineDecoder.RESPONSE_LIMIT + 2_000);
  }

  @Test
  void knowsAnHttpRequestThatIsTooLongForACommand() {
    assertThat(decode("GET /" + "x".repeat(5_000))).isEqualTo(new Malformed(Flaw.OTHER_PROTOCOL));
  }
}
