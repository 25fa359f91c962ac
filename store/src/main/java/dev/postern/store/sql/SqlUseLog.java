package dev.postern.store.sql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.auth.AppPassword.LastUse;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.UseLog;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects uses in memory and writes them in batches: every few seconds, and at once when {@value
 * #HURRY} app passwords wait. At most {@value #MOST} do, while the database is down; uses of others
 * are dropped until a batch is written. A use is no change for the feed; only the first use of a
 * successor is, since it ends its predecessor. Of secrets sent in clear it takes note in the same
 * way.
 */
final class SqlUseLog implements UseLog {
  static final int MOST = 20_000;
  static final int HURRY = 10_000;
  private static final int BATCH = 500;

  /** With each that comes beyond them, the oldest is sorted in. */
  static final int MOST_UNSORTED = 4_096;

  private static final Logger log = LoggerFactory.getLogger(SqlUseLog.class);

  private final Writes writes;
  private final Rotation rotation;
  private final AppPasswordLocks locks;
  private final FirstUses firstUses;
  private final Executor writer;
  private final Map<String, Note> waiting = new ConcurrentHashMap<>();

  /** What has come in clear and is not sorted in yet. */
  private final BlockingQueue<InClear> unsorted = new ArrayBlockingQueue<>(MOST_UNSORTED);

  private final Cache<String, Instant> latest =
      Caffeine.newBuilder()
          .maximumSize(MOST)
          .expireAfterWrite(Duration.ofHours(2))
          .executor(Runnable::run) // another thread would have to be woken at each login
          .build();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicBoolean isFlushWaiting = new AtomicBoolean();

  /** Whether the last try to write failed; so that the log says it once. */
  private final AtomicBoolean isHeldUp = new AtomicBoolean();

  /**
   * What waits to be written of one app password.
   *
   * @param first the same use where this process remembers none before it
   */
  private record Note(
      Optional<LastUse> use,
      Optional<LastUse> first,
      Optional<Instant> exposedAt,
      boolean isSuccession) {
    Note and(Note later) {
      return new Note(
          later.use.or(() -> use),
          first.or(() -> later.first),
          later.exposedAt.or(() -> exposedAt),
          isSuccession || later.isSuccession);
    }
  }

  /**
   * A secret that came in clear. Wrong ones are kept as right ones are, so that noting them does
   * not take less long, until they are sorted, which is when the others are written.
   */
  private record InClear(String credentialId, boolean isRight, Instant at) {}

  /**
   * @param writer the thread for {@link #flush}
   */
  SqlUseLog(
      Writes writes,
      Rotation rotation,
      AppPasswordLocks locks,
      WebhookTable webhooks,
      Executor writer) {
    this.writes = writes;
    this.rotation = rotation;
    this.locks = locks;
    this.firstUses = new FirstUses(webhooks);
    this.writer = writer;
  }

  @Override
  public void used(String credentialId, LastUse use, boolean isSuccession) {
    boolean isRemembered = latest.asMap().put(credentialId, use.at()) != null;
    note(
        credentialId,
        new Note(
            Optional.of(use),
            Optional.of(use).filter(_ -> !isRemembered),
            Optional.empty(),
            isSuccession));
  }

  @Override
  public void sentInClear(String credentialId, boolean isRight, Instant at) {
    InClear one = new InClear(credentialId, isRight, at);
    while (!unsorted.offer(one)) {
      sortIn(1);
    }
  }

  private void sortIn(int most) {
    List<InClear> oldest = new ArrayList<>();
    unsorted.drainTo(oldest, most);
    for (InClear one : oldest) {
      if (one.isRight) {
        note(
            one.credentialId,
            new Note(Optional.empty(), Optional.empty(), Optional.of(one.at), false));
      }
    }
  }

  private void note(String credentialId, Note fresh) {
    if (waiting.size() >= MOST && !waiting.containsKey(credentialId)) {
      dropped.incrementAndGet();
      return;
    }
    waiting.merge(credentialId, fresh, Note::and);
    boolean isUrgent = fresh.isSuccession || (waiting.size() >= HURRY && !isHeldUp.get());
    if (isUrgent && isFlushWaiting.compareAndSet(false, true)) {
      try {
        writer.execute(this::flush);
      } catch (RejectedExecutionException _) {
        // The store is closing, and flushes as it does.
      }
    }
  }

  @Override
  public Optional<Instant> latest(String credentialId) {
    return Optional.ofNullable(latest.getIfPresent(credentialId));
  }

  /** Writes what waits. What cannot be written goes on waiting. */
  void flush() {
    isFlushWaiting.set(false);
    sortIn(MOST_UNSORTED);
    long lost = dropped.getAndSet(0);
    if (lost > 0) {
      log.warn("{} uses of app passwords were not noted: too many wait for the database", lost);
    }
    List<Map.Entry<String, Note>> notes =
        waiting.entrySet().stream()
            .map(Map.Entry::copyOf)
            .sorted(Map.Entry.comparingByKey())
            .toList();
    for (int start = 0; start < notes.size(); start += BATCH) {
      List<Map.Entry<String, Note>> part =
          notes.subList(start, Math.min(notes.size(), start + BATCH));
      try {
        int _ = writes.run((handle, changes) -> write(handle, part, changes));
      } catch (StoreException | RefusedException e) {
        if (isHeldUp.compareAndSet(false, true)) {
          log.warn("uses of app passwords wait to be noted: {}", e.getMessage());
        }
        return;
      }
      isHeldUp.set(false);
      part.forEach(written -> waiting.remove(written.getKey(), written.getValue()));
    }
  }

  private int write(Handle handle, List<Map.Entry<String, Note>> notes, Consumer<Change> changes) {
    List<String> ids = notes.stream().map(Map.Entry::getKey).toList();
    List<String> successors =
        notes.stream()
            .filter(entry -> entry.getValue().isSuccession())
            .map(Map.Entry::getKey)
            .toList();
    List<String> news =
        firstUses.among(
            handle,
            notes.stream()
                .filter(entry -> entry.getValue().first().isPresent())
                .map(Map.Entry::getKey)
                .toList());
    if (!successors.isEmpty()) {
      locks.rowsAndPredecessors(handle, ids, successors);
    } else if (!news.isEmpty()
        || notes.stream().anyMatch(entry -> entry.getValue().exposedAt().isPresent())) {
      locks.rows(handle, ids); // the second batch begins with the first id again
    }
    firstUses.tell(
        handle,
        writes.now(),
        notes.stream()
            .filter(entry -> news.contains(entry.getKey()))
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, entry -> entry.getValue().first().orElseThrow())));
    writeUses(handle, notes);
    writeExposures(handle, notes);
    for (String successor : successors) {
      rotation.endPredecessor(handle, successor, Rotation.SUCCESSOR_USED, writes.now(), changes);
    }
    return notes.size();
  }

  private static void writeUses(Handle handle, List<Map.Entry<String, Note>> notes) {
    PreparedBatch batch =
        handle.prepareBatch(
            """
            UPDATE app_passwords
            SET last_used_at = :at, last_used_from = :from, last_used_scope = :scope,
                last_used_protection = :protection, last_used_client = :client
            WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :at)
            """);
    for (Map.Entry<String, Note> entry : notes) {
      entry
          .getValue()
          .use()
          .ifPresent(use ->
              batch
                  .bind("id", entry.getKey())
                  .bind("at", use.at().toEpochMilli())
                  .bind("from", literal(use.from()))
                  .bind("scope", use.scope().word())
                  .bind("protection", use.protection().map(Protection::word).orElse(null))
                  .bind("client", use.clientName())
                  .add());
    }
    batch.execute();
  }

  private static void writeExposures(Handle handle, List<Map.Entry<String, Note>> notes) {
    PreparedBatch batch =
        handle.prepareBatch(
            """
            UPDATE app_passwords
            SET exposed_at = :at
            WHERE id = :id AND (exposed_at IS NULL OR exposed_at < :at)
            """);
    for (Map.Entry<String, Note> entry : notes) {
      entry
          .getValue()
          .exposedAt()
          .ifPresent(at -> batch.bind("id", entry.getKey()).bind("at", at.toEpochMilli()).add());
    }
    batch.execute();
  }

  /** In figures, without name or zone. */
  private static String literal(InetAddress address) {
    try {
      return InetAddress.getByAddress(address.getAddress()).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }
}
