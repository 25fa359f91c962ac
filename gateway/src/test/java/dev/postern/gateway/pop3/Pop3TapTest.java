package dev.postern.gateway.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.Forbidden;
import dev.postern.gateway.dialogue.TapReplay;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Pop3TapTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CAPA\r\nSTAT\r\nUIDL\r\nLIST\r\nTOP 1 0\r\nRETR 1\r\nDELE 1\r\nNOOP\r\nRSET\r\nQUIT\r\n",
        "noop\nlist 1\n\r\n",
        "NOOP USER\r\nLAST PASS\r\nUS\r\nER\r\n",
        "LANG *\r\nUTF8\r\n",
      })
  void whatReadsMailPasses(String bytes) {
    TapReplay replay =
        new TapReplay(new Pop3Tap()).client(bytes).upstream("+OK\r\nUSER x\r\n.\r\n");

    assertThat(replay.end()).isEmpty();
    assertThat(replay.passed()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "USER bob\\r\\n, USER, USE",
    "user bob\\r\\n, USER, use",
    "PASS x\\r\\n, PASS, PAS",
    "APOP bob c4c9\\r\\n, APOP, APO",
    "AUTH\\r\\n, AUTH, AUT",
    "auth PLAIN\\r\\n, AUTH, aut",
    "STLS\\r\\n, STLS, STL",
    "XCLIENT ADDR=192.0.2.1\\r\\n, XCLIENT, XCLIEN",
    "NOOP\\r\\n \\t xclient\\r\\n, XCLIENT, 'NOOP\\r\\n \\t xclien'",
    "NOOP\\nAUTH\\n, AUTH, NOOP\\nAUT",
    "NOOP\\rAUTH\\r, AUTH, NOOP\\rAUT",
    "\\r\\n\\377AUTHx\\r\\n, AUTH, \\r\\n\\377AUT",
    "NOOP\\0AUTH\\r\\n, COMMAND_LINE, NOOP",
  })
  void whatBeginsAnotherLoginEndsTheSessionBeforeItsLastLetter(
      String bytes, Forbidden why, String passed) {
    TapReplay replay = new TapReplay(new Pop3Tap()).client(bytes.translateEscapes());

    assertThat(replay.end()).contains(why);
    assertThat(replay.passed()).isEqualTo(passed.translateEscapes());
  }

  @Test
  void aLineThatAServerCouldCutInTwoEndsTheSession() {
    String longest = "NOOP " + "x".repeat(248);

    TapReplay whole = new TapReplay(new Pop3Tap()).client(longest + "\r\n");
    TapReplay longer = new TapReplay(new Pop3Tap()).client(longest + "xxAUTH PLAIN\r\n");
    TapReplay withBareCr = new TapReplay(new Pop3Tap()).client(longest + "\rNOOP\r\n");

    assertThat(longest + "\r\n").hasSize(Pop3Tap.LINE_LIMIT);
    assertThat(whole.end()).isEmpty();
    assertThat(longer.end()).contains(Forbidden.COMMAND_LINE);
    assertThat(withBareCr.end()).contains(Forbidden.COMMAND_LINE);
  }
}
