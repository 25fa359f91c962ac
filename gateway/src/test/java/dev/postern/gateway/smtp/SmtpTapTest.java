package dev.postern.gateway.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.Forbidden;
import dev.postern.gateway.dialogue.TapReplay;
import dev.postern.gateway.dialogue.UpstreamSession;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmtpTapTest {
  private static final UpstreamSession CHUNKING =
      new UpstreamSession(List.of("PIPELINING", "chunking"));

  /** A message is about to follow. */
  private static TapReplay inData() {
    return TapReplay.of(
        new SmtpTap(CHUNKING),
        """
        C: MAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nDATA\\r\\n
        S: 250 ok\\r\\n250 ok\\r\\n354 go\\r\\n
        """);
  }

  @Test
  void mailPassesUnchangedWhateverItIsAbout() {
    String message =
        "Subject: XCLIENT\r\n\r\nAUTH PLAIN\r\nSTARTTLS\r\n..\r\nBDAT 5\r\n. \r\n.x\r\na\nb\rc\0\r\n.\r\n";

    TapReplay replay = inData().client(message + "QUIT\r\n");

    assertThat(replay.end()).isEmpty();
    assertThat(replay.held()).isEmpty();
    assertThat(replay.passed()).endsWith("DATA\r\n" + message + "QUIT\r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "AUTH PLAIN AGEAYg==\\r\\n, AUTH, AUT",
    "auth\\tPLAIN\\r\\n, AUTH, aut",
    "STARTTLS\\r\\n, STARTTLS, STARTTL",
    "NOOP\\r\\nXCLIENT LOGIN=bob\\r\\n, XCLIENT, NOOP\\r\\nXCLIEN",
    "' \\t xclient ADDR=192.0.2.1\\r\\n', XCLIENT, ' \\t xclien'",
    "\\240XCLIENT\\r\\n, XCLIENT, \\240XCLIEN",
    "XFORWARD ADDR=192.0.2.1\\r\\n, XFORWARD, XFORWAR",
    "X-EXPS NTLM\\r\\n, X_EXPS, X-EXP",
    "X-ANONYMOUSTLS\\r\\n, X_ANONYMOUSTLS, X-ANONYMOUSTL",
    "XPROXYFROM SID=1 IP=192.0.2.1\\r\\n, XPROXY, XPROX",
    "NOOP\\nXCLIENT LOGIN=bob\\r\\n, COMMAND_LINE, NOOP",
    "NOOP\\rXCLIENT LOGIN=bob\\r\\n, COMMAND_LINE, NOOP\\r",
    "XCL\\0IENT LOGIN=bob\\r\\n, COMMAND_LINE, XCL",
  })
  void whatWouldMakeItAnotherConnectionEndsTheSession(String bytes, Forbidden why, String passed) {
    TapReplay replay = new TapReplay(new SmtpTap(CHUNKING)).client(bytes.translateEscapes());

    assertThat(replay.end()).contains(why);
    assertThat(replay.passed()).isEqualTo(passed.translateEscapes());
  }

  @Test
  void behindARefusedDataComeCommands() {
    TapReplay replay =
        TapReplay.of(
            new SmtpTap(CHUNKING),
            """
            C: RCPT TO:<c@d>\\r\\nDATA\\r\\nNOOP\\r\\nXCLIENT LOGIN=bob\\r\\n.\\r\\n
            S: 550-no\\r\\n550 no
            S: \\r\\n554 no valid recip
            """);

    assertThat(replay.held()).startsWith("NOOP");
    replay.upstream("ients\r\n");
    assertThat(replay.end()).contains(Forbidden.XCLIENT);
    assertThat(replay.passed()).endsWith("DATA\r\nNOOP\r\nXCLIEN");
  }

  @Test
  void earlierRepliesAreNotTakenForThatToData() {
    TapReplay replay =
        TapReplay.of(
            new SmtpTap(CHUNKING),
            """
            C: MAIL FROM:<a@b>\\r\\n\\r\\nRCPT TO:<c@d>\\r\\n DATA \\r\\nXCLIENT in a mail\\r\\n.\\r\\nNOOP\\r\\n
            S: 250 ok\\r\\n500 what?\\r\\n250-one\\r\\n250 two\\r\\n
            """);

    assertThat(replay.held()).startsWith("XCLIENT");
    replay.upstream("354 go\r\n");
    assertThat(replay.held()).isEmpty();
    assertThat(replay.end()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\n.\n",
        "\n.\r\n",
        "\r.\r",
        "\r.\r\n",
        "\r\n.\n",
        "\r\n.\r",
        "\n\r.\r\n",
        "\r\r\n.\r\r\n",
        "\r\n\0.\r\n",
        "\r\n.\0\r\n",
        "\r\0\n.\n",
        "\n.\0\n",
        "\n.\r\n.\r\n",
      })
  void aDoubtfulEndOfDataEndsTheSession(String end) {
    TapReplay replay = inData().client("text" + end + "XCLIENT LOGIN=bob\r\n");

    assertThat(replay.end()).contains(Forbidden.END_OF_DATA);
  }

  @Test
  void anEmptyMessageEndsAtOnce() {
    assertThat(inData().client(".\r\nXCLIENT\r\n").end()).contains(Forbidden.XCLIENT);
    assertThat(inData().client(".\nXCLIENT\r\n").end()).contains(Forbidden.END_OF_DATA);
  }

  @Test
  void chunksAreCountedWhateverTheReplies() {
    TapReplay replay =
        TapReplay.of(
            new SmtpTap(CHUNKING),
            """
            C: BDAT 9\\r\\nXCLIENT\\r\\n
            S: 503 no mail\\r\\n
            C: bdat 0 last\\r\\nBDAT 3 LAST\\r\\n\\n.\\nDATA\\r\\nQUIT\\r\\n
            S: 503 no mail\\r\\n503 no mail\\r\\n503 no mail\\r\\n
            C: AUTH\\r\\n
            """);

    assertThat(replay.end()).contains(Forbidden.AUTH);
    assertThat(replay.passed()).contains("DATA\r\nQUIT\r\nAUT");
  }

  static List<Arguments> doubtfulChunks() {
    return List.of(
        Arguments.of("BDAT 9x\r\n"),
        Arguments.of("BDAT 9 LASTING\r\n"),
        Arguments.of("BDAT  9\r\n"),
        Arguments.of(" BDAT 9\r\n"),
        Arguments.of("BDAT\t9\r\n"),
        Arguments.of("BDAT\r\n"),
        Arguments.of("BDATA 9\r\n"),
        Arguments.of("BDAT -9\r\n"),
        Arguments.of("BDAT 4294967305\r\n"));
  }

  @ParameterizedTest
  @MethodSource("doubtfulChunks")
  void aChunkThatAServerCouldRefuseUnreadEndsTheSession(String line) {
    assertThat(new TapReplay(new SmtpTap(CHUNKING)).client(line).end()).contains(Forbidden.CHUNK);
  }

  @Test
  void chunksNeedAServerThatOffersThem() {
    TapReplay replay =
        new TapReplay(new SmtpTap(new UpstreamSession(List.of("PIPELINING")))).client("BDAT 9\r\n");

    assertThat(replay.end()).contains(Forbidden.CHUNK);
  }

  @ParameterizedTest
  @CsvSource({
    "EHLO x, 250, false",
    "ehlo x, 501, true",
    "HELO x, 250, true",
  })
  void anotherGreetingDecidesAboutChunksAnew(String greeting, String code, boolean isRefused) {
    TapReplay replay = new TapReplay(new SmtpTap(CHUNKING)).client(greeting + "\r\nBDAT 1\r\nx");

    assertThat(replay.held()).startsWith("BDAT");
    replay.upstream(code + "-hello\r\n" + code + " AUTH PLAIN\r\n");
    assertThat(replay.end().isPresent()).isEqualTo(isRefused);
  }

  @ParameterizedTest
  @ValueSource(strings = {"DATAx", "EHLOx", "HELOx"})
  void whatOnlyBeginsLikeACommandMayBeOne(String verb) {
    TapReplay replay = new TapReplay(new SmtpTap(CHUNKING)).client(verb + "\r\nNOOP\r\n");

    assertThat(replay.held()).isEqualTo("NOOP\r\n");
  }

  @Test
  void aReplyThatNothingIsDueToIsNoneToWhatComesLater() {
    TapReplay replay =
        TapReplay.of(
            new SmtpTap(CHUNKING),
            """
            S: 250 unasked\\r\\n
            C: DATA\\r\\n
            S: 354 go\\r\\n
            C: XCLIENT in a mail\\r\\n.\\r\\n
            """);

    assertThat(replay.end()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"250 ok\r\n250 twice\r\n354 go\r\n", "354 go\r\n"})
  void aServerThatAsksForDataOutOfTurnEndsTheSession(String replies) {
    TapReplay replay =
        new TapReplay(new SmtpTap(CHUNKING)).client("NOOP\r\nDATA\r\n").upstream(replies);

    assertThat(replay.end()).contains(Forbidden.OUT_OF_STEP);
  }

  @Test
  void aLineThatAServerCouldCutInTwoEndsTheSession() {
    String longest = "NOOP " + "x".repeat(SmtpTap.LINE_LIMIT - 5);

    assertThat(new TapReplay(new SmtpTap(CHUNKING)).client((longest + "\r\n").repeat(3)).end())
        .isEmpty();
    assertThat(new TapReplay(new SmtpTap(CHUNKING)).client(longest + "x\r\n").end())
        .contains(Forbidden.COMMAND_LINE);
  }
}
