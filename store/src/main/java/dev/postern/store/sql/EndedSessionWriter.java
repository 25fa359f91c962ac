package dev.postern.store.sql;

import dev.postern.store.audit.NameDigest;
import dev.postern.store.session.EndedSession;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.SessionStart;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts sessions of this node on record that have ended, in batches. While the database is down they
 * wait, at most {@value #MOST_WAITING}; more are left out, and the log says how many.
 *
 * <p>{@link #add} is for any thread, {@link #write} for one.
 */
final class EndedSessionWriter {
  static final int MOST_WAITING = 50_000;

  private static final int BATCH = 500;
  private static final Logger log = LoggerFactory.getLogger(EndedSessionWriter.class);

  private final Database database;
  private final NameDigest digest;
  private final Clock clock;
  private final Queue<EndedSession> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong leftOut = new AtomicLong();

  EndedSessionWriter(Database database, NameDigest digest, Clock clock) {
    this.database = database;
    this.digest = digest;
    this.clock = clock;
  }

  /** It is over, just now. */
  void add(LiveSession session, String end) {
    if (count.incrementAndGet() > MOST_WAITING) {
      count.decrementAndGet();
      leftOut.incrementAndGet();
    } else {
      waiting.add(entry(session, end));
    }
  }

  /**
   * Writes what waits.
   *
   * @throws dev.postern.store.StoreException if the database does not let it; then it goes on
   *     waiting
   */
  void write() {
    List<EndedSession> batch = next();
    while (!batch.isEmpty()) {
      List<EndedSession> ended = batch;
      database.write(handle -> {
        EndedSessionTable.put(handle, database.dialect(), digest, ended);
        return true;
      });
      for (int i = 0; i < ended.size(); i++) {
        var _ = waiting.poll();
        count.decrementAndGet();
      }
      batch = ended.size() < BATCH ? List.of() : next();
    }
    long lost = leftOut.getAndSet(0);
    if (lost > 0) {
      log.warn("{} sessions ended that are not on record: the database was down for long", lost);
    }
  }

  /** Puts those on record that nodes left behind which are gone. */
  void writeLost() {
    Instant now = clock.instant();
    boolean _ =
        database.write(handle -> {
          EndedSessionTable.put(
              handle,
              database.dialect(),
              digest,
              SessionTable.takeLost(handle, database.dialect(), now));
          return true;
        });
  }

  private List<EndedSession> next() {
    return waiting.stream().limit(BATCH).toList();
  }

  private EndedSession entry(LiveSession session, String end) {
    SessionStart start = session.start();
    return new EndedSession(
        EndedSessionTable.id(start.since(), start.id()),
        start.id(),
        start.userId(),
        Optional.empty(),
        start.credentialId(),
        start.protocol(),
        Optional.of(start.peer()),
        start.clientName(),
        session.mailbox(),
        start.since(),
        clock.instant(),
        session.up(),
        session.down(),
        end);
  }
}
