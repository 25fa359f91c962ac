package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.store.auth.Scope;

/** Message submission, RFC 6409, as the shared core sees it. */
public final class Smtp {

  public static final MailProtocol<SmtpCommand> PROTOCOL =
      new MailProtocol<>(
          Scope.SUBMISSION,
          facts -> new SmtpDecoder(facts.isLegacy()),
          SmtpFront::dialogue,
          SmtpUpstream::new,
          new SmtpTrace(),
          SmtpTap::new);

  private Smtp() {}
}
