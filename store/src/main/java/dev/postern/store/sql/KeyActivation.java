package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.keys.KeyStatus;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a key the one that new values are made with: because somebody says so, or because it is new
 * in the file of a node that starts. All other nodes must hold it by then. Safe for use by several
 * threads, as far as {@link KeyRingWrites} is.
 */
final class KeyActivation {
  private static final Logger log = LoggerFactory.getLogger(KeyActivation.class);

  private final Database database;
  private final KeyRingWrites ringWrites;
  private final KeyRing ring;
  private final KeyRingTable table;
  private final Membership membership;
  private final KeyListing listing;
  private final Resigning resigning;
  private final List<SignedTable> signedTables;

  KeyActivation(
      Database database,
      KeyRingWrites ringWrites,
      KeyRing ring,
      KeyRingTable table,
      Membership membership,
      KeyListing listing,
      Resigning resigning,
      List<SignedTable> signedTables) {
    this.database = database;
    this.ringWrites = ringWrites;
    this.ring = ring;
    this.table = table;
    this.membership = membership;
    this.listing = listing;
    this.resigning = resigning;
    this.signedTables = List.copyOf(signedTables);
  }

  /** See {@link dev.postern.store.keys.Keys#activate}. */
  KeyStatus activate(KeyKind kind, String id, Actor actor) {
    makeActive(kind, id, actor);
    return listing.only(kind, id);
  }

  private void makeActive(KeyKind kind, String id, Actor actor) {
    requireHeld(kind, id);
    requireChosen(kind, id);
    List<String> lacking = membership.othersLacking(kind, id);
    if (!lacking.isEmpty()) {
      throw new RefusedException(
          Code.STATE,
          "the " + kind.word() + " key " + id + " is not held by: " + String.join(", ", lacking),
          "Copy its line to the file of store."
              + kind.setting()
              + " on those nodes and restart them, one after the other.");
    }
    ringWrites.run(handle -> {
      activate(handle, kind, id, actor);
      // Without integrity keys of its own a site signs with what the sealing key yields.
      String derived = RowSignatures.derivedId(id);
      if (kind == KeyKind.SEALING && RowSignatures.isDerived(ring.active(KeyKind.INTEGRITY))) {
        activate(handle, KeyKind.INTEGRITY, derived, actor);
      }
    });
    if (kind == KeyKind.INTEGRITY && !RowSignatures.isDerived(id)) {
      signRing();
    }
    log.info("{} activated the {} key {}", actor.who(), kind.word(), id);
  }

  /** What the ring says must not rest on a sealing key once there is a key of the site's own. */
  private void signRing() {
    signedTables.stream()
        .filter(signed -> signed.name().equals(RingRow.TABLE))
        .forEach(signed ->
            ring.held().ids(KeyKind.INTEGRITY).stream()
                .filter(RowSignatures::isDerived)
                .forEach(id -> {
                  Renewal.Page _ = resigning.page(signed, id, Optional.empty());
                }));
  }

  private void activate(Handle handle, KeyKind kind, String id, Actor actor) {
    List<KeyRingTable.Found> found =
        table.lock(handle).stream().filter(row -> row.kind() == kind).toList();
    Optional<KeyRingTable.Found> there =
        found.stream().filter(row -> row.id().equals(id)).findFirst();
    // What was retired while this process looked on stays so, whatever became of its row.
    Optional<RingRow> genuine =
        there
            .flatMap(KeyRingTable.Found::genuine)
            .or(() ->
                ring.row(kind, id)
                    .filter(
                        row -> row.state() == KeyState.RETIRED || row.state() == KeyState.ENDING));
    if (genuine.isPresent() && !mayActivate(genuine.get())) {
      return;
    }
    for (KeyRingTable.Found row : found) {
      row.genuine()
          .filter(other -> other.state() == KeyState.ACTIVE && !other.id().equals(id))
          .ifPresent(other -> {
            RingRow _ = table.save(handle, other.with(KeyState.HELD));
          });
    }
    long version =
        Math.max(
            there.map(KeyRingTable.Found::version).orElse(0L),
            ring.row(kind, id).map(RingRow::version).orElse(0L));
    RingRow _ =
        table.put(
            handle,
            new RingRow(
                    kind,
                    id,
                    ring.held().check(kind, id).orElseThrow(),
                    KeyState.ACTIVE,
                    Optional.empty(),
                    Optional.empty(),
                    version)
                .activated(ringWrites.now()));
    ringWrites.record(handle, actor, "activate", kind, id, Optional.empty());
  }

  /** Whether there is anything to do; refuses what is over. */
  private static boolean mayActivate(RingRow row) {
    return switch (row.state()) {
      case ACTIVE -> false;
      case ADDED, HELD -> true;
      case RETIRING, ENDING, RETIRED, UNKNOWN, ALTERED ->
          throw new RefusedException(
              Code.STATE,
              "the " + row.kind().word() + " key " + row.id() + " is " + row.state().word(),
              "Add another one: postern keys add " + row.kind().word());
    };
  }

  /**
   * Makes the newest key of each file active if somebody put it there by hand and all other nodes
   * hold it; says in the log what is missing otherwise. A ring that was altered is left to people.
   */
  void adopt() {
    for (KeyKind kind : KeyKind.values()) {
      String newest = ring.held().newest(kind);
      boolean isKnown =
          database.read(table::all).stream()
              .anyMatch(row -> row.kind() == kind && row.id().equals(newest));
      if (!isKnown
          && ring.hasActiveRow(kind)
          && !(kind == KeyKind.INTEGRITY && RowSignatures.isDerived(newest))) {
        List<String> lacking = membership.othersLacking(kind, newest);
        if (lacking.isEmpty()) {
          // Without what it is now needed for: to count that takes long in a large database.
          makeActive(kind, newest, new Actor("system", "system", Channel.START));
        } else {
          log.warn(
              "the {} key {} is new in the key file; it becomes active when the last of these nodes"
                  + " starts with it, or with 'postern keys activate {} {}': {}",
              kind.word(),
              newest,
              kind.word(),
              newest,
              String.join(", ", lacking));
        }
      }
    }
  }

  private void requireHeld(KeyKind kind, String id) {
    if (ring.held().check(kind, id).isEmpty()) {
      throw new RefusedException(
          Code.NOT_FOUND,
          "there is no " + kind.word() + " key " + id + " in the file of store." + kind.setting(),
          "See 'postern keys status " + kind.word() + "'.");
    }
  }

  /**
   * A key without a genuine row may have been retired. The key file can say that it counts, which
   * the database cannot change: by its order.
   */
  private void requireChosen(KeyKind kind, String id) {
    boolean isGenuine =
        database.read(table::all).stream()
            .flatMap(row -> row.genuine().stream())
            .anyMatch(row -> row.kind() == kind && row.id().equals(id));
    if (!isGenuine && !id.equals(ring.held().newest(kind))) {
      throw KeyRingTable.altered(kind, id);
    }
  }
}
