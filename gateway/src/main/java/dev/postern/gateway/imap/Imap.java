package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.store.auth.Scope;

/** IMAP, RFC 9051 and RFC 3501, as the shared core sees it. */
public final class Imap {

  public static final MailProtocol<ImapCommand> PROTOCOL =
      new MailProtocol<>(
          Scope.IMAP,
          _ -> new ImapDecoder(),
          ImapFront::dialogue,
          ImapUpstream::new,
          new ImapTrace(),
          ImapTap::new);

  private Imap() {}
}
