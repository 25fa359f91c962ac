package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.store.auth.Scope;

/** POP3, RFC 1939, as the shared core sees it. */
public final class Pop3 {

  public static final MailProtocol<Pop3Command> PROTOCOL =
      new MailProtocol<>(
          Scope.POP3,
          _ -> new Pop3Decoder(),
          Pop3Front::dialogue,
          Pop3Upstream::new,
          new Pop3Trace(),
          _ -> new Pop3Tap());

  private Pop3() {}
}
