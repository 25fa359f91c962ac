package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.Rekeying;
import dev.postern.store.auth.StoredSecret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects better stored forms in memory and writes them in batches. At most {@value #MOST} app
 * passwords wait; others are asked for again at their next success. Each that is written is a
 * change for the feed, so that caches learn the new form and do not ask again.
 *
 * <p>For some seconds after a pepper was activated a node may not know yet. What it wants to move
 * is then on the new pepper perhaps, and must not go back to the old one, which may be retired:
 * what counts is the ring in the database, in the same transaction.
 */
final class SqlRekeying implements Rekeying {
  static final int MOST = 10_000;
  private static final int BATCH = 250;
  private static final Logger log = LoggerFactory.getLogger(SqlRekeying.class);

  private final Writes writes;
  private final AppPasswordTable table;
  private final AppPasswordLocks locks;
  private final Function<Handle, Optional<String>> activePepper;
  private final Map<String, Wish> waiting = new ConcurrentHashMap<>();

  /** Whether the last try to write failed; so that the log says it once. */
  private final AtomicBoolean isHeldUp = new AtomicBoolean();

  private record Wish(String userId, StoredSecret old, StoredSecret fresh) {}

  /**
   * @param activePepper asks the database; empty if that does not say
   */
  SqlRekeying(
      Writes writes,
      AppPasswordTable table,
      AppPasswordLocks locks,
      Function<Handle, Optional<String>> activePepper) {
    this.writes = writes;
    this.table = table;
    this.locks = locks;
    this.activePepper = activePepper;
  }

  @Override
  public void replace(String userId, String credentialId, StoredSecret old, StoredSecret fresh) {
    if (waiting.size() < MOST) {
      Wish _ = waiting.putIfAbsent(credentialId, new Wish(userId, old, fresh));
    }
  }

  @Override
  public boolean isWanted(String credentialId) {
    return waiting.size() < MOST && !waiting.containsKey(credentialId);
  }

  /** How many wait. */
  int waiting() {
    return waiting.size();
  }

  /** Writes what waits. What cannot be written goes on waiting. */
  void flush() {
    List<String> ids = waiting.keySet().stream().sorted().toList();
    for (int start = 0; start < ids.size(); start += BATCH) {
      List<String> part = ids.subList(start, Math.min(ids.size(), start + BATCH));
      try {
        int _ = write(part);
      } catch (StoreException | RefusedException e) {
        if (isHeldUp.compareAndSet(false, true)) {
          log.warn("app passwords wait to be kept under the active pepper: {}", e.getMessage());
        }
        return;
      }
      isHeldUp.set(false);
      part.forEach(waiting::remove);
    }
  }

  private int write(List<String> ids) {
    return writes.run((handle, changes) -> {
      Optional<String> active = activePepper.apply(handle);
      List<AppPasswordRow> rekeyed = new ArrayList<>();
      for (AppPasswordRow row : locks.lock(handle, ids)) {
        Wish wish = waiting.get(row.id());
        if (wish != null && isStillSo(row, wish) && isUnder(active, wish.fresh())) {
          rekeyed.add(row.withSecret(wish.fresh()));
        }
      }
      for (AppPasswordRow row : table.save(handle, rekeyed)) {
        changes.accept(Change.ofUser(row.appPassword().userId()));
      }
      return rekeyed.size();
    });
  }

  private static boolean isUnder(Optional<String> active, StoredSecret fresh) {
    return active.isEmpty() || KeyUses.pepperOf(fresh).equals(active);
  }

  private static boolean isStillSo(AppPasswordRow row, Wish wish) {
    return row.appPassword().userId().equals(wish.userId())
        && row.credential().stored().filter(wish.old()::equals).isPresent()
        && switch (row.appPassword().state()) {
          case State.Active _, State.Suspended _ -> true;
          case State.Revoked _, State.Expired _ -> false;
        };
  }
}
