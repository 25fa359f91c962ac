package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.Credentials;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.net.UpstreamRouting.Path;
import dev.postern.gateway.observe.ConnectionRefusal;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Delegate;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Throttled;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.Delegation;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.RejectReason;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks others on behalf of one connection: the verifier whether a login is good, an upstream for a
 * session; and has the session watched from the verdict on. Answers come on the connection's event
 * loop. Used by that event loop.
 */
final class Admission {
  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

  private final FrontDoor<?> door;
  private final LoginServices services;
  private final SessionTrail trail;
  private final LoginTrace<?> trace;
  private final Channel front;
  private final SignInTrail record;
  private final Lane lane;
  private Optional<LiveSessions.Registration> watch = Optional.empty();
  private Optional<SessionCaps.Answer.Place> place = Optional.empty();
  private final Judgement judgement = new Judgement(this::unjudged);
  private String clientName = "";

  Admission(
      FrontDoor<?> door,
      LoginServices services,
      SessionTrail trail,
      LoginTrace<?> trace,
      Channel front) {
    this.door = door;
    this.services = services;
    this.trail = trail;
    this.trace = trace;
    this.front = front;
    this.record = new SignInTrail(services.signIns(), services.clock());
    this.lane = lane(door.listener(), trail.session().peer());
  }

  /**
   * The verdict on these credentials; never fails. It may come on another thread; {@link #decided}
   * is to be told of it on the event loop.
   */
  CompletableFuture<Verdict> verify(Credentials credentials, Protection protection) {
    long changes = services.live().changes();
    return services
        .verifier()
        .verify(attempt(credentials, protection))
        .exceptionally(fault -> {
          LOG.error("session {}: no verdict", trail.session().id(), fault);
          return new Unavailable(Trouble.DATABASE);
        })
        .thenApply(outcome -> counted(outcome, credentials))
        .thenApply(outcome ->
            new Verdict(outcome, credentials.mechanism(), credentials.clientName(), changes))
        .toCompletableFuture();
  }

  /** What becomes of a verdict when the budget of the app password is looked at. */
  private AuthOutcome counted(AuthOutcome outcome, Credentials credentials) {
    AuthOutcome counted = services.roster().counted(outcome);
    if (outcome instanceof Accepted(Grant grant) && counted instanceof Rejected(var reason)) {
      record.withdrawn(
          trail.session(), grant, credentials.mechanism(), credentials.clientName(), reason);
    }
    return counted;
  }

  /** From here on the client is another one; the log alone still knows who spoke for it. */
  void speaksFor(ClientAddress client) {
    InetSocketAddress program = trail.session().peer();
    trail.speaksFor(new InetSocketAddress(client.host().address(), client.port()));
    LOG.info(
        "session {}: {} speaks for {}",
        trail.session().id(),
        program.getAddress().getHostAddress(),
        client.host().address().getHostAddress());
  }

  /** A login began in clear where none is taken so; the client was told that. */
  void cameInClear(String mechanism) {
    trail.decided(mechanism, new Rejected(RejectReason.IN_CLEAR));
  }

  /** Has the secret looked at that came so. */
  void exposed(Credentials credentials) {
    services.verifier().exposed(attempt(credentials, Protection.CLEAR));
  }

  private Attempt attempt(Credentials credentials, Protection protection) {
    return new Attempt(
        credentials.loginName(),
        credentials.secret(),
        door.protocol().scope(),
        protection,
        credentials.mechanism(),
        trail.session().peer().getAddress(),
        credentials.clientName(),
        lane,
        services.routing().judges(door.protocol().scope(), door.listener().upstream()));
  }

  /**
   * What comes in clear from this machine has crossed no network.
   *
   * @param peer before anybody says for whom it speaks: that changes nothing about the way here
   */
  private static Lane lane(Listener listener, InetSocketAddress peer) {
    boolean isLocal = listener.tls() == Listener.Tls.NONE && peer.getAddress().isLoopbackAddress();
    return isLocal ? Lane.ORDINARY : listener.lane();
  }

  /**
   * What the verifier said.
   *
   * @param changes {@link LiveSessions#changes} from before it was asked
   */
  record Verdict(AuthOutcome outcome, String mechanism, String clientName, long changes) {}

  /** The verdict where the input alone decides; the verifier, which notes its own, never hears. */
  Verdict refuse(RejectReason reason, String mechanism) {
    record.refused(trail.session(), mechanism, reason);
    return new Verdict(new Rejected(reason), mechanism, "", 0);
  }

  /** A verdict has arrived at the event loop; what the dialogue is to learn. */
  FrontEvent decided(Verdict verdict) {
    clientName = verdict.clientName();
    return switch (verdict.outcome()) {
      case Accepted(Grant grant) -> {
        trail.decided(verdict.mechanism(), verdict.outcome());
        yield front.isActive()
            ? accepted(grant, verdict)
            : new FrontEvent.Decided(verdict.outcome());
      }
      case Delegate(Delegation delegation) -> delegated(delegation, verdict);
      case Rejected _, Throttled _, Unavailable _ -> {
        trail.decided(verdict.mechanism(), verdict.outcome());
        yield new FrontEvent.Decided(verdict.outcome());
      }
    };
  }

  /**
   * What comes of it is counted, and takes a place among the sessions, once the upstream has judged
   * it: before that it may be anybody's guess.
   */
  private FrontEvent delegated(Delegation delegation, Verdict verdict) {
    trail.decided(verdict.mechanism(), verdict.outcome());
    judgement.ask(delegation, verdict);
    return new FrontEvent.Decided(verdict.outcome());
  }

  /** What the upstream has to judge, if anything. */
  Judgement judgement() {
    return judgement;
  }

  private FrontEvent accepted(Grant grant, Verdict verdict) {
    trail.accepted(grant);
    record.accepted(grant, verdict.mechanism(), verdict.clientName());
    return switch (services.sessions().take(grant, trail.session().peer().getAddress())) {
      case SessionCaps.Answer.Full(ConnectionRefusal why) -> {
        trail.crowded(grant, why);
        record.crowded(trail.session(), why);
        yield new FrontEvent.TooManySessions();
      }
      case SessionCaps.Answer.Place taken -> {
        place = Optional.of(taken);
        front.closeFuture().addListener(_ -> taken.giveBack());
        trail.entered(services.roster().enter(grant, trail, clientName, front));
        watch =
            Optional.of(services.live().register(grant, trail.session(), verdict.changes(), front));
        yield new FrontEvent.Decided(verdict.outcome());
      }
    };
  }

  /**
   * Asks for a session at the grant's upstream.
   *
   * @param protection of the client's connection
   * @param answer called later, on the event loop, unless the ticket is cancelled before
   */
  UpstreamLogins.Ticket connect(
      Grant grant, Announcement announcement, Protection protection, Answer answer) {
    Optional<ClientIdentity> client = Optional.of(identity(protection));
    Path path =
        services
            .routing()
            .path(
                grant,
                door.protocol().scope(),
                door.listener().upstream(),
                announcement,
                client,
                judgement.secret());
    return switch (path) {
      case Path.Nowhere(String upstream, UpstreamFailure failure) -> {
        front.eventLoop().execute(() -> failed(upstream, failure, answer));
        yield () -> {};
      }
      case Path.To to -> {
        trail.routed(to.target(), to.mailbox());
        trace.routed(to.target());
        // From here on the client waits, for a place of the mailbox as for anything else.
        Deadline deadline =
            Deadline.after(services.limits().timeouts().upstreamLogin(), front.eventLoop());
        yield services
            .mailboxes()
            .login(
                front.eventLoop(),
                to.target(),
                to.mailbox(),
                to.budget(),
                judgement.secret().isPresent(),
                to.plan(),
                (isProbed, login) -> begin(to, deadline, isProbed, client, login),
                told(to, answer));
      }
    };
  }

  private UpstreamLogins.Ticket begin(
      Path.To to,
      Deadline deadline,
      boolean isProbed,
      Optional<ClientIdentity> client,
      UpstreamLogins.Answer answer) {
    TokenLogin.Start start =
        (plan, login) ->
            services
                .connector()
                .login(front.eventLoop(), deadline, to.target(), plan, client, trace, login);
    if (to.token().isEmpty()) {
      return start.login(to.plan(), answer);
    }
    TokenLogin login =
        new TokenLogin(
            front.eventLoop(),
            deadline,
            to.target(),
            to.plan().probed(isProbed),
            to.token().get(),
            services.tokens(),
            start,
            answer);
    login.start();
    return login;
  }

  private ClientIdentity identity(Protection protection) {
    return new ClientIdentity(
        trail.session().id(),
        Endpoints.of(trail.session().peer()),
        Endpoints.of(trail.session().local()),
        protection != Protection.CLEAR,
        clientName);
  }

  /** Learns what came of it, as {@link UpstreamLogins.Answer} does. */
  interface Answer {
    /**
     * @param isNoticeDue whether the client is to be told that own passwords will end
     */
    void ready(UpstreamLink link, boolean isNoticeDue);

    void failed(UpstreamFailure failure);

    /**
     * The upstream was to judge the secret, and there is no session.
     *
     * @param why {@code Decided} or {@code TooManySessions}
     */
    void refused(FrontEvent why);
  }

  private UpstreamLogins.Answer told(Path.To to, Answer answer) {
    long startedAt = front.eventLoop().ticker().nanoTime();
    return new UpstreamLogins.Answer() {
      @Override
      public void ready(UpstreamLink link) {
        trail.upstreamReady(
            to.target(), Duration.ofNanos(front.eventLoop().ticker().nanoTime() - startedAt));
        judged(to, link.watched(to.isWatched()), answer);
      }

      @Override
      public void failed(UpstreamFailure failure) {
        Admission.this.failed(to.target().upstream(), failure, answer);
      }
    };
  }

  /** The upstream let us in. Where it was asked about the secret, that is its judgement. */
  private void judged(Path.To to, UpstreamLink link, Answer answer) {
    Optional<Judgement.Asked> end = judgement.end();
    if (end.isEmpty()) {
      answer.ready(link, false);
      return;
    }
    Judgement.Asked asked = end.get();
    CompletableFuture<Delegation.Taken> taken = asked.delegation().taken().toCompletableFuture();
    if (taken.isDone()) {
      taken(asked, taken.join(), to, link, answer);
    } else {
      taken.thenAccept(
          late -> front.eventLoop().execute(() -> taken(asked, late, to, link, answer)));
    }
  }

  private void taken(
      Judgement.Asked asked, Delegation.Taken taken, Path.To to, UpstreamLink link, Answer answer) {
    count(asked, taken.outcome());
    if (!(taken.outcome() instanceof Accepted(Grant grant))) {
      link.channel().close();
      answer.refused(new FrontEvent.Decided(taken.outcome()));
    } else if (front.isActive()
        && accepted(grant, asked.verdict()) instanceof FrontEvent.TooManySessions crowded) {
      link.channel().close();
      answer.refused(crowded);
    } else {
      trail.routed(to.target(), to.mailbox());
      answer.ready(link, taken.isNoticeDue());
    }
  }

  private void count(Judgement.Asked asked, AuthOutcome outcome) {
    trail.decided(asked.verdict().mechanism(), outcome);
  }

  /** The upstream was to judge it, and nobody knows what it says. */
  private void unjudged(Verdict verdict) {
    trail.decided(verdict.mechanism(), new Unavailable(Trouble.UPSTREAM));
  }

  private void failed(String upstream, UpstreamFailure failure, Answer answer) {
    Optional<Judgement.Asked> asked = judgement.end();
    if (asked.isPresent() && failure.cause() == Cause.LOGIN_REFUSED) {
      AuthOutcome outcome = asked.get().delegation().refused();
      count(asked.get(), outcome);
      answer.refused(new FrontEvent.Decided(outcome));
      return;
    }
    asked.ifPresent(unknown -> {
      unknown.delegation().unanswered();
      Verdict verdict = unknown.verdict();
      record.accepted(unknown.delegation().grant(), verdict.mechanism(), verdict.clientName());
      unjudged(verdict);
    });
    trail.upstreamFailed(upstream, failure);
    record.upstreamFailed(trail.session(), upstream, failure);
    leave();
    answer.failed(failure);
  }

  /** There is no session after all. */
  private void leave() {
    watch.ifPresent(LiveSessions.Registration::close);
    trail.left();
    place.ifPresent(SessionCaps.Answer.Place::giveBack);
  }
}
