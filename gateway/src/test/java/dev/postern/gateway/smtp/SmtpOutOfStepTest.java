package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.login.LoginDialogueContract;
import dev.postern.store.auth.Secret;
import java.util.Optional;
import java.util.stream.Stream;

class SmtpOutOfStepTest extends LoginDialogueContract<SmtpCommand> {

  @Override
  protected FrontDialogue<SmtpCommand> dialogue(SessionFacts facts) {
    return SmtpFront.dialogue(facts);
  }

  @Override
  protected Stream<SmtpCommand> commands() {
    return Stream.of(
        new SmtpCommand.Ehlo("x"),
        new SmtpCommand.Helo("x"),
        new SmtpCommand.StartTls(false),
        new SmtpCommand.Noop(),
        new SmtpCommand.Rset(),
        new SmtpCommand.Quit(),
        new SmtpCommand.Help(),
        new SmtpCommand.Vrfy(),
        new SmtpCommand.NeedsLogin(),
        new SmtpCommand.Bdat(),
        new SmtpCommand.Xclient(Optional.empty()),
        new SmtpCommand.Lhlo(),
        new SmtpCommand.Unknown());
  }

  @Override
  protected SmtpCommand startTls() {
    return new SmtpCommand.StartTls(false);
  }

  @Override
  protected SmtpCommand authenticate(String mechanism, Optional<Secret> initial) {
    return new SmtpCommand.Auth(mechanism, initial);
  }

  @Override
  protected SmtpCommand response(Secret line) {
    return new SmtpCommand.SaslResponse(line);
  }

  @Override
  protected SmtpCommand tooLong() {
    return new SmtpCommand.Malformed(SmtpCommand.Flaw.RESPONSE_TOO_LONG);
  }

  @Override
  protected SmtpCommand quit() {
    return new SmtpCommand.Quit();
  }

  @Override
  protected SmtpCommand beforeTheSecret() {
    return authenticate("LOGIN", Optional.empty());
  }

  @Override
  protected SmtpCommand noop() {
    return new SmtpCommand.Noop();
  }

  @Override
  protected String outOfStep() {
    return SmtpReplies.OUT_OF_STEP;
  }

  @Override
  protected String tooManyCommands() {
    return SmtpReplies.TOO_MANY_COMMANDS;
  }
}
