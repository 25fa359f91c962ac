package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.ClientName;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.store.auth.RejectReason;
import java.util.Optional;

/**
 * What is known of the client.
 *
 * @param hasAsked whether it asked for capabilities
 * @param alerted the refusal that a person was last alerted of
 */
record ImapStanding(
    Tls tls, String clientName, boolean hasAsked, Optional<RejectReason> alerted, Counts counts) {

  static ImapStanding fresh(Tls tls, Counts counts) {
    return new ImapStanding(tls, "", false, Optional.empty(), counts);
  }

  ImapStanding named(String name) {
    return new ImapStanding(tls, ClientName.clean(name), hasAsked, alerted, counts);
  }

  ImapStanding asking() {
    return new ImapStanding(tls, clientName, true, alerted, counts);
  }

  ImapStanding alerted(RejectReason reason) {
    return new ImapStanding(tls, clientName, hasAsked, Optional.of(reason), counts);
  }

  ImapStanding withCommand() {
    return with(new Counts(counts.commands + 1, counts.errors, counts.refusals));
  }

  ImapStanding withError() {
    return with(new Counts(counts.commands, counts.errors + 1, counts.refusals));
  }

  ImapStanding withRefusal() {
    return with(new Counts(counts.commands, counts.errors, counts.refusals + 1));
  }

  private ImapStanding with(Counts more) {
    return new ImapStanding(tls, clientName, hasAsked, alerted, more);
  }

  /** A person can be alerted: over TLS, and of the same thing once. */
  boolean canAlert(RejectReason reason) {
    return tls == Tls.ON && ImapReplies.isAlerting(reason) && !alerted.equals(Optional.of(reason));
  }

  /** What is counted on a connection. */
  record Counts(int commands, int errors, int refusals) {
    static final Counts NONE = new Counts(0, 0, 0);
  }
}
