package dev.postern.gateway.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.CommandLineDecoder;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.pop3.Pop3Command.Flaw;
import dev.postern.gateway.pop3.Pop3Command.Malformed;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Pop3DecoderTest {

  private final Pop3Decoder decoder = new Pop3Decoder();
  private final ByteBuf in = Unpooled.buffer();

  @AfterEach
  void release() {
    in.release();
  }

  private @Nullable Pop3Command decode(String bytes) {
    in.writeBytes(bytes.getBytes(ISO_8859_1));
    return decoder.decode(in);
  }

  private static String text(Secret secret) {
    return secret.expose(bytes -> new String(bytes, ISO_8859_1));
  }

  @Test
  void knowsEveryCommandInAnyCase() {
    Map<String, Pop3Command> expected =
        Map.ofEntries(
            Map.entry("CAPA", new Pop3Command.Capa()),
            Map.entry("capa x", new Pop3Command.Capa()),
            Map.entry("STLS", new Pop3Command.Stls(false)),
            Map.entry("stls ", new Pop3Command.Stls(false)),
            Map.entry("STLS now", new Pop3Command.Stls(true)),
            Map.entry("USER alice", new Pop3Command.User("alice")),
            Map.entry("user  al ice ", new Pop3Command.User("al ice ")),
            Map.entry("USER b\u00c3\u00bccher", new Pop3Command.User("b\u00fccher")),
            Map.entry("USER b\u00fccher", new Pop3Command.User("b\u00fccher")),
            Map.entry("USER", new Pop3Command.User("")),
            Map.entry("AUTH", new Pop3Command.Mechanisms()),
            Map.entry("auth ", new Pop3Command.Mechanisms()),
            Map.entry("APOP a b", new Pop3Command.Apop()),
            Map.entry("NOOP", new Pop3Command.Noop()),
            Map.entry("QUIT", new Pop3Command.Quit()),
            Map.entry("STAT", new Pop3Command.NeedsLogin()),
            Map.entry("TOP 1 2", new Pop3Command.NeedsLogin()),
            Map.entry("UTF8", new Pop3Command.NeedsLogin()),
            Map.entry("XCLIENT ADDR=1.2.3.4", new Pop3Command.Unknown()),
            Map.entry("", new Pop3Command.Unknown()),
            Map.entry(" NOOP", new Pop3Command.Unknown()),
            Map.entry("EHLO x", new Malformed(Flaw.OTHER_PROTOCOL)),
            Map.entry("GET / HTTP/1.1", new Malformed(Flaw.OTHER_PROTOCOL)));
    expected.forEach(
        (line, command) -> assertThat(decode(line + "\r\n")).as(line).isEqualTo(command));
  }

  @Test
  void takesTheRestOfTheLineForAPassword() {
    Map<String, String> expected =
        Map.of(
            "PASS abcd",
            "abcd",
            "pass  two  spaces ",
            " two  spaces ",
            "PASS",
            "",
            "PASS ",
            "",
            "PASS \u00fc\u00c3",
            "\u00fc\u00c3");
    expected.forEach((line, password) ->
        assertThat(decode(line + "\r\n"))
            .isInstanceOfSatisfying(
                Pop3Command.Pass.class,
                pass -> {
                  assertThat(text(pass.secret())).isEqualTo(password);
                  assertThat(pass.toString()).contains("***");
                }));
  }

  @Test
  void readsAuthWithAnInitialResponse() {
    assertThat(decode("AUTH \tLOGIN  YWxpY2U=\r\n"))
        .isInstanceOfSatisfying(
            Pop3Command.Auth.class,
            auth -> {
              assertThat(auth.mechanism()).isEqualTo("LOGIN");
              assertThat(auth.initialResponse().map(Pop3DecoderTest::text)).hasValue("YWxpY2U=");
              assertThat(auth.toString()).doesNotContain("YWxpY2U=");
            });
  }

  @Test
  void readsSaslResponsesAsTheyStandWhateverTheyLookLike() {
    decoder.expect(Expect.SASL_RESPONSE);
    for (String line : List.of("", "*", "QUIT", "GET / HTTP/1.1", "a\0bc\rd", "\u0016\u0003")) {
      assertThat(decode(line + "\r\n"))
          .isInstanceOfSatisfying(
              Pop3Command.SaslResponse.class,
              response -> assertThat(text(response.line())).isEqualTo(line));
    }
  }

  @Test
  void stopsRightBehindTheCommandAndTakesLfAlone() {
    assertThat(decode("NOOP\nSTAT\r\nLI")).isEqualTo(new Pop3Command.Noop());
    assertThat(in.toString(ISO_8859_1)).isEqualTo("STAT\r\nLI");
    assertThat(decoder.decode(in)).isEqualTo(new Pop3Command.NeedsLogin());
    assertThat(decoder.decode(in)).isNull();
  }

  @Test
  void knowsEveryFirstByte() {
    for (int b = 0; b < 256; b++) {
      boolean isText = b == '\t' || b == '\n' || (b >= ' ' && b < 0x7f);
      Pop3Command expected =
          isText
              ? new Pop3Command.Unknown()
              : new Malformed(b == '\r' ? Flaw.CONTROL_CHARACTER : Flaw.OTHER_PROTOCOL);
      assertThat(decode((char) b + "Q\r\n")).as("byte %d", b).isEqualTo(expected);
      in.clear();
    }
  }

  @Test
  void takesWhatFitsAndNotOneOctetMore() {
    assertThat(decode("USER " + "x".repeat(512) + "\r\n"))
        .isEqualTo(new Pop3Command.User("x".repeat(512)));
    assertThat(decode("USER " + "x".repeat(513) + "\r\n"))
        .isEqualTo(new Malformed(Flaw.NAME_TOO_LONG));
    assertThat(decode("PASS " + "x".repeat(1024) + "\r\n")).isInstanceOf(Pop3Command.Pass.class);
    assertThat(decode("PASS " + "x".repeat(1025) + "\r\n"))
        .isEqualTo(new Malformed(Flaw.SECRET_TOO_LONG));
    assertThat(decode("NOOP " + "x".repeat(2043) + "\n")).isEqualTo(new Pop3Command.Noop());
    assertThat(decode("NOOP " + "x".repeat(2044) + "\n"))
        .isEqualTo(new Malformed(Flaw.LINE_TOO_LONG));
    assertThat(decode("auth plain " + "A".repeat(12_277) + "\r\n"))
        .isInstanceOf(Pop3Command.Auth.class);
    assertThat(decode("auth plain " + "A".repeat(12_278) + "\r\n"))
        .isEqualTo(new Malformed(Flaw.RESPONSE_TOO_LONG));
    assertThat(decode("GET /" + "x".repeat(5_000))).isEqualTo(new Malformed(Flaw.OTHER_PROTOCOL));
    assertThat(decode("x".repeat(CommandLineDecoder.DROP_LIMIT + 3_000)))
        .isEqualTo(new Malformed(Flaw.ENDLESS_LINE));
  }
}
