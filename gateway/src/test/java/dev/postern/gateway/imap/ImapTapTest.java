package dev.postern.gateway.imap;

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

class ImapTapTest {
  private static final UpstreamSession WELL_READ =
      new UpstreamSession(List.of("LITERAL+", "MULTIAPPEND", "BINARY"));

  @ParameterizedTest
  @CsvSource({
    "a LOGIN bob x\\r\\n, LOGIN, a LOGI",
    "a login bob x\\r\\n, LOGIN, a logi",
    "a AUTHENTICATE PLAIN\\r\\n, AUTHENTICATE, a AUTHENTICAT",
    "a UNAUTHENTICATE\\r\\n, UNAUTHENTICATE, a UNAUTHENTICAT",
    "a x-unauthenticate\\r\\n, X_UNAUTHENTICATE, a x-unauthenticat",
    "a STARTTLS\\r\\n, STARTTLS, a STARTTL",
    "a COMPRESS DEFLATE\\r\\n, COMPRESS, a COMPRES",
    "a XCLIENT ADDR=192.0.2.1\\r\\n, XCLIENT, a XCLIEN",
    "a PROXYAUTH bob\\r\\n, PROXYAUTH, a PROXYAUT",
    "a NOOP\\r\\n \\t b \\t LOGIN x y\\r\\n, LOGIN, 'a NOOP\\r\\n \\t b \\t LOGI'",
    "' LOGIN x y\\r\\n', LOGIN, ' LOGI'",
    "a NOOP\\nb LOGIN\\n, LOGIN, a NOOP\\nb LOGI",
    "a NOOP\\rb LOGIN\\r\\n, LOGIN, a NOOP\\rb LOGI",
    "a SEARCH TEXT \"x\\rb LOGIN y z\"\\r\\n, LOGIN, a SEARCH TEXT \"x\\rb LOGI",
    "a UID LOGIN\\r\\na LOGOUT\\r\\na LOGIN\\r\\n, LOGIN, a UID LOGIN\\r\\na LOGOUT\\r\\na LOGI",
    "a LO\\0GIN bob x\\r\\n, COMMAND_LINE, a LO",
  })
  void whatWouldMakeItAnotherConnectionEndsTheSession(String bytes, Forbidden why, String passed) {
    TapReplay replay = new TapReplay(new ImapTap(WELL_READ)).client(bytes.translateEscapes());

    assertThat(replay.end()).contains(why);
    assertThat(replay.passed()).isEqualTo(passed.translateEscapes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LOGIN SELECT INBOX\r\n",
        "a SELECT \"LOGIN\"\r\nb FETCH 1:* (FLAGS)\r\nc UID SEARCH SUBJECT \"x LOGIN\"\r\n",
        "DONE\r\n\r\na\r\n",
        "a LIST \"\" {0+}\r\n\r\n",
        "a SEARCH TEXT {5+}\r\nLOGIN FROM {6+}\r\nabcdef\r\n",
        "a SELECT foo{5x}\r\nb NOOP {}\r\nc NOOP {x}\r\nd NOOP }\r\ne NOOP {5} x\r\nf NOOP\r\n",
      })
  void otherCommandsPass(String bytes) {
    TapReplay replay = new TapReplay(new ImapTap(WELL_READ)).client(bytes);

    assertThat(replay.end()).isEmpty();
    assertThat(replay.passed()).isEqualTo(bytes);
  }

  @Test
  void anInvitedLiteralIsNoCommand() {
    TapReplay replay =
        TapReplay.of(
            new ImapTap(WELL_READ),
            """
            C: z NOOP\\r\\na APPEND INBOX {18}\\r\\nb LOGIN x y\\r\\n{5+}\\r\\n\\r\\nc LOGIN x y\\r\\n
            S: z OK done\\r\\n
            """);

    assertThat(replay.held()).startsWith("b LOGIN");
    replay.upstream("+ go\r\n");
    assertThat(replay.passed()).endsWith("{5+}\r\n\r\nc LOGI");
    assertThat(replay.end()).contains(Forbidden.LOGIN);
  }

  @Test
  void behindALiteralThatWasNotInvitedComeCommands() {
    TapReplay replay =
        TapReplay.of(
            new ImapTap(WELL_READ),
            """
            C: a APPEND nosuch {1000}\\r\\nb NOOP\\r\\nc LOGIN x y\\r\\n
            S: a NO [TRYCREATE] no such {9}\\r\\n
            """);

    assertThat(replay.end()).contains(Forbidden.LOGIN);
    assertThat(replay.passed()).endsWith("b NOOP\r\nc LOGI");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "* 1 FETCH (BODY[] {12}\\r\\n+ go\\r\\na NO\\r\\n)\\r\\n",
        "* 1 FETCH (BODY[] {6}\\r\\n+ go\\r\\n BODY[1] {6}\\r\\n+ go\\r\\n)\\r\\n",
        "* LIST () \"/\" ~{6}\\r\\n+ go\\r\\n\\r\\n",
        "* OK say {9}\\r\\nb OK\\r\\n",
        "aa NO\\r\\nA NO\\r\\n",
        "* + go\\r\\n",
      })
  void whatOnlyLooksLikeAnAnswerReleasesNothing(String answers) {
    TapReplay replay =
        new TapReplay(new ImapTap(WELL_READ))
            .client("a APPEND INBOX {1000}\r\nb NOOP\r\n")
            .upstream(answers.translateEscapes());

    assertThat(replay.end()).isEmpty();
    assertThat(replay.held()).isEqualTo("b NOOP\r\n");
    assertThat(replay.upstream("a NO\r\n").held()).isEmpty();
  }

  @Test
  void aTextThatEndsLikeALiteralHidesNothingBehindIt() {
    TapReplay replay =
        TapReplay.of(
            new ImapTap(WELL_READ),
            """
            C: a APPEND INBOX {1000}\\r\\nb LOGIN x y\\r\\n
            S: * NO nothing {1000}\\r\\nz NO such {1000}\\r\\na NO\\r\\n
            """);

    assertThat(replay.end()).contains(Forbidden.LOGIN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a APPEND INBOX {%d+}",
        "a append \"a \\\"box\" {%d+}",
        "a APPEND INBOX () {%d+}",
        "a APPEND INBOX (\\Seen \\draft $Forwarded) \" 1-Jan-2026 00:00:00 +0100\" {%d+}",
        "a APPEND INBOX (\\Seen) ~{%d+}",
        "a APPEND {5+}\r\nINBOX (\\Seen) {%d+}",
        "a APPEND INBOX {4+}\r\n\r\n\r\n (\\Seen) {%d+}",
        "z NOOP\r\ny APPEND INBOX {1+}\r\nx\r\na APPEND INBOX {%d+}",
      })
  void aMessageIsNoCommandWhereTheAppendIsRight(String line) {
    String message = "b LOGIN x y\r\n\r\n+ {99}\r\n";
    String bytes = line.formatted(message.length()) + "\r\n" + message + "\r\n";

    TapReplay replay = new TapReplay(new ImapTap(WELL_READ)).client(bytes + "c LOGIN x y\r\n");

    assertThat(replay.end()).contains(Forbidden.LOGIN);
    assertThat(replay.passed()).isEqualTo(bytes + "c LOGI");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a NOOP {%d+}",
        "a BOGUS {%d+}",
        "a APPEND \"INBOX {%d+}",
        "a APPEND foo bar {%d+}",
        "a APPEND INBOX (\\Bogus) {%d+}",
        "a APPEND INBOX (\\Seen {%d+}",
        "a APPEND INBOX ((\\Seen)) {%d+}",
        "a APPEND INBOX \"bad date\" {%d+}",
        "a APPEND INBOX~{%d+}",
        "a APPEND INBOX UTF8 (~{%d+}",
        "a APPEND INBOX {%d+} ",
        "a APPEND INBOX (\\Bogus) {4+}\r\nabcd {%d+}",
        "a APPEND INBOX {4+}\r\nabcd (\\Bogus) {%d+}",
      })
  void aMessageThatDovecotWouldReadAsCommandsEndsTheSession(String line) {
    String message = "Subject: x\r\n\r\nb UNAUTHENTICATE\r\n";

    TapReplay replay =
        new TapReplay(new ImapTap(WELL_READ))
            .client(line.formatted(message.length()) + "\r\n" + message);

    assertThat(replay.end()).contains(Forbidden.LITERAL);
    assertThat(replay.passed()).doesNotContain("b ");
  }

  @ParameterizedTest
  @CsvSource({
    "IMAP4rev1 IDLE, 24, false",
    "IMAP4rev1 IDLE, 0, false",
    "IMAP4rev1 LITERAL-, 4096, true",
    "IMAP4rev1 literal-, 4097, false",
    "IMAP4rev2, 4096, true",
    "IMAP4rev2, 4097, false",
    "IMAP4rev1 literal+, 4097, true",
    "IMAP4rev2 LITERAL+, 4097, true",
  })
  void aMessageIsNoCommandOnlyWhereTheServerKnowsSuchLiterals(
      String capabilities, int size, boolean isPassed) {
    UpstreamSession session = new UpstreamSession(List.of(capabilities.split(" ")));
    String message = "b UNAUTHENTICATE\r\n".repeat(size / 10).substring(0, size);

    TapReplay replay =
        new TapReplay(new ImapTap(session))
            .client("a APPEND INBOX {%d+}\r\n".formatted(size) + message)
            .client(isPassed ? "\r\n" : "b UNAUTHENTICATE\r\n");

    assertThat(replay.end().isEmpty()).isEqualTo(isPassed);
    assertThat(replay.passed().contains("UNAUTHENTICATE")).isEqualTo(isPassed);
  }

  @ParameterizedTest
  @CsvSource({
    "MULTIAPPEND, 'a APPEND x {4+}\r\nabcd {%d+}', true",
    "multiappend, 'a APPEND {1+}\r\nx {4+}\r\nabcd () {%d+}', true",
    "IDLE, 'a APPEND {1+}\r\nx {%d+}', true",
    "IDLE, 'a APPEND x {4+}\r\nabcd {%d+}', false",
    "IDLE, 'a APPEND {1+}\r\nx {4+}\r\nabcd () {%d+}', false",
    "BINARY, 'a APPEND x ~{%d+}', true",
    "IDLE, 'a APPEND x ~{%d+}', false",
    "MULTIAPPEND, 'a APPEND x {4+}\r\nabcd ~{%d+}', false",
  })
  void anAppendIsRightOnlyAsFarAsTheServerKnowsSuch(String extra, String line, boolean isRight) {
    UpstreamSession session = new UpstreamSession(List.of("LITERAL+", extra));
    String message = "Subject: x\r\n\r\nb UNAUTHENTICATE\r\n";

    TapReplay replay =
        new TapReplay(new ImapTap(session))
            .client(line.formatted(message.length()).translateEscapes() + "\r\n" + message);

    assertThat(replay.end().isEmpty()).isEqualTo(isRight);
    assertThat(replay.passed().contains("b ")).isEqualTo(isRight);
  }

  static List<Arguments> doubtful() {
    return List.of(
        Arguments.of("C: a BOGUS {7+}\\r\\nb LOGIN x y\\r\\n", Forbidden.LOGIN),
        Arguments.of("C: a BOGUS {3+}\\r\\nb LOGIN x y\\r\\n", Forbidden.LOGIN),
        Arguments.of("C: a BOGUS {0+}\\r\\nb LOGIN x y\\r\\n", Forbidden.LOGIN),
        Arguments.of("C: a BOGUS {6+}\\r\\nb IDLE\\r\\n", Forbidden.LITERAL),
        Arguments.of("C: a BOGUS {8+}\\r\\nb APPEND x {9}\\r\\n", Forbidden.LITERAL),
        // What stood in a doubtful literal may be a tag that is still to be answered.
        Arguments.of("C: a BOGUS {6+}\\r\\nb NOOP\\r\\nb APPEND x {9}\\r\\n", Forbidden.LITERAL),
        Arguments.of(
            "C: a BOGUS {1+}\\r\\nb {9}\\r\\nc LOGIN\\r\\n\nS: a BAD\\r\\n", Forbidden.LITERAL),
        Arguments.of(
            "C: a BOGUS {1+}\\r\\nb\nS: a BAD\\r\\n\nC: {9}\\r\\nc LOGIN\\r\\n", Forbidden.LITERAL),
        Arguments.of(
            "C: a BOGUS {6+}\\r\\nb NOOP\\r\\nb APPEND x\nS: b NO\\r\\n\nC: {9}\\r\\n",
            Forbidden.LITERAL),
        // Its answer could be taken for an invitation.
        Arguments.of("C: a BOGUS {6+}\\r\\n+ NOOP\\r\\n", Forbidden.LITERAL),
        // A tag that is under way already.
        Arguments.of("C: a NOOP\\r\\na APPEND x {9}\\r\\n", Forbidden.LITERAL),
        Arguments.of("C: a NOOP\\r\\na IDLE\\r\\n", Forbidden.IDLE),
        Arguments.of(
            "C: a IDLE\\r\\n\nS: + idling\\r\\n\nC: DONE\\r\\na APPEND x {9}\\r\\n",
            Forbidden.LITERAL),
        Arguments.of(
            "C: a NOOP\\r\\na NOOP\\r\\na APPEND x {9}\nS: a OK\\r\\n\nC: \\r\\n",
            Forbidden.LITERAL),
        // No tag that comes back.
        Arguments.of("C: a* APPEND x {9}\\r\\n", Forbidden.COMMAND_LINE),
        Arguments.of("C: a{ APPEND x {9+}\\r\\n", Forbidden.COMMAND_LINE),
        Arguments.of("C: " + "a".repeat(127) + " APPEND x {9}\\r\\n", Forbidden.COMMAND_LINE),
        // Line ends and sizes that are not everybody's.
        Arguments.of("C: a APPEND x {9+}\\nb", Forbidden.LITERAL),
        Arguments.of("C: a APPEND x {9+}\\rb", Forbidden.LITERAL),
        Arguments.of("C: a NOOP {3+} \\r\\nabc\\r\\n", Forbidden.LITERAL),
        Arguments.of("C: a APPEND x {2147483648}\\r\\n", Forbidden.LITERAL),
        Arguments.of("C: a APPEND x {4294967305+}\\r\\n", Forbidden.LITERAL),
        Arguments.of("C: a APPEND x {99999999999999999999999}\\r\\n", Forbidden.LITERAL),
        // Answers out of turn.
        Arguments.of("C: a NOOP\\r\\n\nS: + go\\r\\n", Forbidden.OUT_OF_STEP),
        Arguments.of("C: a APPEND x {9}\\r\\n\nS: a NO\\r\\n+ go\\r\\n", Forbidden.OUT_OF_STEP));
  }

  @ParameterizedTest
  @MethodSource("doubtful")
  void whatCanBeReadInTwoWaysEndsTheSession(String script, Forbidden why) {
    assertThat(TapReplay.of(new ImapTap(WELL_READ), script).end()).contains(why);
  }

  @Test
  void anAnswerToTheBeginningOfATagAnswersNothing() {
    TapReplay replay =
        TapReplay.of(
            new ImapTap(WELL_READ),
            """
            C: a
            S: a OK\\r\\n
            C: 1 APPEND x {9}\\r\\nb
            """);

    assertThat(replay.held()).isEqualTo("b");
  }

  @Test
  void aCommandThatIsRefusedBeforeItsEndHasNoLiteralToComeAnyMore() {
    TapReplay replay =
        TapReplay.of(
            new ImapTap(WELL_READ),
            """
            C: a APPEND nosuch
            S: a NO\\r\\n
            C:  {9}\\r\\nb LOGIN\\r\\n
            """);

    assertThat(replay.end()).contains(Forbidden.LOGIN);
  }

  @Test
  void doubtEndsWithItsCommand() {
    TapReplay replay =
        TapReplay.of(
            new ImapTap(WELL_READ),
            """
            C: a SELECT {3+}\\r\\nfoo\\r\\nb APPEND nosuch {9}\\r\\n
            S: a NO\\r\\nb NO\\r\\n
            C: c NOOP\\r\\n
            """);

    assertThat(replay.end()).isEmpty();
  }

  @Test
  void anEarlyAnswerIsThatOfOneCommandAlone() {
    TapReplay replay =
        TapReplay.of(
            new ImapTap(WELL_READ),
            """
            C: a BOGUS x
            S: a BAD\\r\\n
            C: y\\r\\nb APPEND x {9}\\r\\nc LOGIN
            """);

    assertThat(replay.held()).isEqualTo("c LOGIN");
  }

  @Test
  void aMailboxWithoutEndIsNeverRight() {
    String line = "a APPEND " + "x".repeat(ImapAppendLine.MOST) + " {2+}\r\n";

    assertThat(new TapReplay(new ImapTap(WELL_READ)).client(line + "\r\n").end())
        .contains(Forbidden.LITERAL);
  }

  @Test
  void idleGoesOnUntilDone() {
    TapReplay replay =
        TapReplay.of(
            new ImapTap(WELL_READ), "C: a IDLE\\r\\nDONE\\r\\nb NOOP\\r\\n\nS: * 1 EXISTS\\r\\n");

    assertThat(replay.held()).startsWith("DONE");
    replay.upstream("+ idling\r\n* 2 EXISTS\r\n");
    assertThat(replay.held()).isEmpty();
    replay.upstream("a OK\r\nb OK\r\n").client("a IDLE\r\n");
    assertThat(replay.end()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"b NOOP\r\n", "b APPEND x {9}\r\n", "DONE {9}\r\n", "b\r\n"})
  void nothingButDoneEndsAnIdle(String line) {
    TapReplay replay =
        new TapReplay(new ImapTap(WELL_READ))
            .client("a IDLE\r\n")
            .upstream("+ idling\r\n")
            .client(line);

    assertThat(replay.end()).contains(Forbidden.IDLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a BAD no\r\n", "+ idling\r\na OK enough\r\n"})
  void anIdleThatTheServerEndsIsOver(String answers) {
    TapReplay replay =
        new TapReplay(new ImapTap(WELL_READ))
            .client("a IDLE\r\n")
            .upstream(answers)
            .client("b NOOP\r\nc LOGIN\r\n");

    assertThat(replay.end()).contains(Forbidden.LOGIN);
  }

  @Test
  void aClientThatIsFarAheadWaits() {
    TapReplay replay = new TapReplay(new ImapTap(WELL_READ));
    String tag = "t".repeat(96);
    int most = ImapOpenTags.MOST / 128;
    for (int i = 0; i <= most; i++) {
      replay.client(tag + " NOOP\r\n");
    }

    assertThat(replay.held()).isEqualTo(tag + " NOOP\r\n");
    assertThat(replay.upstream(tag + " OK\r\n").held()).isEmpty();
  }

  @Test
  void doubtfulLiteralsAreRememberedAndBounded() {
    TapReplay replay = new TapReplay(new ImapTap(WELL_READ));
    for (int i = 0; i < ImapOpenTags.MOST_DOUBTED; i++) {
      replay.client("a SELECT {3+}\r\n%03d\r\n".formatted(i)).upstream("a OK\r\n");
    }

    assertThat(replay.client("a SELECT {3+}\r\n007\r\n").end()).isEmpty();
    assertThat(replay.client("a SELECT {3+}\r\nnew\r\n").end()).contains(Forbidden.LITERAL);
  }
}
