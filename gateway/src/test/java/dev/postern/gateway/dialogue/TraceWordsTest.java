package dev.postern.gateway.dialogue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a trace shows of each line that there is. */
class TraceWordsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a1 LOGIN alice hunter2                      | <tag> LOGIN <name> <secret>",
        "a1 login \"alice\" \"hunter2\"              | <tag> LOGIN <name> <secret>",
        "a1 LOGIN alice {7+}\\r\\nhunter2            | <tag> LOGIN <name> <secret>",
        "a1 LOGIN {5}                                | <tag> LOGIN <waits for a literal>",
        "a1 AUTHENTICATE plain                       | <tag> AUTHENTICATE PLAIN",
        "a1 AUTHENTICATE PLAIN AGEAYg==              | <tag> AUTHENTICATE PLAIN <response>",
        "a1 AUTHENTICATE LOGIN =                     | <tag> AUTHENTICATE LOGIN <empty response>",
        "a1 AUTHENTICATE XOAUTH2 dXNlcj1h            | <tag> AUTHENTICATE XOAUTH2 <response>",
        "a1 AUTHENTICATE scram-sha-256               | <tag> AUTHENTICATE SCRAM-SHA-256",
        "a1 AUTHENTICATE hunter2                     | <tag> AUTHENTICATE <other>",
        "a1 CAPABILITY                               | <tag> CAPABILITY",
        "a1 NOOP                                     | <tag> NOOP",
        "a1 LOGOUT                                   | <tag> LOGOUT",
        "a1 STARTTLS                                 | <tag> STARTTLS",
        "a1 ENABLE UTF8=ACCEPT                       | <tag> ENABLE <names>",
        "a1 ID (\"name\" \"hunter2\")                | <tag> ID <fields>",
        "a1 SELECT hunter2                           | <tag> <command that needs a login>",
        "a1 hunter2                                  | <line of 12 bytes that is no command>",
        "AGEAaHVudGVyMg==                            | <line of 18 bytes that is no command>",
        "LOGIN alice hunter2                         | <command without a tag>",
        "a1 LOGIN alice                              | <command whose arguments are missing or wrong>",
        "a1 LOGIN alice {99999}                      | <command with a literal that is too large>",
        "EHLO scanner                                | <another protocol>",
      })
  void ofImapClients(String line, String shown) {
    assertThat(said(Scope.IMAP, Expect.COMMAND, line)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "EHLO hunter2              | EHLO <name>",
        "EHLO                      | EHLO",
        "helo hunter2              | HELO <name>",
        "STARTTLS                  | STARTTLS",
        "STARTTLS hunter2          | STARTTLS <arguments>",
        "AUTH                      | AUTH",
        "AUTH login                | AUTH LOGIN",
        "AUTH PLAIN AGEAYg==       | AUTH PLAIN <response>",
        "AUTH CRAM-MD5             | AUTH CRAM-MD5",
        "AUTH hunter2 hunter2      | AUTH <other> <response>",
        "NOOP hunter2              | NOOP",
        "RSET                      | RSET",
        "QUIT                      | QUIT",
        "HELP hunter2              | HELP",
        "VRFY hunter2              | VRFY",
        "MAIL FROM:<hunter2>       | <command that needs a login>",
        "BDAT 5                    | BDAT",
        "XCLIENT ADDR=192.0.2.1    | XCLIENT <attributes>",
        "LHLO hunter2              | LHLO",
        "AGEAaHVudGVyMg==          | <line of 18 bytes that is no command>",
        "NOOP\\u0007               | <line of 7 bytes that is no command>",
      })
  void ofSmtpClients(String line, String shown) {
    assertThat(said(Scope.SUBMISSION, Expect.COMMAND, line)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CAPA                      | CAPA",
        "STLS                      | STLS",
        "STLS hunter2              | STLS <arguments>",
        "USER hunter2              | USER <name>",
        "USER                      | USER",
        "PASS hunter2 x            | PASS <secret>",
        "AUTH                      | AUTH",
        "AUTH plain                | AUTH PLAIN",
        "AUTH PLAIN AGEAYg==       | AUTH PLAIN <response>",
        "AUTH hunter2              | AUTH <other>",
        "APOP alice hunter2        | APOP <name> <digest>",
        "XCLIENT ADDR=192.0.2.1    | XCLIENT <attributes>",
        "NOOP                      | NOOP",
        "QUIT                      | QUIT",
        "RETR 1                    | <command that needs a login>",
        "hunter2                   | <line of 9 bytes that is no command>",
        "PASS x\\u0007             | <line of 9 bytes that is no command>",
      })
  void ofPop3Clients(String line, String shown) {
    assertThat(said(Scope.POP3, Expect.COMMAND, line)).isEqualTo(shown);
  }

  @ParameterizedTest
  @EnumSource
  void ofResponses(Scope protocol) {
    assertThat(said(protocol, Expect.SASL_RESPONSE, "AGEAaHVudGVyMg==")).isEqualTo("<response>");
    assertThat(said(protocol, Expect.SASL_RESPONSE, "hunter2")).isEqualTo("<response>");
    assertThat(said(protocol, Expect.SASL_RESPONSE, "*")).isEqualTo("*");
    assertThat(said(protocol, Expect.SASL_RESPONSE, "")).isEqualTo("<empty response>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* OK [CAPABILITY IMAP4rev1 SASL-IR ID AUTH=PLAIN] mail ready"
            + " | * OK [CAPABILITY IMAP4REV1 SASL-IR ID AUTH=PLAIN] mail ready",
        "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED"
            + " | * CAPABILITY IMAP4REV1 STARTTLS LOGINDISABLED",
        "AGEAaHVudGVyMg BAD There is no command behind the tag"
            + " | <tag> BAD There is no command behind the tag",
        "a1 NO [AUTHENTICATIONFAILED] Login refused | <tag> NO [AUTHENTICATIONFAILED] Login refused",
        "a1 OK [CAPABILITY IMAP4rev1 hunter2 IDLE AUTH=hunter2] Logged in"
            + " | <tag> OK [CAPABILITY IMAP4REV1 IDLE AUTH=<other> <and 1 more>] Logged in",
        "+ VXNlcm5hbWU6 | + VXNlcm5hbWU6",
        "* BYE Logging out | * BYE Logging out",
      })
  void ofOurImapReplies(String line, String shown) {
    assertThat(Protocols.of(Scope.IMAP).trace().replied(line)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "IMAP       | P1 CAPABILITY                      | P1 CAPABILITY",
        "IMAP       | P1 STARTTLS                        | P1 STARTTLS",
        "IMAP       | P2 ID (\"x-originating-ip\" \"x\") | P2 ID <fields>",
        "IMAP       | P3 AUTHENTICATE XOAUTH2            | P3 AUTHENTICATE XOAUTH2",
        "IMAP       | P4 NAMESPACE                       | P4 NAMESPACE",
        "IMAP       | *                                  | *",
        "SUBMISSION | EHLO gate.test                     | EHLO <name>",
        "SUBMISSION | STARTTLS                           | STARTTLS",
        "SUBMISSION | XCLIENT LOGIN=alice HELO=hunter2   | XCLIENT <attributes>",
        "SUBMISSION | AUTH XOAUTH2                       | AUTH XOAUTH2",
        "SUBMISSION | *                                  | *",
        "POP3       | CAPA                               | CAPA",
        "POP3       | STLS                               | STLS",
        "POP3       | XCLIENT ADDR=192.0.2.1             | XCLIENT <attributes>",
        "POP3       | AUTH PLAIN                         | AUTH PLAIN",
        "POP3       | hunter2                            | <other>",
      })
  void ofWhatWeSendToUpstreams(Scope protocol, String line, String shown) {
    assertThat(Protocols.of(protocol).trace().sent(line)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "IMAP       | * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN X] hunter2 ready"
            + " | * OK [CAPABILITY IMAP4REV1 AUTH=PLAIN <and 1 more>]",
        "IMAP       | * CAPABILITY IMAP4rev1 hunter2     | * CAPABILITY IMAP4REV1 <and 1 more>",
        "IMAP       | P1 NO [AUTHENTICATIONFAILED] alice | P1 NO [AUTHENTICATIONFAILED]",
        "IMAP       | P1 NO [HUNTER2] alice              | P1 NO",
        "IMAP       | hunter2 OK in                      | <tag> OK",
        "IMAP       | * BYE [UNAVAILABLE] hunter2        | * BYE [UNAVAILABLE]",
        "IMAP       | * ID (\"name\" \"hunter2\")        | * <other>",
        "IMAP       | + eyJzdGF0dXMiOiI0MDAifQ==         | + <challenge>",
        "IMAP       | +                                  | +",
        "IMAP       | hunter2                            | <line of 7 bytes that is no reply>",
        "SUBMISSION | 220 hunter2 ESMTP                  | 220 <text>",
        "SUBMISSION | 250-AUTH PLAIN hunter2             | 250-AUTH PLAIN <other>",
        "SUBMISSION | 250-SIZE 35882577                  | 250-SIZE",
        "SUBMISSION | 250 hunter2                        | 250 <text>",
        "SUBMISSION | 334 VXNlcm5hbWU6                   | 334 <challenge>",
        "SUBMISSION | 334                                | 334",
        "SUBMISSION | 235 2.7.0 Welcome alice            | 235 2.7.0 <text>",
        "SUBMISSION | 535-5.7.8 bad hunter2              | 535-5.7.8 <text>",
        "SUBMISSION | 535 5.7.8                          | 535 5.7.8",
        "SUBMISSION | hunter2                            | <line of 7 bytes that is no reply>",
        "POP3       | +OK hunter2                        | +OK",
        "POP3       | -ERR [AUTH] hunter2                | -ERR [AUTH]",
        "POP3       | -ERR [HUNTER2] x                   | -ERR",
        "POP3       | + VXNlcm5hbWU6                     | + <challenge>",
        "POP3       | SASL PLAIN hunter2                 | SASL PLAIN <other>",
        "POP3       | STLS                               | STLS",
        "POP3       | hunter2                            | <line of 7 bytes that is no reply>",
        "POP3       | .                                  | .",
      })
  void ofWhatUpstreamsAnswer(Scope protocol, String line, String shown) {
    assertThat(Protocols.of(protocol).trace().answered(line)).isEqualTo(shown);
  }

  /** Whatever stands wherever. */
  @ParameterizedTest
  @EnumSource
  void nothingThatAClientOrAServerMadeUpIsShown(Scope protocol) {
    Random random = new Random(7);
    List<String> parts =
        List.of(
            "%",
            "a1",
            "*",
            "+",
            "LOGIN",
            "AUTHENTICATE",
            "AUTH",
            "USER",
            "PASS",
            "PLAIN",
            "EHLO",
            "ID",
            "XCLIENT",
            "OK",
            "NO",
            "-ERR",
            "+OK",
            "535",
            "250-",
            "334",
            "5.7.8",
            "[%]",
            "[AUTH]",
            "[CAPABILITY",
            "CAPABILITY",
            "SASL",
            "\"%\"",
            "{3}",
            "{3+}",
            "(",
            ")",
            "=",
            "P1",
            "AUTH=%",
            "%%%",
            "\t",
            "\u0007",
            "\u00fc");
    for (int i = 0; i < 20_000; i++) {
      List<String> line = new ArrayList<>();
      for (int words = 1 + random.nextInt(6); words > 0; words--) {
        line.add(parts.get(random.nextInt(parts.size())));
      }
      String text = String.join(random.nextInt(8) == 0 ? "" : " ", line).replace("%", "Hunter-2");
      TraceWords<?> words = Protocols.of(protocol).trace();
      Expect next = random.nextBoolean() ? Expect.COMMAND : Expect.SASL_RESPONSE;
      for (String shown :
          List.of(said(protocol, next, text), words.sent(text), words.answered(text))) {
        assertThat(shown.toLowerCase(Locale.ROOT)).as(text).doesNotContain("hunter");
        assertThat(shown).as(text).matches("[ -~]*");
      }
    }
  }

  @Test
  void looksAtNoSecretFurtherThanWhetherItIsOne() {
    try (Secret secret = Secret.ofText("*x")) {
      assertThat(TraceWords.response(secret)).isEqualTo("<response>");
      assertThat(secret.length()).isEqualTo(2);
    }
  }

  /** Of the first command in that text; nothing if there is none yet. */
  private static String said(Scope protocol, Expect next, String text) {
    return said(Protocols.of(protocol), next, text);
  }

  private static <C> String said(MailProtocol<C> protocol, Expect next, String text) {
    CommandDecoder<C> decoder =
        protocol.decoder().apply(new SessionFacts("gate.test", SessionFacts.Tls.OFF, List.of(), 5));
    decoder.expect(next);
    String line = text.replace("\\r\\n", "\r\n").replace("\\u0007", "\u0007") + "\r\n";
    ByteBuf in = Unpooled.copiedBuffer(line, ISO_8859_1);
    C command = decoder.decode(in);
    return command == null
        ? ""
        : protocol.trace().said(command, line.length() - in.readableBytes());
  }
}
