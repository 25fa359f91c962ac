package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.keys.KeyStatus;
import dev.postern.store.keys.Keys;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a key out of use: marks it, makes what is under it anew (or, for a pepper, lets its day
 * come), and marks it again when nothing is. Begins where another was interrupted. Safe for use by
 * several threads, as far as {@link KeyRingWrites} is; waits for long between its transactions, so
 * it is for threads that may.
 */
final class KeyRetirement {
  private static final Logger log = LoggerFactory.getLogger(KeyRetirement.class);

  private final Database database;
  private final KeyRingWrites ringWrites;
  private final KeyRing ring;
  private final KeyRingTable table;
  private final Membership membership;
  private final KeyListing listing;
  private final KeyUses uses;
  private final PepperEnd pepperEnd;
  private final Resealing resealing;
  private final Resigning resigning;
  private final List<SignedTable> signedTables;

  KeyRetirement(
      Database database,
      KeyRingWrites ringWrites,
      KeyRing ring,
      KeyRingTable table,
      Membership membership,
      KeyListing listing,
      KeyUses uses,
      PepperEnd pepperEnd,
      Resealing resealing,
      Resigning resigning,
      List<SignedTable> signedTables) {
    this.database = database;
    this.ringWrites = ringWrites;
    this.ring = ring;
    this.table = table;
    this.membership = membership;
    this.listing = listing;
    this.uses = uses;
    this.pepperEnd = pepperEnd;
    this.resealing = resealing;
    this.resigning = resigning;
    this.signedTables = List.copyOf(signedTables);
  }

  /** See {@link dev.postern.store.keys.Keys#retirePepper}. */
  KeyStatus retirePepper(String id, Instant by, Actor actor, Consumer<AppPassword> revoked) {
    Instant end = by.isBefore(ringWrites.now()) ? ringWrites.now() : by;
    beginRetiring(KeyKind.PEPPER, id, end, actor);
    log.info("{} retires the pepper {} by {}", actor.who(), id, end);
    if (!end.isAfter(ringWrites.now())) {
      pepperEnd.runToItsEnd();
      // Asked for afterwards: a running node may have been quicker with some or all of them.
      listing.revokedWith(id, revoked);
    }
    return listing.only(KeyKind.PEPPER, id);
  }

  /** See {@link dev.postern.store.keys.Keys#retire}. */
  Keys.Renewed retire(KeyKind kind, String id, Actor actor, LongConsumer progress) {
    Renewal renewal = new Renewal(progress);
    beginRetiring(kind, id, ringWrites.now(), actor);
    log.info("{} retires the {} key {}", actor.who(), kind.word(), id);
    long endedLinks = kind == KeyKind.SEALING ? resealing.dropShortLived(id) : 0;
    boolean isDone =
        switch (kind) {
          case PEPPER -> throw new IllegalArgumentException("a pepper is retired by a date");
          case INTEGRITY -> resign(renewal, id);
          case SEALING -> reseal(renewal, id);
        };
    if (!isDone) {
      throw new RefusedException(
          Code.STATE,
          "something goes on being made with the " + kind.word() + " key " + id,
          "Wait until no other command runs, and repeat this one: it goes on where it was.");
    }
    ringWrites.run(handle -> {
      finish(handle, kind, id, actor);
      if (kind == KeyKind.SEALING) {
        finish(handle, KeyKind.INTEGRITY, RowSignatures.derivedId(id), actor);
      }
    });
    log.info(
        "the {} key {} is retired: {} values were made anew", kind.word(), id, renewal.renewed());
    return new Keys.Renewed(listing.only(kind, id), renewal.renewed(), renewal.left(), endedLinks);
  }

  private boolean reseal(Renewal renewal, String id) {
    return renewal.run(
            behind -> resealing.upstreamPasswords(id, behind), () -> remainingUpstream(id))
        && renewal.run(
            behind -> resealing.refreshTokens(id, behind), () -> remainingRefreshTokens(id))
        && renewal.run(behind -> resealing.imported(id, behind), () -> remainingImported(id))
        && resign(renewal, RowSignatures.derivedId(id));
  }

  private long remainingUpstream(String id) {
    return database.read(handle -> uses.upstreamPasswordsUnder(handle, id));
  }

  private long remainingRefreshTokens(String id) {
    return database.read(handle -> uses.refreshTokensUnder(handle, id));
  }

  private long remainingImported(String id) {
    return database.read(handle -> uses.countImportedUnder(handle, id));
  }

  private boolean resign(Renewal renewal, String id) {
    return signedTables.stream()
        .allMatch(signed ->
            renewal.run(
                behind -> resigning.page(signed, id, behind),
                () -> database.read(handle -> uses.signedUnder(handle, signed.name(), id))));
  }

  /** Marks a key that is not active as on its way out, once all nodes make new values otherwise. */
  private void beginRetiring(KeyKind kind, String id, Instant by, Actor actor) {
    listing.requireRow(kind, id);
    requireFollowed(kind);
    ringWrites.run(handle -> {
      RingRow row =
          ringWrites.genuine(handle, kind, id).orElseGet(() -> anew(handle, kind, id, by));
      switch (row.state()) {
        case ACTIVE ->
            throw new RefusedException(
                Code.STATE,
                "the " + kind.word() + " key " + id + " is the active one",
                "Activate another one first: postern keys add " + kind.word());
        case ENDING, RETIRED -> {
          if (kind == KeyKind.PEPPER) {
            requireNow(id, by);
            return;
          }
        }
        case ADDED, HELD, RETIRING, UNKNOWN, ALTERED -> {}
      }
      if (kind == KeyKind.SEALING
          && ring.active(KeyKind.INTEGRITY).equals(RowSignatures.derivedId(id))) {
        throw new RefusedException(
            Code.STATE,
            "rows are signed with what the sealing key " + id + " yields",
            "Activate an integrity key first: postern keys status integrity");
      }
      RingRow _ = table.put(handle, row.retiring(by));
      ringWrites.record(handle, actor, "retire", kind, id, Optional.of("by " + by));
    });
  }

  /** What has ended cannot end later; to end it now is to go on with it, or to hear what it was. */
  private void requireNow(String pepper, Instant by) {
    if (by.isAfter(ringWrites.now())) {
      throw new RefusedException(
          Code.STATE,
          "the pepper " + pepper + " has ended already",
          "Its app passwords are listed by: postern keys retire pepper " + pepper + " --by now");
    }
  }

  /** For a pepper without a genuine row, which counts for nothing and can only end, at once. */
  private RingRow anew(Handle handle, KeyKind kind, String id, Instant by) {
    if (kind != KeyKind.PEPPER || by.isAfter(ringWrites.now()) || id.equals(ring.active(kind))) {
      throw KeyRingTable.altered(kind, id);
    }
    Optional<KeyRingTable.Found> found =
        table.lock(handle).stream()
            .filter(row -> row.kind() == kind && row.id().equals(id))
            .findFirst();
    long version =
        Math.max(
            found.map(KeyRingTable.Found::version).orElse(0L),
            ring.row(kind, id).map(RingRow::version).orElse(0L));
    return new RingRow(
        kind,
        id,
        ring.held()
            .check(kind, id)
            .or(() -> found.map(KeyRingTable.Found::check))
            .orElseThrow(() -> KeyRingTable.altered(kind, id)),
        KeyState.HELD,
        Optional.empty(),
        Optional.empty(),
        version);
  }

  private void finish(Handle handle, KeyKind kind, String id, Actor actor) {
    ringWrites
        .genuine(handle, kind, id)
        .ifPresent(row -> {
          if (row.state() != KeyState.RETIRED) {
            RingRow _ = table.save(handle, row.with(KeyState.RETIRED));
            ringWrites.record(
                handle, actor, "finish", kind, id, Optional.of("nothing is under it"));
          }
        });
  }

  private void requireFollowed(KeyKind kind) {
    boolean _ = ring.refresh();
    String active = RingRow.name(kind, ring.active(kind));
    List<String> behind =
        KeyListing.names(
            membership.nodes().stream().filter(node -> !node.active().contains(active)));
    if (!behind.isEmpty()) {
      throw new RefusedException(
          Code.STATE,
          "these nodes do not use the active "
              + kind.word()
              + " key yet: "
              + String.join(", ", behind),
          "Wait ten seconds and repeat the command; if it does not help, look at their logs.");
    }
  }
}
