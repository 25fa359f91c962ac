package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.access.ApiTokens;
import dev.postern.store.access.StoredToken;
import dev.postern.store.access.TokenBook;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves API tokens that are used to the active pepper, as {@link SqlRekeying} does app passwords:
 * collected in memory, at most as many as there can be, and written by a thread in the background,
 * under the pepper that is the active one in the database.
 */
final class ApiTokenRekeying implements TokenBook.Rekeying {
  private static final Logger log = LoggerFactory.getLogger(ApiTokenRekeying.class);

  private final Writes writes;
  private final ApiTokenTable table;
  private final Function<Handle, Optional<String>> activePepper;
  private final Map<String, Wish> waiting = new ConcurrentHashMap<>();

  /** Whether the last try to write failed; so that the log says it once. */
  private final AtomicBoolean isHeldUp = new AtomicBoolean();

  private record Wish(StoredToken old, StoredToken fresh) {}

  /**
   * @param activePepper asks the database; empty if that does not say
   */
  ApiTokenRekeying(
      Writes writes, ApiTokenTable table, Function<Handle, Optional<String>> activePepper) {
    this.writes = writes;
    this.table = table;
    this.activePepper = activePepper;
  }

  @Override
  public boolean isWanted(String id) {
    return waiting.size() < ApiTokens.MOST && !waiting.containsKey(id);
  }

  @Override
  public void replace(TokenBook.Held old, StoredToken fresh) {
    Wish _ = waiting.putIfAbsent(old.token().id(), new Wish(old.stored(), fresh));
  }

  /** Writes what waits. What cannot be written goes on waiting. */
  void flush() {
    for (String id : List.copyOf(waiting.keySet()).stream().sorted().toList()) {
      try {
        boolean _ = writes.run((handle, changes) -> write(handle, id, changes));
      } catch (StoreException | RefusedException e) {
        if (isHeldUp.compareAndSet(false, true)) {
          log.warn("API tokens wait to be kept under the active pepper: {}", e.getMessage());
        }
        return;
      }
      isHeldUp.set(false);
      Wish _ = waiting.remove(id);
    }
  }

  private boolean write(Handle handle, String id, Consumer<Change> changes) {
    Optional<String> active = activePepper.apply(handle);
    Optional<Wish> wish =
        Optional.ofNullable(waiting.get(id))
            .filter(one -> active.isEmpty() || active.get().equals(one.fresh().keyId()));
    Optional<ApiTokenRow> row =
        wish.flatMap(one ->
            table
                .lock(handle, id)
                .filter(found ->
                    found.token().revokedAt().isEmpty() && found.stored().equals(one.old()))
                .map(found -> found.with(one.fresh())));
    row.ifPresent(one -> {
      table.save(handle, one);
      changes.accept(new Change.ApiTokens());
    });
    return row.isPresent();
  }
}
