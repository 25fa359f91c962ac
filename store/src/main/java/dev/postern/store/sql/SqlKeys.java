package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.keys.KeyStatus;
import dev.postern.store.keys.Keys;
import dev.postern.store.keys.LiveNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes the key ring. Every change locks the whole ring, which has a few rows. */
final class SqlKeys implements Keys {
  private static final int PAGE = 500;
  private static final Logger log = LoggerFactory.getLogger(SqlKeys.class);

  private final Database database;
  private final Writes writes;
  private final KeyRing ring;
  private final KeyRingTable table;
  private final Membership membership;
  private final KeyUses uses;
  private final AppPasswordTable appPasswords;
  private final PepperEnd pepperEnd;
  private final Resealing resealing;
  private final Resigning resigning;
  private final List<SignedTable> signedTables;
  private final ChangeLog changeLog;

  SqlKeys(
      Database database,
      Writes writes,
      KeyRing ring,
      KeyRingTable table,
      Membership membership,
      KeyUses uses,
      AppPasswordTable appPasswords,
      PepperEnd pepperEnd,
      Resealing resealing,
      Resigning resigning,
      List<SignedTable> signedTables,
      ChangeLog changeLog) {
    this.database = database;
    this.writes = writes;
    this.ring = ring;
    this.table = table;
    this.membership = membership;
    this.uses = uses;
    this.appPasswords = appPasswords;
    this.pepperEnd = pepperEnd;
    this.resealing = resealing;
    this.resigning = resigning;
    this.signedTables = List.copyOf(signedTables);
    this.changeLog = changeLog;
  }

  @Override
  public List<KeyStatus> status(Optional<KeyKind> kind) {
    List<LiveNode> nodes = membership.nodes();
    return database.read(handle -> {
      List<KeyRingTable.Found> found = table.all(handle);
      List<KeyStatus> statuses = new ArrayList<>();
      for (KeyKind each : kind.map(List::of).orElse(List.of(KeyKind.values()))) {
        Map<String, Optional<RingRow>> keys = new LinkedHashMap<>();
        found.stream()
            .filter(row -> row.kind() == each)
            .forEach(row -> keys.put(row.id(), row.genuine()));
        List<String> unknown =
            ring.held().ids(each).stream()
                .filter(id -> !keys.containsKey(id) && !RowSignatures.isDerived(id))
                .toList();
        keys.forEach((id, row) ->
            statuses.add(
                status(
                    handle,
                    each,
                    id,
                    row,
                    row.map(RingRow::state).orElse(KeyState.ALTERED),
                    nodes)));
        unknown.forEach(id ->
            statuses.add(status(handle, each, id, Optional.empty(), KeyState.UNKNOWN, nodes)));
      }
      return statuses;
    });
  }

  private KeyStatus status(
      Handle handle,
      KeyKind kind,
      String id,
      Optional<RingRow> row,
      KeyState state,
      List<LiveNode> nodes) {
    String name = RingRow.name(kind, id);
    return new KeyStatus(
        kind,
        id,
        state,
        ring.held().check(kind, id).isPresent(),
        uses.count(handle, kind, id),
        names(nodes.stream().filter(node -> node.held().contains(name))),
        names(nodes.stream().filter(node -> !node.held().contains(name))),
        row.flatMap(RingRow::activatedAt),
        row.flatMap(RingRow::retireBy));
  }

  private static List<String> names(Stream<LiveNode> nodes) {
    return nodes.map(LiveNode::name).toList();
  }

  @Override
  public List<LiveNode> nodes() {
    return membership.nodes();
  }

  @Override
  public void add(KeyKind kind, StoreConfig.Key key, Actor actor) {
    change(handle -> {
      if (table.lock(handle).stream()
          .anyMatch(row -> row.kind() == kind && row.id().equals(key.id()))) {
        throw new RefusedException(
            Code.CONFLICT, "there is a key " + key.id() + " already", "Choose another id.");
      }
      RingRow _ =
          table.put(
              handle,
              new RingRow(
                  kind,
                  key.id(),
                  HeldKeys.check(kind, key),
                  KeyState.ADDED,
                  Optional.empty(),
                  Optional.empty(),
                  0));
      record(handle, actor, "add", kind, key.id(), Optional.empty());
    });
    log.info("{} added the {} key {}", actor.who(), kind.word(), key.id());
  }

  @Override
  public KeyStatus activate(KeyKind kind, String id, Actor actor) {
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
    change(handle -> {
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
    return only(kind, id);
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
                .activated(writes.now()));
    record(handle, actor, "activate", kind, id, Optional.empty());
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
          var _ = activate(kind, newest, new Actor("system", "system", "start"));
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

  @Override
  public void underPepper(String id, Consumer<AppPassword> each) {
    requireRow(KeyKind.PEPPER, id);
    List<AppPasswordRow> page;
    String after = "";
    do {
      String from = after;
      List<String> ids = database.read(handle -> uses.workingUnderPepper(handle, id, from, PAGE));
      page = ids.isEmpty() ? List.of() : database.read(handle -> appPasswords.byIds(handle, ids));
      page.forEach(row -> each.accept(row.at(writes.now())));
      after = ids.isEmpty() ? "" : ids.getLast();
    } while (!after.isEmpty());
  }

  @Override
  public KeyStatus retirePepper(String id, Instant by, Actor actor, Consumer<AppPassword> revoked) {
    Instant end = by.isBefore(writes.now()) ? writes.now() : by;
    beginRetiring(KeyKind.PEPPER, id, end, actor);
    log.info("{} retires the pepper {} by {}", actor.who(), id, end);
    if (!end.isAfter(writes.now())) {
      pepperEnd.run(revoked);
    }
    return only(KeyKind.PEPPER, id);
  }

  @Override
  public Renewed retire(KeyKind kind, String id, Actor actor, LongConsumer progress) {
    Renewal renewal = new Renewal(progress);
    beginRetiring(kind, id, writes.now(), actor);
    log.info("{} retires the {} key {}", actor.who(), kind.word(), id);
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
    change(handle -> {
      finish(handle, kind, id, actor);
      if (kind == KeyKind.SEALING) {
        finish(handle, KeyKind.INTEGRITY, RowSignatures.derivedId(id), actor);
      }
    });
    log.info(
        "the {} key {} is retired: {} values were made anew", kind.word(), id, renewal.renewed());
    return new Renewed(only(kind, id), renewal.renewed(), renewal.left());
  }

  private boolean reseal(Renewal renewal, String id) {
    return renewal.run(
            behind -> resealing.upstreamPasswords(id, behind), () -> remainingUpstream(id))
        && renewal.run(behind -> resealing.imported(id, behind), () -> remainingImported(id))
        && resign(renewal, RowSignatures.derivedId(id));
  }

  private long remainingUpstream(String id) {
    return database.read(handle -> uses.upstreamPasswordsUnder(handle, id));
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
    requireRow(kind, id);
    requireFollowed(kind);
    change(handle -> {
      RingRow row = genuine(handle, kind, id).orElseGet(() -> anew(handle, kind, id, by));
      switch (row.state()) {
        case ACTIVE ->
            throw new RefusedException(
                Code.STATE,
                "the " + kind.word() + " key " + id + " is the active one",
                "Activate another one first: postern keys add " + kind.word());
        case ENDING, RETIRED -> {
          if (kind == KeyKind.PEPPER) {
            throw new RefusedException(
                Code.STATE, "the pepper " + id + " has ended already", "Nothing is left to do.");
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
      record(handle, actor, "retire", kind, id, Optional.of("by " + by));
    });
  }

  /** For a pepper without a genuine row, which counts for nothing and can only end, at once. */
  private RingRow anew(Handle handle, KeyKind kind, String id, Instant by) {
    if (kind != KeyKind.PEPPER || by.isAfter(writes.now()) || id.equals(ring.active(kind))) {
      throw altered(kind, id);
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
            .orElseThrow(() -> altered(kind, id)),
        KeyState.HELD,
        Optional.empty(),
        Optional.empty(),
        version);
  }

  private void record(
      Handle handle, Actor actor, String verb, KeyKind kind, String id, Optional<String> detail) {
    changeLog.write(handle, actor, writes.now(), ChangeLog.Entry.ofKey(verb, kind, id, detail));
  }

  private void finish(Handle handle, KeyKind kind, String id, Actor actor) {
    genuine(handle, kind, id)
        .ifPresent(row -> {
          if (row.state() != KeyState.RETIRED) {
            RingRow _ = table.save(handle, row.with(KeyState.RETIRED));
            record(handle, actor, "finish", kind, id, Optional.of("nothing is under it"));
          }
        });
  }

  private Optional<RingRow> genuine(Handle handle, KeyKind kind, String id) {
    return table.lock(handle).stream()
        .filter(row -> row.kind() == kind && row.id().equals(id))
        .findFirst()
        .flatMap(KeyRingTable.Found::genuine);
  }

  private void requireFollowed(KeyKind kind) {
    boolean _ = ring.refresh();
    String active = RingRow.name(kind, ring.active(kind));
    List<String> behind =
        names(membership.nodes().stream().filter(node -> !node.active().contains(active)));
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
      throw altered(kind, id);
    }
  }

  private void requireRow(KeyKind kind, String id) {
    boolean isThere =
        database.read(table::all).stream()
            .anyMatch(row -> row.kind() == kind && row.id().equals(id));
    if (!isThere && ring.held().check(kind, id).isEmpty()) {
      throw new RefusedException(
          Code.NOT_FOUND,
          "the key ring has no " + kind.word() + " key " + id,
          "See 'postern keys status " + kind.word() + "'.");
    }
  }

  private static RefusedException altered(KeyKind kind, String id) {
    return new RefusedException(
        Code.STATE,
        "the row of the "
            + kind.word()
            + " key "
            + id
            + " in the database was altered or taken away: it may have been retired",
        (kind == KeyKind.PEPPER
                ? "'postern keys retire pepper " + id + " --by now' ends it."
                : "Take its line out of the file of store." + kind.setting() + " to end it.")
            + " If you know that it was not retired, make its line the last of the file of store."
            + kind.setting()
            + ", restart, and repeat 'postern keys activate "
            + kind.word()
            + " "
            + id
            + "'.");
  }

  private KeyStatus only(KeyKind kind, String id) {
    return status(Optional.of(kind)).stream()
        .filter(key -> key.id().equals(id))
        .findFirst()
        .orElseThrow(() -> altered(kind, id));
  }

  private void change(Consumer<Handle> work) {
    boolean _ =
        writes.run((handle, _) -> {
          work.accept(handle);
          return true;
        });
    boolean _ = ring.refresh();
  }
}
