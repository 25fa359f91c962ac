package dev.postern.gateway.net;

import dev.postern.gateway.observe.EndReason;
import dev.postern.gateway.observe.Session;
import dev.postern.store.UserChange;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Verifier;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everybody who is logged in, so that a session ends with its app password.
 *
 * <p>A change that happens while a login is being decided must not slip through between the
 * verifier's answer and the registration. So the changes are counted: a login notes {@link
 * #changes()} before it asks the verifier and hands the number in when it registers; if there were
 * any since, it is asked about again at once. A change counts itself before it looks for sessions,
 * and a session is registered before it compares, so one of the two always sees the other.
 *
 * <p>Safe for use by several threads.
 */
public final class LiveSessions {
  private static final Logger LOG = LoggerFactory.getLogger(LiveSessions.class);

  /** Between two questions about a session that outlived the date it was opened with. */
  private static final Duration AGAIN = Duration.ofSeconds(30);

  /** Between two questions about a session while the database cannot be asked. */
  private static final Duration UNTIL_ANSWERED = Duration.ofSeconds(1);

  /** So that the verifier's clock has surely passed the date when it is asked. */
  private static final Duration AFTER = Duration.ofMillis(20);

  private final Verifier verifier;
  private final Clock clock;
  private final AtomicLong changes = new AtomicLong();
  private final Map<String, Set<Registration>> byUser = new ConcurrentHashMap<>();

  public LiveSessions(Verifier verifier, Clock clock) {
    this.verifier = verifier;
    this.clock = clock;
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
   * @param front the client's channel, which gets the user event {@link EndReason#REVOKED} when it
   *     is over; the watch ends when it closes
   */
  Registration register(Grant grant, Session session, long changesBefore, Channel front) {
    Registration registration = new Registration(grant, session, front);
    byUser.compute(
        grant.userId(),
        (_, known) -> {
          Set<Registration> all = known == null ? ConcurrentHashMap.newKeySet() : known;
          all.add(registration);
          return all;
        });
    grant.endsAt().ifPresent(registration::askAt);
    if (changes.get() != changesBefore) {
      registration.ask();
    }
    front.closeFuture().addListener(_ -> registration.close());
    return registration;
  }

  /** Rows changed, and this node's cache has forgotten them. Never blocks. */
  public void changed(UserChange change) {
    changes.incrementAndGet();
    switch (change) {
      case UserChange.OfUser(String userId, var _) ->
          List.copyOf(byUser.getOrDefault(userId, Set.of())).forEach(Registration::ask);
      case UserChange.OfAnybody() -> byUser.values().forEach(all -> all.forEach(Registration::ask));
    }
  }

  /** One session under watch, until closed. */
  final class Registration implements AutoCloseable {
    private final Grant grant;
    private final Session session;
    private final Channel front;
    private volatile @Nullable Future<?> question;
    private volatile @Nullable Future<?> repetition;

    private Registration(Grant grant, Session session, Channel front) {
      this.grant = grant;
      this.session = session;
      this.front = front;
    }

    private void askAt(Instant when) {
      Duration wait = Duration.between(clock.instant(), when).plus(AFTER);
      question =
          front
              .eventLoop()
              .schedule(
                  () -> {
                    ask();
                    askAt(clock.instant().plus(AGAIN));
                  },
                  Math.max(0, wait.toMillis()),
                  TimeUnit.MILLISECONDS);
    }

    private void ask() {
      verifier
          .recheck(grant)
          .thenApply(standing -> standing.refusal(session.protocol(), session.peer().getAddress()))
          .whenComplete((refusal, trouble) -> {
            if (trouble != null) {
              LOG.debug("a session could not be checked again yet: {}", trouble.toString());
              askLater();
            } else if (refusal.isPresent()) {
              front
                  .eventLoop()
                  .execute(() -> front.pipeline().fireUserEventTriggered(EndReason.REVOKED));
            }
          });
    }

    /** The change is not told twice, so nobody else would ask once the database is back. */
    private void askLater() {
      front
          .eventLoop()
          .execute(() -> {
            if (front.isOpen() && isWatched()) {
              cancel(repetition);
              repetition =
                  front
                      .eventLoop()
                      .schedule(this::ask, UNTIL_ANSWERED.toMillis(), TimeUnit.MILLISECONDS);
            }
          });
    }

    private boolean isWatched() {
      return byUser.getOrDefault(grant.userId(), Set.of()).contains(this);
    }

    private static void cancel(@Nullable Future<?> pending) {
      if (pending != null) {
        pending.cancel(false);
      }
    }

    @Override
    public void close() {
      cancel(question);
      cancel(repetition);
      byUser.computeIfPresent(
          grant.userId(),
          (_, all) -> {
            all.remove(this);
            return all.isEmpty() ? null : all;
          });
    }
  }
}
