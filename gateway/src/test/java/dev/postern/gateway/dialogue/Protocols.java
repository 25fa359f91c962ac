package dev.postern.gateway.dialogue;

import dev.postern.gateway.imap.Imap;
import dev.postern.gateway.pop3.Pop3;
import dev.postern.gateway.smtp.Smtp;
import dev.postern.store.auth.Scope;
import java.util.Map;
import java.util.Optional;

/** The protocols that scripts speak. */
public final class Protocols {
  private static final Map<Scope, MailProtocol<?>> ALL =
      Map.of(Scope.IMAP, Imap.PROTOCOL, Scope.SUBMISSION, Smtp.PROTOCOL, Scope.POP3, Pop3.PROTOCOL);

  private Protocols() {}

  /** The protocol of that scope. */
  public static MailProtocol<?> of(Scope scope) {
    return Optional.<MailProtocol<?>>ofNullable(ALL.get(scope)).orElseThrow();
  }
}
