package dev.postern.gateway.net;

import dev.postern.gateway.CredentialBudget;
import dev.postern.gateway.observe.Direction;
import dev.postern.gateway.observe.EndReason;
import dev.postern.gateway.observe.Session;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.Mailbox;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.SessionRegistry;
import dev.postern.store.session.SessionStart;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Ticker;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everybody who is logged in on this node, with what is known of them: shown to all nodes, ended by
 * kicks and when their app password goes over its budget. Whether an app password still holds is
 * the business of {@link LiveSessions}.
 *
 * <p>Safe for use by several threads; nothing here waits.
 */
public final class Roster {
  private static final Logger LOG = LoggerFactory.getLogger(Roster.class);
  private static final long SWEEP_SECONDS = 1;

  private final SessionRegistry registry;
  private final Clock clock;
  private final CredentialBudgets budgets;
  private final Suspensions suspensions;

  /** Bounded by the connections there are. */
  private final Set<Place> places = ConcurrentHashMap.newKeySet();

  /** Suspends an app password, with an entry in the audit; may block. */
  public interface Suspender {
    void suspend(String credentialId, String reason);
  }

  /**
   * @param background one thread, on which {@code suspender} may block
   */
  public Roster(
      SessionRegistry registry,
      CredentialBudget budget,
      Suspender suspender,
      Executor background,
      Clock clock) {
    this(registry, budget, suspender, background, clock, Ticker.systemTicker());
  }

  Roster(
      SessionRegistry registry,
      CredentialBudget budget,
      Suspender suspender,
      Executor background,
      Clock clock,
      Ticker ticker) {
    this.registry = registry;
    this.clock = clock;
    this.budgets = new CredentialBudgets(budget, registry::liveNodes, ticker, this::overBudget);
    this.suspensions = new Suspensions(suspender, background, budgets::settled);
    registry.onKick(this::kick);
  }

  /** Measures app passwords by that from now on. */
  public void limit(CredentialBudget budget) {
    budgets.limit(budget);
  }

  /** Shows how many went over their budget. */
  public void bindTo(MeterRegistry metrics) {
    FunctionCounter.builder("postern.budget.suspensions", suspensions, Suspensions::count)
        .description("App passwords that went over their budget and were suspended")
        .register(metrics);
  }

  /** Begins to sum up each second, and to repeat what could not be done. */
  public void watch(ScheduledExecutorService timer) {
    var _ =
        timer.scheduleWithFixedDelay(this::sumUp, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Suspends what goes over its budget, and once more what could not be suspended. Never throws: a
   * timer that does is not called again, and nobody is told. On one thread at a time.
   */
  public void sumUp() {
    try {
      budgets.sweep();
      suspensions.goOn();
    } catch (RuntimeException fault) {
      LOG.error("what app passwords are used for is not summed up this time", fault);
    }
  }

  /**
   * Counts a login that was good.
   *
   * @return the outcome, or the refusal if its app password is over its budget
   */
  AuthOutcome counted(AuthOutcome outcome) {
    if (!(outcome instanceof AuthOutcome.Accepted(Grant grant))) {
      return outcome;
    }
    // The suspension may be over and done with before this looks again.
    boolean isRefused =
        suspensions.isWaiting(grant.credentialId()) || budgets.isOneTooMany(grant.credentialId());
    return isRefused ? new AuthOutcome.Rejected(RejectReason.SUSPENDED) : outcome;
  }

  /**
   * Somebody is logged in.
   *
   * @param trail of the connection, which knows why it ends
   * @param front the client's channel, which gets the user event {@link EndReason#KICKED} or {@link
   *     EndReason#OVER_BUDGET} when it is to end; the place is given up when it closes
   */
  Place enter(Grant grant, SessionTrail trail, String clientName, Channel front) {
    Session session = trail.session();
    Place place =
        new Place(
            registry.begin(
                new SessionStart(
                    session.id(),
                    grant.userId(),
                    grant.credentialId(),
                    session.protocol(),
                    session.peer(),
                    session.local(),
                    clientName,
                    clock.instant())),
            // What suspends an app password has nothing to suspend there.
            grant.isOwnPassword() ? Optional.empty() : budgets.counter(grant.credentialId()),
            trail,
            front);
    places.add(place);
    front.closeFuture().addListener(_ -> place.close());
    if (suspensions.isWaiting(grant.credentialId())) {
      place.end(EndReason.OVER_BUDGET); // It came between the verdict and this.
    }
    return place;
  }

  /** Of how many app passwords it is known what they are used for. */
  int counted() {
    return budgets.size();
  }

  private void kick(SessionFilter which) {
    end(which::matches, EndReason.KICKED);
  }

  private void overBudget(String credentialId, String reason) {
    if (suspensions.add(credentialId, reason)) {
      end(session -> session.start().credentialId().equals(credentialId), EndReason.OVER_BUDGET);
    }
  }

  private void end(Predicate<LiveSession> which, EndReason why) {
    for (Place place : places) {
      if (which.test(place.session)) {
        place.end(why);
      }
    }
  }

  /** One who is logged in, until closed; used by its event loop. */
  final class Place implements AutoCloseable {
    private final LiveSession session;
    private final Optional<CredentialUse> use;
    private final SessionTrail trail;
    private final Channel front;

    private Place(
        LiveSession session, Optional<CredentialUse> use, SessionTrail trail, Channel front) {
      this.session = session;
      this.use = use;
      this.trail = trail;
      this.front = front;
    }

    void routed(UpstreamTarget target, String mailbox) {
      session.routed(
          new Mailbox(target.upstream(), target.endpoint().host(), Optional.of(mailbox)));
    }

    void relaying() {
      session.relaying();
    }

    void moved(Direction direction, int bytes) {
      switch (direction) {
        case UP -> session.movedUp(bytes);
        case DOWN -> session.movedDown(bytes);
      }
      if (use.isPresent()) {
        use.get().moved(direction, bytes);
      }
    }

    /** On any thread. */
    private void end(EndReason why) {
      try {
        front.eventLoop().execute(() -> endHere(why));
      } catch (RejectedExecutionException _) {
        // The gateway has stopped, and this session with it.
      }
    }

    /** One that was ending already goes on record with the reason that it has. */
    private void endHere(EndReason why) {
      if (places.contains(this)) {
        trail.ends(why);
        close(trail.reason());
        front.pipeline().fireUserEventTriggered(why);
      }
    }

    /** The session has ended, and goes on record. */
    void close(EndReason why) {
      if (places.remove(this)) {
        session.close(why.word());
        use.ifPresent(CredentialUse::letGo);
      }
    }

    /** The login came to nothing. */
    @Override
    public void close() {
      if (places.remove(this)) {
        session.close();
        use.ifPresent(CredentialUse::letGo);
      }
    }
  }
}
