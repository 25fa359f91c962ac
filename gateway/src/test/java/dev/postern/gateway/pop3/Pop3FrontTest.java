package dev.postern.gateway.pop3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What no transcript can say: inputs out of step, and that nothing is endless. */
class Pop3FrontTest {

  private final Pop3Front front = new Pop3Front(new SessionFacts("x", Tls.ON, List.of(), 5));

  @Test
  void hangsUpWhenAnEventComesOutOfStep() {
    List<FrontEvent> events =
        List.of(
            new FrontEvent.TlsStarted(),
            new FrontEvent.Decided(new AuthOutcome.Rejected(RejectReason.REVOKED)),
            new FrontEvent.UpstreamReady(new UpstreamSession(List.of())),
            new FrontEvent.UpstreamFailed(new UpstreamFailure(UpstreamFailure.Cause.CONNECT, "")));
    for (FrontEvent event : events) {
      Pop3Front fresh = new Pop3Front(new SessionFacts("x", Tls.ON, List.of(), 5));
      assertThat(fresh.on(event)).isEqualTo(new FrontStep.HangUp(Pop3Replies.OUT_OF_STEP));
    }
  }

  @Test
  void wipesTheSecretsOfCommandsThatComeOutOfStep() {
    front.command(new Pop3Command.User("alice"));
    assertThat(front.command(new Pop3Command.Pass(Secret.ofText("abcd"))))
        .isInstanceOf(FrontStep.Verify.class);
    Secret pass = Secret.ofText("abcd");
    Secret initial = Secret.ofText("abcd");
    Secret response = Secret.ofText("abcd");
    for (Pop3Command late :
        List.of(
            new Pop3Command.Pass(pass),
            new Pop3Command.Auth("PLAIN", Optional.of(initial)),
            new Pop3Command.SaslResponse(response))) {
      assertThat(front.command(late)).isEqualTo(new FrontStep.HangUp(Pop3Replies.OUT_OF_STEP));
    }
    for (Secret secret : List.of(pass, initial, response)) {
      assertThatThrownBy(secret::copy).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void hangsUpOnASaslResponseThatNobodyAskedFor() {
    assertThat(front.command(new Pop3Command.SaslResponse(Secret.ofText("abcd"))))
        .isEqualTo(new FrontStep.HangUp(Pop3Replies.OUT_OF_STEP));
  }

  @Test
  void hangsUpOnACommandInTheMiddleOfAnExchange() {
    front.command(new Pop3Command.Auth("PLAIN", Optional.empty()));
    assertThat(front.command(new Pop3Command.Quit()))
        .isEqualTo(new FrontStep.HangUp(Pop3Replies.OUT_OF_STEP));
  }

  @Test
  void endsAConversationOfManyCommands() {
    for (int i = 0; i < Pop3Front.COMMAND_LIMIT; i++) {
      assertThat(front.command(new Pop3Command.Noop()))
          .isEqualTo(new FrontStep.Say("+OK\r\n", Expect.COMMAND));
    }
    Secret secret = Secret.ofText("abcd");
    assertThat(front.command(new Pop3Command.Pass(secret)))
        .isEqualTo(new FrontStep.HangUp(Pop3Replies.TOO_MANY_COMMANDS));
    assertThatThrownBy(secret::copy).isInstanceOf(IllegalStateException.class);
  }
}
