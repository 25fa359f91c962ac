package dev.postern.store.sql;

import dev.postern.store.StoreException;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * The first reading of the key ring by a process that starts, which makes the ring where there is
 * none yet, and refuses to go on without a key that the data needs. For one thread; if several
 * processes start at once, the lock on the ring lets one of them make it.
 */
final class KeyRingOpening {
  private final Database database;
  private final KeyRingTable table;
  private final HeldKeys held;
  private final RowSignatures signatures;
  private final KeyUses uses;
  private final Clock clock;

  KeyRingOpening(
      Database database,
      KeyRingTable table,
      HeldKeys held,
      RowSignatures signatures,
      KeyUses uses,
      Clock clock) {
    this.database = database;
    this.table = table;
    this.held = held;
    this.signatures = signatures;
    this.uses = uses;
    this.clock = clock;
  }

  /**
   * All rows there are.
   *
   * @throws StoreException if the data needs a key that is not held, or another one under its id
   */
  List<KeyRingTable.Found> read() {
    List<KeyRingTable.Found> found = ring();
    for (KeyRingTable.Found row : found) {
      require(row);
    }
    return found;
  }

  /**
   * The ring. If it says that a key of the site's own signed it, nothing that the holder of a
   * sealing key could have written is believed of it.
   */
  private List<KeyRingTable.Found> ring() {
    if (held.hasOwnIntegrityKey() && database.read(table::isSignedByOwnKey)) {
      signatures.retire(held.derivedIntegrityKeys());
    }
    List<KeyRingTable.Found> found = database.read(table::all);
    return found.isEmpty() ? database.write(this::fill) : found;
  }

  /**
   * The first start: all keys of the files, the newest of each kind active. Where there are users,
   * a missing ring was taken away, and with it what was retired: nothing is written then.
   */
  private List<KeyRingTable.Found> fill(Handle handle) {
    boolean isFresh = table.lock(handle).isEmpty() && !uses.hasUsers(handle);
    if (isFresh) {
      for (KeyKind kind : KeyKind.values()) {
        fill(handle, kind);
      }
    }
    return table.all(handle);
  }

  private void fill(Handle handle, KeyKind kind) {
    for (String id : held.ids(kind)) {
      if (RowSignatures.isDerived(id) && held.hasOwnIntegrityKey()) {
        continue; // Nothing was signed with it, and nothing that is counts.
      }
      boolean isNewest = id.equals(held.newest(kind));
      RingRow _ =
          table.put(
              handle,
              new RingRow(
                  kind,
                  id,
                  held.check(kind, id).orElseThrow(),
                  isNewest ? KeyState.ACTIVE : KeyState.HELD,
                  isNewest ? Optional.of(clock.instant()) : Optional.empty(),
                  Optional.empty(),
                  0));
    }
  }

  /** Refuses to go on without a key that the data needs. */
  private void require(KeyRingTable.Found row) {
    Optional<String> check = held.check(row.kind(), row.id());
    if (check.isPresent()) {
      if (!check.get().equals(row.check())) {
        throw new StoreException(
            "the "
                + row.kind().word()
                + (row.kind() == KeyKind.PEPPER ? " " : " key ")
                + row.id()
                + " is not the one the database was made with",
            "Put the right line back into the file of store."
                + row.kind().setting()
                + "; a new key needs a new id.");
      }
      return;
    }
    if (row.kind() == KeyKind.INTEGRITY && RowSignatures.isDerived(row.id())) {
      return; // The sealing key that it comes from is required instead.
    }
    boolean isNeeded =
        row.genuine()
            .map(RingRow::state)
            .map(state ->
                switch (state) {
                  case ACTIVE -> true;
                  case ADDED, ENDING, RETIRED -> false;
                  case HELD, RETIRING, UNKNOWN, ALTERED -> isUsed(row);
                })
            .orElseGet(() -> isUsed(row));
    if (isNeeded) {
      throw new StoreException(
          "the database needs the "
              + row.kind().word()
              + (row.kind() == KeyKind.PEPPER ? " " : " key ")
              + row.id()
              + ", which is not given",
          "Put its line back into the file of store." + row.kind().setting() + ".");
    }
  }

  private boolean isUsed(KeyRingTable.Found row) {
    return database.read(handle -> uses.isNeeded(handle, row.kind(), row.id()));
  }
}
