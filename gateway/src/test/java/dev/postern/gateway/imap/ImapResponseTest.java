package dev.postern.gateway.imap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.Mood;
import dev.postern.gateway.imap.ImapResponse.Capabilities;
import dev.postern.gateway.imap.ImapResponse.Continuation;
import dev.postern.gateway.imap.ImapResponse.Garbage;
import dev.postern.gateway.imap.ImapResponse.Other;
import dev.postern.gateway.imap.ImapResponse.Status;
import dev.postern.gateway.imap.ImapResponse.Word;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImapResponseTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "P1 OK done | P1 | OK | - | -",
        "* ok | * | OK | - | -",
        "'* OK ' | * | OK | - | -",
        "P1 No [AUTHENTICATIONFAILED] no | P1 | NO | AUTHENTICATIONFAILED | -",
        "P1 NO [unavailable] | P1 | NO | UNAVAILABLE | -",
        "* BYE [UNAVAILABLE text] later | * | BYE | UNAVAILABLE | -",
        "* PREAUTH hello | * | PREAUTH | - | -",
        "P1 BAD [] what | P1 | BAD | - | -",
        "P1 OK [CAPABILITY IMAP4rev1 IDLE] in | P1 | OK | CAPABILITY | IMAP4rev1 IDLE",
        "P1 OK [capability  A   B ] in | P1 | OK | CAPABILITY | A B",
        "P1 OK [CAPABILITY] in | P1 | OK | CAPABILITY | -",
        "* OK The service is ready. [TABVADQA] | * | OK | - | -",
        "* OK [NEVER ENDS | * | OK | - | -",
        "* OK  [CAPABILITY A] | * | OK | - | -"
      })
  void readsStatuses(String line, String tag, Word word, String code, String capabilities) {
    assertThat(ImapResponse.of(line))
        .isEqualTo(
            new Status(
                tag,
                word,
                Optional.ofNullable(code),
                Optional.ofNullable(capabilities).map(list -> List.of(list.split(" ")))));
  }

  @Test
  void readsAMoodInTheText() {
    assertThat(ImapResponse.of("P1 NO [ALERT] Too many simultaneous connections. (Failure)"))
        .isEqualTo(
            new Status("P1", Word.NO, Optional.of("ALERT"), Optional.empty(), new Mood.Crowded()));
    assertThat(ImapResponse.of("* BYE Request is throttled."))
        .isEqualTo(
            new Status(
                "*",
                Word.BYE,
                Optional.empty(),
                Optional.empty(),
                new Mood.Throttled(Optional.empty())));
  }

  @Test
  void keepsNoTextThatMayBeASecret() {
    assertThat(ImapResponse.of("P1 NO t0k3n").toString()).doesNotContain("t0k3n");
    assertThat(ImapResponse.of("+ t0k3n").toString()).doesNotContain("t0k3n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "P1", "P1 ", "P1 OKAY", "P*1 OK", "P+1 OK", " OK", "P1  OK", "ü OK"})
  void whatIsNoResponseIsGarbage(String line) {
    assertThat(ImapResponse.of(line)).isEqualTo(new Garbage());
  }

  @Test
  void aTagOrACodeIsOfUsualLength() {
    String longest = "x".repeat(64);
    assertThat(ImapResponse.of(longest + " OK")).isInstanceOf(Status.class);
    assertThat(ImapResponse.of(longest + "x OK")).isEqualTo(new Garbage());
    assertThat(ImapResponse.of("* NO [" + longest + "x] no"))
        .isEqualTo(new Status("*", Word.NO, Optional.empty(), Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"* 3 EXISTS", "* ", "* OKAY", "* FLAGS ()", "*  CAPABILITY A"})
  void untaggedOnesThatDoNotMatterAreOthers(String line) {
    assertThat(ImapResponse.of(line)).isEqualTo(new Other());
  }

  @Test
  void readsCapabilities() {
    assertThat(ImapResponse.of("* CAPABILITY IMAP4rev1  IDLE "))
        .isEqualTo(new Capabilities(List.of("IMAP4rev1", "IDLE")));
    assertThat(ImapResponse.of("* capability")).isEqualTo(new Capabilities(List.of()));
    assertThat(ImapResponse.of("+")).isEqualTo(new Continuation(""));
    assertThat(ImapResponse.of("+ go on ")).isEqualTo(new Continuation("go on"));
  }
}
