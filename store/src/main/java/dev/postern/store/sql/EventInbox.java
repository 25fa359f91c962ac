package dev.postern.store.sql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.LoginWatch;
import dev.postern.store.event.EventKind;
import dev.postern.store.event.SiteEvent;
import dev.postern.store.event.SiteEvent.Origin;
import dev.postern.store.event.SiteEvent.Owner;
import dev.postern.store.event.SiteEvent.Subject;
import dev.postern.store.guard.KnownNetworks;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens outside of any transaction waits here, in memory, until it is put down a moment
 * later: at most {@value #MOST}, of more the newest are dropped. Of what nobody wants to hear
 * nothing is taken, nor of what was told in the last hour. Offers never block.
 */
final class EventInbox implements LoginWatch {
  static final int MOST = 2000;
  private static final int BATCH = 100;
  private static final int MOST_TOLD = 20_000;
  private static final Duration HOUR = Duration.ofHours(1);

  /** A user's sign-ins of a month are rows by the hour. */
  private static final int MOST_SIGN_INS = 2000;

  private static final Logger LOG = LoggerFactory.getLogger(EventInbox.class);

  private final Database database;
  private final Writes writes;
  private final WebhookTable table;
  private final Executor writer;
  private final BlockingQueue<Note> waiting = new ArrayBlockingQueue<>(MOST);

  /** What is being written, and is written again if that fails. */
  private final Deque<Note> underWay = new ArrayDeque<>();

  private final Cache<String, Boolean> told;
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicBoolean isFlushWaiting = new AtomicBoolean();
  private volatile Set<EventKind> wanted = Set.of();

  /** Whether the last try to write failed: then the next round is the next try. */
  private volatile boolean isHeldUp;

  /**
   * @param writer the thread for {@link #flush} and {@link #round}
   */
  EventInbox(Database database, Writes writes, WebhookTable table, Executor writer, Ticker ticker) {
    this.database = database;
    this.writes = writes;
    this.table = table;
    this.writer = writer;
    this.told =
        Caffeine.newBuilder()
            .maximumSize(MOST_TOLD)
            .expireAfterWrite(HOUR)
            .ticker(ticker)
            .executor(Runnable::run)
            .build();
  }

  /** What waits: whose names and labels are found when it is written. */
  private sealed interface Note {

    /** The event; whom it is of, if anybody, stays there until the transaction ends. */
    Optional<SiteEvent> event(Handle handle, Dialect dialect);

    record Ready(SiteEvent known) implements Note {
      @Override
      public Optional<SiteEvent> event(Handle handle, Dialect dialect) {
        return Optional.of(known);
      }
    }

    record NewNetwork(String credentialId, Origin origin, Instant at) implements Note {
      @Override
      public Optional<SiteEvent> event(Handle handle, Dialect dialect) {
        return subject(handle, dialect, credentialId)
            .filter(subject -> !wasThere(handle, subject.userId(), origin.address(), at))
            .map(subject ->
                new SiteEvent.NewNetwork(
                    at, subject, origin, KnownNetworks.placeOf(origin.address())));
      }
    }

    record AfterRevocation(String credentialId, Origin origin, Instant at) implements Note {
      @Override
      public Optional<SiteEvent> event(Handle handle, Dialect dialect) {
        return subject(handle, dialect, credentialId)
            .map(subject -> new SiteEvent.RefusedAfterRevocation(at, subject, origin));
      }
    }

    record Throttled(String userId, Origin origin, Instant at) implements Note {
      @Override
      public Optional<SiteEvent> event(Handle handle, Dialect dialect) {
        return handle
            .createQuery("SELECT name FROM users WHERE id = :id" + dialect.keyShare())
            .bind("id", userId)
            .mapTo(String.class)
            .findOne()
            .map(name -> new SiteEvent.UserThrottled(at, new Owner(userId, name), origin));
      }
    }
  }

  @Override
  public void newNetwork(String credentialId, Attempt attempt, Instant at) {
    if (wanted.contains(EventKind.APP_PASSWORD_NEW_NETWORK)) {
      boolean _ = offer(new Note.NewNetwork(credentialId, origin(attempt), at));
    }
  }

  @Override
  public void afterRevocation(String credentialId, Attempt attempt, Instant at) {
    offerOnce(
        EventKind.APP_PASSWORD_REFUSED_AFTER_REVOCATION,
        credentialId,
        new Note.AfterRevocation(credentialId, origin(attempt), at));
  }

  @Override
  public void throttled(String userId, Attempt attempt, Instant at) {
    offerOnce(EventKind.USER_THROTTLED, userId, new Note.Throttled(userId, origin(attempt), at));
  }

  void tell(SiteEvent event) {
    if (wanted.contains(event.kind())) {
      boolean _ = offer(new Note.Ready(event));
    }
  }

  /** If somebody wants to hear of it, and this node had none like it for an hour. */
  private void offerOnce(EventKind kind, String id, Note note) {
    String mark = kind.word() + ' ' + id;
    if (wanted.contains(kind)
        && told.asMap().putIfAbsent(mark, Boolean.TRUE) == null
        && !offer(note)) {
      // Nobody is told of this one: of the next one they are.
      told.invalidate(mark);
    }
  }

  private static Origin origin(Attempt attempt) {
    return new Origin(attempt.peer(), attempt.scope().word(), attempt.clientName());
  }

  /** Whether there was room. */
  private boolean offer(Note note) {
    if (!waiting.offer(note)) {
      dropped.incrementAndGet();
      return false;
    }
    if (!isHeldUp && isFlushWaiting.compareAndSet(false, true)) {
      try {
        writer.execute(this::flush);
      } catch (RejectedExecutionException _) {
        // The store is closing, and flushes as it does.
      }
    }
    return true;
  }

  /** Takes more than before. */
  synchronized void wants(Set<EventKind> kinds) {
    Set<EventKind> all = EnumSet.noneOf(EventKind.class);
    all.addAll(wanted);
    all.addAll(kinds);
    wanted = all;
  }

  /** Finds out what anybody wants to hear of, and writes what could not be written before. */
  void round() {
    try {
      List<String> words =
          database.read(handle ->
              handle
                  .createQuery("SELECT events FROM webhook_receivers")
                  .mapTo(String.class)
                  .list());
      Set<EventKind> all = EnumSet.noneOf(EventKind.class);
      for (EventKind kind : EventKind.values()) {
        if (words.stream().anyMatch(some -> some.contains("," + kind.word() + ","))) {
          all.add(kind);
        }
      }
      wanted = all;
    } catch (StoreException _) {
      // As before, until the next round.
    }
    flush();
  }

  /** Writes what waits. What cannot be written goes on waiting. */
  synchronized void flush() {
    isFlushWaiting.set(false);
    long lost = dropped.getAndSet(0);
    if (lost > 0) {
      LOG.warn("webhooks are not told of {} events: too many wait for the database", lost);
    }
    try {
      while (waiting.drainTo(underWay, BATCH - underWay.size()) > 0 || !underWay.isEmpty()) {
        int _ = writes.run((handle, _) -> write(handle, List.copyOf(underWay)));
        underWay.clear();
        isHeldUp = false;
      }
    } catch (StoreException | RefusedException e) {
      if (!isHeldUp) {
        LOG.warn("events for webhooks wait to be written: {}", e.getMessage());
      }
      isHeldUp = true;
    } catch (RuntimeException fault) {
      underWay.clear();
      throw fault;
    }
  }

  private int write(Handle handle, List<Note> notes) {
    List<SiteEvent> events = new ArrayList<>();
    notes.forEach(note -> note.event(handle, database.dialect()).ifPresent(events::add));
    table.tell(handle, writes.now(), events);
    return events.size();
  }

  private static Optional<Subject> subject(Handle handle, Dialect dialect, String credentialId) {
    return handle
        .createQuery(
            "SELECT a.id, a.label, a.user_id, u.name FROM app_passwords a"
                + " JOIN users u ON u.id = a.user_id WHERE a.id = :id"
                + dialect.keyShare())
        .bind("id", credentialId)
        .map((row, _) ->
            new Subject(
                row.getString("id"),
                row.getString("label"),
                row.getString("user_id"),
                row.getString("name")))
        .findOne();
  }

  /** Whether the record has an earlier login from there: a node does not remember all of them. */
  private static boolean wasThere(
      Handle handle, String userId, InetAddress address, Instant before) {
    String place = KnownNetworks.placeOf(address);
    return handle
        .createQuery(
            """
            SELECT DISTINCT peer FROM sign_ins
            WHERE user_id = :user AND last_at >= :since AND first_at < :before
                AND outcome = 'accepted' AND peer IS NOT NULL
            LIMIT :most
            """)
        .bind("user", userId)
        .bind("since", before.minus(KnownNetworks.KNOWN_FOR).toEpochMilli())
        .bind("before", before.toEpochMilli())
        .bind("most", MOST_SIGN_INS)
        .mapTo(String.class)
        .list()
        .stream()
        .flatMap(peer -> PeerKey.find(peer).stream())
        .anyMatch(peer -> KnownNetworks.placeOf(peer).equals(place));
  }
}
