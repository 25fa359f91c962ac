package dev.postern.gateway.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.TapReplay;
import dev.postern.gateway.dialogue.UpstreamSession;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random clients before servers of several habits; the server says what was a command. */
class SmtpTapAnyInputTest {
  private static final int SESSIONS = 40_000;
  private static final Set<String> FORBIDDEN = Set.of("XCLIENT", "AUTH", "STARTTLS");

  private static final List<String> HOSTILE =
      List.of(
          "NOOP\r\n",
          "RCPT TO:<a@b>\r\n",
          "DATA\r\n",
          "DATA\r\n",
          "data \r\n",
          "EHLO x\r\n",
          "HELO x\r\n",
          "BDAT 9\r\n",
          "BDAT 5 LAST\r\n",
          "BDAT 20\r\n",
          "BDAT 9x\r\n",
          "\r\n",
          "\r\n",
          "\n",
          "\r",
          ".",
          "\r\n.\r\n",
          "\r\n.\r\n",
          "\n.\n",
          "x",
          " ",
          "hello\r\n",
          "..",
          "XCLIENT A\r\n",
          "AUTH\r\n",
          "STARTTLS\r\n",
          "RSET\r\n");

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void noServerTakesAForbiddenCommandWhateverTheClientSends(
      boolean isTakingEveryLineEnd, boolean isChunkingOn) {
    UpstreamSession session = new UpstreamSession(isChunkingOn ? List.of("CHUNKING") : List.of());
    int messages = 0;
    int ended = 0;
    for (int seed = 0; seed < SESSIONS; seed++) {
      Random random = new Random(seed);
      ModelSmtpServer server = new ModelSmtpServer(isTakingEveryLineEnd, isChunkingOn, random);
      TapReplay replay = new TapReplay(new SmtpTap(session));

      String sent = replay.converse(server::read, HOSTILE, random);

      assertThat(server.verbs())
          .as("seed %d: %s", seed, sent)
          .doesNotContainAnyElementsOf(FORBIDDEN);
      messages += replay.passed().contains("XCLIENT A\r\n") ? 1 : 0;
      ended += replay.end().isPresent() ? 1 : 0;
    }
    // The clients get somewhere.
    assertThat(messages).isGreaterThan(SESSIONS / 500);
    assertThat(ended).isBetween(SESSIONS / 10, SESSIONS - 1);
  }

  @Test
  void everythingOfAnHonestClientPasses() {
    for (int seed = 0; seed < 5_000; seed++) {
      Random random = new Random(seed);
      TapReplay replay = new TapReplay(new SmtpTap(new UpstreamSession(List.of("CHUNKING"))));
      StringBuilder all = new StringBuilder();
      for (int mail = 0; mail < 10; mail++) {
        String message = "XCLIENT A\r\n".repeat(random.nextInt(4)) + "a\nb\r\n..\r\n";
        String sent =
            switch (random.nextInt(3)) {
              case 0 -> "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n" + message + ".\r\n";
              case 1 -> "MAIL FROM:<a@b>\r\nBDAT " + message.length() + " LAST\r\n" + message;
              default -> "RSET\r\nEHLO again\r\n";
            };
        all.append(sent);
        replay.client(sent);
        replay.upstream("250-a\r\n250 b\r\n250 c\r\n");
        if (sent.contains("DATA")) {
          replay.upstream("354 go\r\n").upstream("250 taken\r\n");
        }
      }

      assertThat(replay.end()).as("seed %d: %s", seed, all).isEmpty();
      assertThat(replay.passed()).isEqualTo(all.toString());
    }
  }
}
