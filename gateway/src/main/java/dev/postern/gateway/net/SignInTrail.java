package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.observe.ConnectionRefusal;
import dev.postern.gateway.observe.Session;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.SignIn;
import dev.postern.store.audit.SignInLog;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts on record what the verifier cannot, on one connection: logins that were refused before it
 * was asked, and those that it accepted and that came to nothing at the upstream. The latter have
 * two entries, one for each thing that happened. Used by one event loop.
 */
final class SignInTrail {
  private final SignInLog log;
  private final Clock clock;
  private @Nullable Login accepted;

  private record Login(Grant grant, String mechanism, String clientName) {}

  SignInTrail(SignInLog log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  /** The input alone refused it. Nothing is known of a name: none of what was typed is one. */
  void refused(Session session, String mechanism, RejectReason reason) {
    log.note(
        new SignIn(
            clock.instant(),
            Optional.empty(),
            "",
            Compared.NOTHING,
            session.protocol(),
            mechanism,
            session.peer().getAddress(),
            "",
            new Rejected(reason).word(),
            reason.word()));
  }

  /** The verifier said yes, and has noted that; but the answer is no. On any thread. */
  void withdrawn(
      Session session, Grant grant, String mechanism, String clientName, RejectReason reason) {
    log.note(
        new SignIn(
            clock.instant(),
            Optional.of(grant.userId()),
            grant.user(),
            Compared.match(grant.credentialId()),
            session.protocol(),
            mechanism,
            session.peer().getAddress(),
            clientName,
            new Rejected(reason).word(),
            reason.word()));
  }

  /** The verifier said yes, and has noted that. */
  void accepted(Grant grant, String mechanism, String clientName) {
    accepted = new Login(grant, mechanism, clientName);
  }

  /**
   * But there is no session.
   *
   * @param upstream empty if no route led to one
   */
  void upstreamFailed(Session session, String upstream, UpstreamFailure failure) {
    cameToNothing(
        session,
        "upstream-" + failure.cause().word(),
        Optional.of(upstream).filter(name -> !name.isEmpty()));
  }

  /** But there are too many sessions. */
  void crowded(Session session, ConnectionRefusal why) {
    cameToNothing(session, why.word(), Optional.empty());
  }

  private void cameToNothing(Session session, String reason, Optional<String> upstream) {
    if (accepted == null) {
      return;
    }
    log.note(
        new SignIn(
            clock.instant(),
            userId(accepted.grant()),
            accepted.grant().user(),
            compared(accepted.grant()),
            session.protocol(),
            accepted.mechanism(),
            session.peer().getAddress(),
            accepted.clientName(),
            "unavailable",
            reason,
            upstream));
  }

  /** Whose own password it is stands in the name: the id may be one that nobody was given. */
  private static Optional<String> userId(Grant grant) {
    return grant.isOwnPassword() ? Optional.empty() : Optional.of(grant.userId());
  }

  private static Compared compared(Grant grant) {
    return grant.isOwnPassword() ? Compared.NOTHING : Compared.match(grant.credentialId());
  }
}
