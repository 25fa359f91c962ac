package dev.postern.gateway.net;

import dev.postern.gateway.observe.EndReason;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.store.UserChange;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.Verifier;
import io.netty.channel.Channel;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everybody who is logged in, by user and app password, so that sessions end with their app
 * password: one question decides all sessions of it.
 *
 * <p>A change that happens while a login is being decided must not slip through between the
 * verifier's answer and the registration. So the changes are counted: a login notes {@link
 * #changes()} before it asks the verifier and hands the number in when it registers; if there were
 * any since, it is asked about again at once. A change counts itself before it looks for sessions,
 * and a session is registered before it compares, so one of the two always sees the other.
 *
 * <p>A node that has not heard of changes for longer than the grace period cannot tell whether an
 * app password still holds, so it ends all sessions; a single question without an answer ends
 * nothing, but is asked again.
 *
 * <p>Safe for use by several threads.
 */
public final class LiveSessions {
  private static final Logger LOG = LoggerFactory.getLogger(LiveSessions.class);

  /** Between two looks at whether the database is in reach, and two tries to get an answer. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Between two questions about an app password that holds although its end has come. */
  private static final Duration AGAIN = Duration.ofSeconds(30);

  /** So that the verifier's clock has surely passed the date when it is asked. */
  private static final Duration AFTER = Duration.ofMillis(20);

  private final SessionEvents events;
  private final Clock clock;
  private final ScheduledExecutorService executor;
  private final RecheckQueue rechecks;
  private final AtomicLong changes = new AtomicLong();

  /** By id of the user, then by what is asked about; changed within {@code compute} alone. */
  private final Map<String, Map<Watch, Watched>> byUser = new ConcurrentHashMap<>();

  /**
   * @param executor one thread; asks the verifier and keeps time, until it is shut down
   */
  public LiveSessions(
      Verifier verifier, SessionEvents events, Clock clock, ScheduledExecutorService executor) {
    this.events = events;
    this.clock = clock;
    this.executor = executor;
    this.rechecks = new RecheckQueue(verifier, executor);
  }

  /**
   * Begins to look, each second, for what cannot be confirmed.
   *
   * @param isCutOff whether this node has not heard of changes for longer than the grace period
   */
  public void watch(BooleanSupplier isCutOff) {
    var _ =
        executor.scheduleWithFixedDelay(
            () -> {
              rechecks.retry();
              if (isCutOff.getAsBoolean()) {
                endAll();
              }
            },
            LOOK.toMillis(),
            LOOK.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Number of changes heard of so far; to be read before the verifier is asked. */
  long changes() {
    return changes.get();
  }

  /**
   * Watches over a session that was just granted.
   *
   * @param session whose protocol and address the app password must go on to allow
   * @param changesBefore {@link #changes()} from before the verifier was asked
   * @param front the client's channel, which gets the user event {@link EndReason#REVOKED} or
   *     {@link EndReason#UNCONFIRMED} when it is over; the watch ends when it closes
   */
  Registration register(Grant grant, Session session, long changesBefore, Channel front) {
    Registration registration = new Registration(grant, session, front);
    Watched watched = add(registration);
    grant.endsAt().ifPresent(watched::askAt);
    if (changes.get() != changesBefore) {
      rechecks.ask(watched, Optional.empty());
    }
    front.closeFuture().addListener(_ -> registration.close());
    return registration;
  }

  /** Rows changed, and this node's cache has forgotten them. Never blocks. */
  public void changed(UserChange change) {
    changes.incrementAndGet();
    switch (change) {
      case UserChange.OfUser(String userId, Instant at) ->
          byUser
              .getOrDefault(userId, Map.of())
              .values()
              .forEach(watched -> rechecks.ask(watched, Optional.of(at)));
      case UserChange.OfAnybody() ->
          byUser
              .values()
              .forEach(ofUser ->
                  ofUser.values().forEach(watched -> rechecks.ask(watched, Optional.empty())));
    }
  }

  /** Whether nobody is watched over, and nothing is kept of those who were. */
  boolean isEmpty() {
    return byUser.isEmpty();
  }

  private void endAll() {
    long ended = 0;
    for (Map<Watch, Watched> ofUser : byUser.values()) {
      for (Watched watched : ofUser.values()) {
        for (Registration session : watched.sessions) {
          session.end(EndReason.UNCONFIRMED, Optional.empty());
          ended++;
        }
      }
    }
    if (ended > 0) {
      LOG.warn(
          "the database is out of reach for longer than guard.database-grace: {} sessions end, since nobody can say whether their app passwords still hold",
          ended);
    }
  }

  private Watched add(Registration registration) {
    Grant grant = registration.grant;
    var _ =
        byUser.compute(
            grant.userId(),
            (_, known) -> {
              Map<Watch, Watched> ofUser = known == null ? new ConcurrentHashMap<>() : known;
              ofUser
                  .computeIfAbsent(Watch.of(grant), _ -> new Watched(grant))
                  .sessions
                  .add(registration);
              return ofUser;
            });
    // It is there as long as this session, which closes on this thread.
    return find(grant).orElseThrow();
  }

  private void remove(Registration registration) {
    Grant grant = registration.grant;
    Optional<Watched> found = find(grant);
    byUser.computeIfPresent(
        grant.userId(),
        (_, ofUser) -> {
          ofUser.computeIfPresent(
              Watch.of(grant),
              (_, watched) -> {
                watched.sessions.remove(registration);
                return watched.isWatched() ? watched : null;
              });
          return ofUser.isEmpty() ? null : ofUser;
        });
    found.ifPresent(Watched::stopIfUnwatched);
  }

  private Optional<Watched> find(Grant grant) {
    return Optional.ofNullable(byUser.getOrDefault(grant.userId(), Map.of()).get(Watch.of(grant)));
  }

  /**
   * What one question is about: an app password of a user, and the mailbox that it opened. After a
   * user was moved, sessions at the old one and at the new one are different matters.
   */
  private record Watch(
      String credentialId,
      Optional<String> pinnedUpstream,
      String upstreamUser,
      boolean isUpstreamUserSet) {
    static Watch of(Grant grant) {
      return new Watch(
          grant.credentialId(),
          grant.pinnedUpstream(),
          grant.upstreamUser(),
          grant.isUpstreamUserSet());
    }
  }

  /** An app password and its sessions at one mailbox. */
  private final class Watched implements RecheckQueue.Subject {
    private final Grant grant;
    private final Set<Registration> sessions = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable Future<?>> timer = new AtomicReference<>();

    Watched(Grant grant) {
      this.grant = grant;
    }

    @Override
    public Grant grant() {
      return grant;
    }

    @Override
    public boolean isWatched() {
      return !sessions.isEmpty();
    }

    @Override
    public void answered(Standing standing, Optional<Instant> since) {
      for (Registration registration : sessions) {
        Session session = registration.session;
        Optional<RejectReason> refusal =
            standing.refusal(session.protocol(), session.peer().getAddress());
        if (refusal.isPresent()) {
          registration.end(EndReason.REVOKED, since);
        }
      }
      if (standing instanceof Standing.Holds holds) {
        holds.endsAt().ifPresent(this::askAt);
      }
    }

    /** It ends then, unless it is put off. */
    private void askAt(Instant end) {
      Instant now = clock.instant();
      Duration wait = end.isAfter(now) ? Duration.between(now, end).plus(AFTER) : AGAIN;
      setTimer(
          executor.schedule(
              () -> rechecks.ask(this, Optional.of(end)), wait.toMillis(), TimeUnit.MILLISECONDS));
      stopIfUnwatched();
    }

    /** Whoever comes second, the timer or the end of the last session, sees the other. */
    private void stopIfUnwatched() {
      if (!isWatched()) {
        setTimer(null);
      }
    }

    private void setTimer(@Nullable Future<?> next) {
      Future<?> before = timer.getAndSet(next);
      if (before != null) {
        before.cancel(false);
      }
    }
  }

  /** One session under watch, until closed; used by its event loop. */
  final class Registration implements AutoCloseable {
    private final Grant grant;
    private final Session session;
    private final Channel front;

    private Registration(Grant grant, Session session, Channel front) {
      this.grant = grant;
      this.session = session;
      this.front = front;
    }

    /** On any thread. */
    private void end(EndReason reason, Optional<Instant> since) {
      try {
        front.eventLoop().execute(() -> endHere(reason, since));
      } catch (RejectedExecutionException _) {
        // The gateway has stopped, and this session with it.
      }
    }

    private void endHere(EndReason reason, Optional<Instant> since) {
      if (isWatched()) {
        close();
        front.pipeline().fireUserEventTriggered(reason);
        since.ifPresent(at -> events.revoked(session, Duration.between(at, clock.instant())));
      }
    }

    private boolean isWatched() {
      return find(grant).map(watched -> watched.sessions.contains(this)).orElse(false);
    }

    @Override
    public void close() {
      remove(this);
    }
  }
}
