package dev.postern.gateway.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.CommandLineDecoderContract;
import dev.postern.gateway.dialogue.LineFlaw;
import dev.postern.gateway.dialogue.Marked;
import dev.postern.gateway.pop3.Pop3Command.Flaw;
import dev.postern.gateway.pop3.Pop3Command.Malformed;
import java.util.Map;
import org.junit.jupiter.api.Test;

class Pop3DecoderTest extends CommandLineDecoderContract<Pop3Command> {

  Pop3DecoderTest() {
    super(new Pop3Decoder());
  }

  @Override
  protected Pop3Command noop() {
    return new Pop3Command.Noop();
  }

  @Override
  protected Pop3Command unknown() {
    return new Pop3Command.Unknown();
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

  @Override
  protected Map<String, Pop3Command> commands() {
    return Map.ofEntries(
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
        Map.entry(
            "XCLIENT ADDR=1.2.3.4", new Pop3Command.Xclient(ClientAddress.parse("1.2.3.4", ""))),
        Map.entry("", new Pop3Command.Unknown()),
        Map.entry(" NOOP", new Pop3Command.Unknown()),
        Map.entry("EHLO x", new Malformed(Flaw.OTHER_PROTOCOL)));
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
                  assertThat(Marked.bytesOf(pass.secret())).isEqualTo(password);
                  assertThat(pass.toString()).contains("***");
                }));
  }

  @Test
  void takesLfAloneForALineEnd() {
    assertThat(decode("NOOP\nSTAT\nLI")).isEqualTo(noop());
    assertThat(decode("")).isEqualTo(new Pop3Command.NeedsLogin());
    assertThat(decode("")).isNull();
  }

  @Test
  void whatPeopleTypeIsNotPrinted() {
    assertThat(String.valueOf(decode("USER hunter2\r\n"))).isEqualTo("User[***]");
    assertThat(String.valueOf(decode("AUTH hunter2 x\r\n"))).isEqualTo("Auth[***]");
  }

  @Test
  void anEmptyLineIsOneHoweverItEnds() {
    assertThat(decode("\n")).isNotNull().isEqualTo(decode("\r\n"));
    assertThat(left()).isEmpty();
  }

  @Test
  void takesNamesAndSecretsUpToTheLimitAndNotOneOctetMore() {
    assertThat(decode("USER " + "x".repeat(512) + "\r\n"))
        .isEqualTo(new Pop3Command.User("x".repeat(512)));
    assertThat(decode("USER " + "x".repeat(513) + "\r\n"))
        .isEqualTo(new Malformed(Flaw.NAME_TOO_LONG));
    assertThat(decode("PASS " + "x".repeat(1024) + "\r\n")).isInstanceOf(Pop3Command.Pass.class);
    assertThat(decode("PASS " + "x".repeat(1025) + "\r\n"))
        .isEqualTo(new Malformed(Flaw.SECRET_TOO_LONG));
  }
}
