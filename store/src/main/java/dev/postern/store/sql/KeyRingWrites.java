package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.keys.KeyKind;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/**
 * Changes of the key ring: each one transaction, with what is put on record of it, after which this
 * process reads the ring again. Safe for use by several threads; the ring, which has a few rows, is
 * locked as a whole ({@link KeyRingTable#lock}), so that of two changes one waits for the other.
 */
final class KeyRingWrites {
  private final Writes writes;
  private final KeyRing ring;
  private final KeyRingTable table;
  private final ChangeLog changeLog;

  KeyRingWrites(Writes writes, KeyRing ring, KeyRingTable table, ChangeLog changeLog) {
    this.writes = writes;
    this.ring = ring;
    this.table = table;
    this.changeLog = changeLog;
  }

  /** Runs one transaction, and follows the ring once it is durable. */
  void run(Consumer<Handle> work) {
    boolean _ =
        writes.run((handle, _) -> {
          work.accept(handle);
          return true;
        });
    boolean _ = ring.refresh();
  }

  Instant now() {
    return writes.now();
  }

  /** Puts on record who did what with a key; part of the transaction. */
  void record(
      Handle handle, Actor actor, String verb, KeyKind kind, String id, Optional<String> detail) {
    changeLog.write(handle, actor, writes.now(), ChangeLog.Entry.ofKey(verb, kind, id, detail));
  }

  /** Locks the ring; empty if there is no such row, or not what Postern wrote. */
  Optional<RingRow> genuine(Handle handle, KeyKind kind, String id) {
    return table.lock(handle).stream()
        .filter(row -> row.kind() == kind && row.id().equals(id))
        .findFirst()
        .flatMap(KeyRingTable.Found::genuine);
  }
}
