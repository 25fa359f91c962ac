package dev.postern.gateway.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.FrontEvent.Crowd;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.store.auth.Scope;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CapsRepliesTest {

  @ParameterizedTest
  @CsvSource({
    "IMAP, EVERYBODY, '* BYE [UNAVAILABLE] Too many connections, try again later'",
    "IMAP, ITS_NETWORK, '* BYE [UNAVAILABLE] Too many connections from your network, '",
    "POP3, EVERYBODY, '-ERR [SYS/TEMP] Too many connections, the service is unavailable'",
    "POP3, ITS_NETWORK, '-ERR [SYS/TEMP] Too many connections from your network, the service is '",
    "SUBMISSION, EVERYBODY, '421 4.7.0 Too many connections, try again later'",
    "SUBMISSION, ITS_NETWORK, '421 4.7.0 Too many connections from your network, '"
  })
  void everyProtocolHasAWordForNoRoom(Scope scope, Crowd crowd, String word) {
    FrontDialogue<?> dialogue =
        Protocols.of(scope)
            .front()
            .apply(new SessionFacts("mail.example.com", Tls.REQUIRED, List.of(), 5));
    assertThat(dialogue.on(new FrontEvent.NoRoom(crowd)))
        .isInstanceOfSatisfying(
            FrontStep.HangUp.class,
            last -> assertThat(last.text()).startsWith(word).endsWith("\r\n").hasLineCount(1));
  }
}
