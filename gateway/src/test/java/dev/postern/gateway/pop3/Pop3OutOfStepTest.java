package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.login.LoginDialogueContract;
import dev.postern.store.auth.Secret;
import java.util.Optional;
import java.util.stream.Stream;

class Pop3OutOfStepTest extends LoginDialogueContract<Pop3Command> {

  @Override
  protected FrontDialogue<Pop3Command> dialogue(SessionFacts facts) {
    return Pop3Front.dialogue(facts);
  }

  @Override
  protected Stream<Pop3Command> commands() {
    return Stream.of(
        new Pop3Command.Capa(),
        new Pop3Command.Stls(false),
        new Pop3Command.User("alice"),
        new Pop3Command.Pass(Secret.ofText("abcd")),
        new Pop3Command.Mechanisms(),
        new Pop3Command.Apop(),
        new Pop3Command.Xclient(Optional.empty()),
        new Pop3Command.Noop(),
        new Pop3Command.Quit(),
        new Pop3Command.NeedsLogin(),
        new Pop3Command.Unknown());
  }

  @Override
  protected Pop3Command startTls() {
    return new Pop3Command.Stls(false);
  }

  @Override
  protected Pop3Command authenticate(String mechanism, Optional<Secret> initial) {
    return new Pop3Command.Auth(mechanism, initial);
  }

  @Override
  protected Pop3Command response(Secret line) {
    return new Pop3Command.SaslResponse(line);
  }

  @Override
  protected Pop3Command tooLong() {
    return new Pop3Command.Malformed(Pop3Command.Flaw.RESPONSE_TOO_LONG);
  }

  @Override
  protected Pop3Command quit() {
    return new Pop3Command.Quit();
  }

  @Override
  protected Pop3Command beforeTheSecret() {
    return new Pop3Command.User("alice");
  }

  @Override
  protected Pop3Command noop() {
    return new Pop3Command.Noop();
  }

  @Override
  protected String outOfStep() {
    return Pop3Replies.OUT_OF_STEP;
  }

  @Override
  protected String tooManyCommands() {
    return Pop3Replies.TOO_MANY_COMMANDS;
  }
}
