package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.access.ApiToken.LastUse;
import dev.postern.store.access.ApiTokens;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects uses of API tokens in memory and writes them in batches, at most once in {@link #PAUSE}
 * for each. As many tokens wait as there can be. A use is no change for the feed. Safe for use by
 * several threads; {@link #flush} and {@link #drain} for one at a time.
 */
final class ApiTokenUses {
  static final Duration PAUSE = Duration.ofMinutes(1);

  /** Some end while their uses wait. */
  private static final int MOST = 2 * ApiTokens.MOST;

  private static final Logger log = LoggerFactory.getLogger(ApiTokenUses.class);

  private final Writes writes;
  private final Map<String, LastUse> waiting = new ConcurrentHashMap<>();

  /** When a use of a token was last written; of those of the last {@link #PAUSE}. */
  private final Map<String, Instant> written = new ConcurrentHashMap<>();

  /** Whether the last try to write failed; so that the log says it once. */
  private final AtomicBoolean isHeldUp = new AtomicBoolean();

  ApiTokenUses(Writes writes) {
    this.writes = writes;
  }

  /** Never blocks. */
  void used(String id, LastUse use) {
    if (waiting.size() < MOST || waiting.containsKey(id)) {
      LastUse _ = waiting.put(id, use);
    }
  }

  /** Writes what waits, of tokens of which nothing was written for long enough. */
  void flush() {
    Instant now = writes.now();
    boolean _ = written.values().removeIf(at -> isLongAgo(at, now));
    write(
        waiting.entrySet().stream()
            .map(Map.Entry::copyOf)
            .filter(use -> !written.containsKey(use.getKey()))
            .sorted(Map.Entry.comparingByKey())
            .toList(),
        now);
  }

  /** Writes all that waits. */
  void drain() {
    written.clear();
    flush();
  }

  /** Also when the clock was set back since. */
  private static boolean isLongAgo(Instant at, Instant now) {
    return now.isBefore(at) || !now.isBefore(at.plus(PAUSE));
  }

  private void write(List<Map.Entry<String, LastUse>> uses, Instant now) {
    if (uses.isEmpty()) {
      return;
    }
    try {
      int _ =
          writes.run((handle, _) -> {
            PreparedBatch batch =
                handle.prepareBatch(
                    """
                    UPDATE api_tokens SET last_used_at = :at, last_used_from = :from
                    WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :at)
                    """);
            for (Map.Entry<String, LastUse> use : uses) {
              batch
                  .bind("id", use.getKey())
                  .bind("at", use.getValue().at().toEpochMilli())
                  .bind("from", PeerKey.of(use.getValue().from()))
                  .add();
            }
            return batch.execute().length;
          });
    } catch (StoreException | RefusedException e) {
      if (isHeldUp.compareAndSet(false, true)) {
        log.warn("uses of API tokens wait to be noted: {}", e.getMessage());
      }
      return;
    }
    isHeldUp.set(false);
    for (Map.Entry<String, LastUse> use : uses) {
      Instant _ = written.put(use.getKey(), now);
      boolean _ = waiting.remove(use.getKey(), use.getValue());
    }
  }
}
