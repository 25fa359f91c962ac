package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.imap.ImapCommand.Purpose;
import dev.postern.gateway.login.LoginDialogueContract;
import dev.postern.store.auth.Secret;
import java.util.Optional;
import java.util.stream.Stream;

class ImapOutOfStepTest extends LoginDialogueContract<ImapCommand> {

  @Override
  protected FrontDialogue<ImapCommand> dialogue(SessionFacts facts) {
    return ImapFront.dialogue(facts);
  }

  @Override
  protected Stream<ImapCommand> commands() {
    return Stream.of(
        new ImapCommand.Login("b", "alice", Secret.ofText("secret")),
        new ImapCommand.Capability("b"),
        new ImapCommand.Noop("b"),
        new ImapCommand.Logout("b"),
        new ImapCommand.Id("b", "x", "", ""),
        new ImapCommand.Enable("b"),
        new ImapCommand.StartTls("b"),
        new ImapCommand.LiteralWanted("b", Purpose.CREDENTIALS),
        new ImapCommand.OtherState("b"),
        new ImapCommand.Unknown("b"));
  }

  @Override
  protected ImapCommand startTls() {
    return new ImapCommand.StartTls("a");
  }

  @Override
  protected ImapCommand authenticate(String mechanism, Optional<Secret> initial) {
    return new ImapCommand.Authenticate("a", mechanism, initial);
  }

  @Override
  protected ImapCommand response(Secret line) {
    return new ImapCommand.SaslResponse(line);
  }

  @Override
  protected ImapCommand tooLong() {
    return new ImapCommand.Malformed(Optional.empty(), ImapCommand.Flaw.TOO_LONG);
  }

  @Override
  protected ImapCommand quit() {
    return new ImapCommand.Logout("a");
  }

  @Override
  protected ImapCommand beforeTheSecret() {
    return new ImapCommand.LiteralWanted("a", ImapCommand.Purpose.CREDENTIALS);
  }

  @Override
  protected ImapCommand noop() {
    return new ImapCommand.Noop("a");
  }

  @Override
  protected String outOfStep() {
    return ImapReplies.OUT_OF_STEP;
  }

  @Override
  protected String tooManyCommands() {
    return ImapReplies.TOO_MANY_COMMANDS;
  }
}
