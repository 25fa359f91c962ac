package dev.postern.gateway;

import dev.postern.gateway.net.Roster;
import dev.postern.store.Actor;
import dev.postern.store.Store;
import dev.postern.store.UserChange;
import dev.postern.store.audit.SignInLog;
import dev.postern.store.auth.Verifier;
import dev.postern.store.guard.NetworkStanding;
import dev.postern.store.guard.Networks;
import dev.postern.store.oauth.TokenSource;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.session.SessionRegistry;
import dev.postern.store.tickets.TicketKeys;
import dev.postern.store.trace.TraceWatch;
import dev.postern.store.upstream.UpstreamReport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The part of a {@link Store} that the gateway uses.
 *
 * @param changes takes a listener that is told of each user whose rows changed
 * @param isCutOff whether nothing was heard of changes for longer than the grace period
 * @param suspender blocks: for a thread of its own
 * @param networks how connections are met; cheap
 * @param upstreams takes what tells operators how the upstreams do
 */
record StoreAccess(
    Verifier verifier,
    SignInLog signIns,
    SecretBox secretBox,
    Consumer<Consumer<UserChange>> changes,
    BooleanSupplier isCutOff,
    SessionRegistry sessions,
    Roster.Suspender suspender,
    Networks networks,
    TicketKeys tickets,
    TokenSource tokens,
    Consumer<UpstreamReport> upstreams,
    TraceWatch traces) {

  /**
   * Of a gateway that is alone, knows no networks, shows its sessions to nobody, suspends nothing
   * but here, resumes no TLS session, has no access tokens and traces nobody.
   */
  StoreAccess(
      Verifier verifier,
      SignInLog signIns,
      SecretBox secretBox,
      Consumer<Consumer<UserChange>> changes,
      BooleanSupplier isCutOff) {
    this(
        verifier,
        signIns,
        secretBox,
        changes,
        isCutOff,
        SessionRegistry.none(),
        (_, _) -> {},
        _ -> NetworkStanding.UNKNOWN,
        TicketKeys.none(),
        TokenSource.none(),
        _ -> {},
        TraceWatch.none());
  }

  static StoreAccess of(Store store) {
    return new StoreAccess(
        store.verifier(),
        store.signInLog(),
        store.secretBox(),
        store::onUserChanged,
        store::isCutOff,
        store.sessionRegistry(),
        (id, reason) -> {
          var _ = store.appPasswords().suspend(id, reason, Actor.SYSTEM);
        },
        store.networks(),
        store.ticketKeys(),
        store.tokens(),
        store.upstreamStates()::report,
        store.traceWatch());
  }
}
