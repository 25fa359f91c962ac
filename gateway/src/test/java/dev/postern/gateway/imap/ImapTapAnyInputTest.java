package dev.postern.gateway.imap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.TapReplay;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.imap.ModelImapServer.LineEnds;
import dev.postern.gateway.imap.ModelImapServer.Uninvited;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random clients before servers of several habits; the server says what was a command. */
class ImapTapAnyInputTest {
  private static final int SESSIONS = 40_000;
  private static final Set<String> FORBIDDEN = Set.of("LOGIN", "XCLIENT", "UNAUTHENTICATE");

  private static final List<String> HOSTILE =
      List.of(
          "a ",
          "b ",
          "a NOOP\r\n",
          "b NOOP\r\n",
          "APPEND x ",
          "APPEND x () ",
          "APPEND x (\\Bogus) ",
          "SEARCH TEXT ",
          "BOGUS ",
          "NOOP ",
          "{0}",
          "{3+}",
          "{5}",
          "{7}",
          "{12}",
          "{12+}",
          "{20+}",
          "\r\n",
          "\r\n",
          "\r\n",
          "\n",
          "\r",
          " ",
          "IDLE\r\n",
          "a IDLE\r\n",
          "DONE\r\n",
          "x",
          "\"",
          "c LOGIN x\r\n",
          "LOGIN x\r\n",
          "b XCLIENT\r\n",
          "d UNAUTHENTICATE\r\n",
          ")",
          "+ go\r\n");

  @ParameterizedTest
  @CsvSource({
    "CRLF, SKIPPING",
    "CRLF, READING_ON",
    "CRLF, UNKNOWN",
    "LF, SKIPPING",
    "LF, READING_ON",
    "LF, UNKNOWN",
    "CR_OR_LF, SKIPPING",
    "CR_OR_LF, READING_ON",
    "CR_OR_LF, UNKNOWN"
  })
  void noServerTakesAForbiddenCommandWhateverTheClientSends(
      LineEnds lineEnds, Uninvited uninvited) {
    UpstreamSession session =
        new UpstreamSession(uninvited == Uninvited.UNKNOWN ? List.of("IDLE") : List.of("LITERAL+"));
    int idles = 0;
    int ended = 0;
    for (int seed = 0; seed < SESSIONS; seed++) {
      Random random = new Random(seed);
      ModelImapServer server = new ModelImapServer(lineEnds, uninvited, random);
      TapReplay replay = new TapReplay(new ImapTap(session));

      String sent = replay.converse(server::read, HOSTILE, random);

      assertThat(server.verbs())
          .as("seed %d: %s", seed, sent)
          .doesNotContainAnyElementsOf(FORBIDDEN);
      idles += server.verbs().contains("IDLE") ? 1 : 0;
      ended += replay.end().isPresent() ? 1 : 0;
    }
    // The clients get somewhere.
    assertThat(idles).isGreaterThan(SESSIONS / 50);
    assertThat(ended).isBetween(SESSIONS / 10, SESSIONS - 1);
  }

  @Test
  void everythingOfAnHonestClientPasses() {
    for (int seed = 0; seed < 5_000; seed++) {
      Random random = new Random(seed);
      TapReplay replay = new TapReplay(new ImapTap(new UpstreamSession(List.of("LITERAL+"))));
      StringBuilder all = new StringBuilder();
      for (int command = 0; command < 20; command++) {
        String tag = "t" + command;
        String message = "x LOGIN y\r\n".repeat(random.nextInt(4)) + "{" + random.nextInt(9) + "}";
        String size = String.valueOf(message.length());
        String sent =
            switch (random.nextInt(6)) {
              case 0 -> tag + " APPEND x {" + size + "}\r\n" + message + "\r\n";
              case 1 -> tag + " APPEND \"x y\" (\\Seen) {" + size + "+}\r\n" + message + "\r\n";
              case 2 -> tag + " IDLE\r\nDONE\r\n";
              case 3 -> tag + " UID SEARCH CHARSET UTF-8 TEXT {5+}\r\nLOGIN\r\n";
              case 4 -> tag + " RENAME {1}\r\nx {1}\r\ny\r\n";
              default -> tag + " FETCH 1:* (BODY[HEADER.FIELDS (FROM TO)] FLAGS)\r\n";
            };
        all.append(sent);
        replay.client(sent);
        while (!replay.held().isEmpty() && replay.end().isEmpty()) {
          replay.upstream("* 1 FETCH (BODY[] {7}\r\nt1 OK\r\n)\r\n+ go\r\n");
        }
        if (random.nextBoolean()) {
          replay.upstream(tag + " OK [X] done {5}\r\n");
        }
      }

      assertThat(replay.end()).as("seed %d: %s", seed, all).isEmpty();
      assertThat(replay.passed()).isEqualTo(all.toString());
    }
  }
}
