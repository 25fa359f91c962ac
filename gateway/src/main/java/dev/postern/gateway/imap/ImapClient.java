package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.ClientName;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import java.util.Optional;

/**
 * What is known of a client.
 *
 * @param tag of the command that is being worked on or was last; empty before the first
 * @param name from ID, cleaned
 * @param hasAsked whether it asked for capabilities
 * @param alerted what a person was last alerted of
 */
record ImapClient(String tag, String name, boolean hasAsked, Optional<String> alerted) {
  static final ImapClient STRANGER = new ImapClient("", "", false, Optional.empty());

  ImapClient tagged(String commandTag) {
    return new ImapClient(commandTag, name, hasAsked, alerted);
  }

  ImapClient named(String id) {
    return new ImapClient(tag, ClientName.clean(id), hasAsked, alerted);
  }

  ImapClient asking() {
    return new ImapClient(tag, name, true, alerted);
  }

  ImapClient alerted(String help) {
    return new ImapClient(tag, name, hasAsked, Optional.of(help));
  }

  /** A person can be alerted: over TLS, and of the same thing once. */
  boolean canAlert(Tls tls, String help) {
    return tls == Tls.ON && !alerted.equals(Optional.of(help));
  }
}
