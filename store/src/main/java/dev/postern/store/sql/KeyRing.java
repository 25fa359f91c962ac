package dev.postern.store.sql;

import dev.postern.store.StoreException;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.keys.ActiveKey;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process knows of the key ring: which key of each kind is active, and until when the
 * others count ({@link PepperTerms}). Safe for use by several threads; all but {@link #open} and
 * {@link #refresh} is in memory.
 *
 * <p>The database is believed as far as rows are signed, and never against what was known before: a
 * row that was altered, put back or taken away leaves this process with what it knew, and raises
 * the alarm. A process that starts and finds no genuine active row takes the newest key of its
 * file, which the database cannot choose. Peppers whose rows are not genuine then count for
 * nothing, except that one. A ring is made only where there are no users yet ({@link
 * KeyRingOpening}).
 */
final class KeyRing {
  private static final Logger log = LoggerFactory.getLogger(KeyRing.class);

  private final Database database;
  private final KeyRingTable table;
  private final HeldKeys held;
  private final Map<KeyKind, ActiveKey> active;
  private final RowSignatures signatures;
  private final RowChecks checks;
  private final KeyRingOpening opening;

  /** The last genuine row of each key, by {@link RingRow#name()}. */
  private volatile Map<String, RingRow> known = Map.of();

  /** Whether something was learnt that those who keep app passwords must be told. */
  private final AtomicBoolean isNews = new AtomicBoolean();

  /** What was said already, so that the log says it once. */
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  KeyRing(
      Database database,
      KeyRingTable table,
      HeldKeys held,
      Map<KeyKind, ActiveKey> active,
      RowSignatures signatures,
      RowChecks checks,
      KeyUses uses,
      Clock clock) {
    this.database = database;
    this.table = table;
    this.held = held;
    this.active = Map.copyOf(active);
    this.signatures = signatures;
    this.checks = checks;
    this.opening = new KeyRingOpening(database, table, held, signatures, uses, clock);
  }

  /**
   * Reads the ring for the first time, and makes it where there is none yet.
   *
   * @throws StoreException if the data needs a key that is not held, or another one under its id
   */
  void open() {
    learn(opening.read());
    for (KeyKind kind : KeyKind.values()) {
      if (!hasActiveRow(kind)) {
        checks.gone(RingRow.TABLE, RingRow.name(kind, active(kind)));
        log.error(
            "the key ring in the database was altered: no {} key in it is active; the newest one of"
                + " the key file is used. When you know what happened, say"
                + " 'postern keys activate {} {}'",
            kind.word(),
            kind.word(),
            active(kind));
      }
    }
  }

  /** Integrity keys under which no row is believed. */
  private Set<String> unbelieved() {
    boolean isDerivedActive =
        activeRow(KeyKind.INTEGRITY).filter(row -> RowSignatures.isDerived(row.id())).isPresent();
    Set<String> ids =
        held.hasOwnIntegrityKey() && !isDerivedActive
            ? new HashSet<>(held.derivedIntegrityKeys())
            : new HashSet<>();
    for (RingRow row : rows(KeyKind.INTEGRITY)) {
      boolean _ =
          switch (row.state()) {
            case ACTIVE, HELD, RETIRING -> ids.remove(row.id());
            case RETIRED -> ids.add(row.id());
            case ADDED, ENDING, UNKNOWN, ALTERED -> false;
          };
    }
    return ids;
  }

  /**
   * Reads the ring again.
   *
   * @return whether app passwords may count for more or less than before
   */
  boolean refresh() {
    boolean isChanged = learn(database.read(table::all));
    if (isChanged) {
      isNews.set(true);
    }
    return isChanged;
  }

  /**
   * Whether app passwords may count for more or less than when this was last asked, whoever it was
   * that refreshed.
   */
  boolean takeNews() {
    return isNews.getAndSet(false);
  }

  /** The id of the key that new values are made with. */
  String active(KeyKind kind) {
    return holder(kind).get();
  }

  HeldKeys held() {
    return held;
  }

  /** What is known of a key. */
  Optional<RingRow> row(KeyKind kind, String id) {
    return Optional.ofNullable(known.get(RingRow.name(kind, id)));
  }

  /** Whether a genuine row says which key is active; the newest one of the file is, otherwise. */
  boolean hasActiveRow(KeyKind kind) {
    return activeRow(kind).isPresent();
  }

  /** All that is known of a kind, by id. */
  List<RingRow> rows(KeyKind kind) {
    return known.values().stream()
        .filter(row -> row.kind() == kind)
        .sorted(Comparator.comparing(RingRow::id))
        .toList();
  }

  /** Takes in what is genuine and new, and keeps what was known of the rest. */
  private synchronized boolean learn(List<KeyRingTable.Found> found) {
    Map<String, RingRow> before = known;
    Map<String, RingRow> after = new HashMap<>(before);
    Set<String> there = new HashSet<>();
    for (KeyRingTable.Found row : found) {
      there.add(RingRow.name(row.kind(), row.id()));
      row.genuine()
          .ifPresent(genuine -> {
            checks.committed(RingRow.TABLE, genuine.name(), genuine.version());
            after.put(genuine.name(), genuine);
          });
    }
    after.keySet().stream()
        .filter(name -> !there.contains(name))
        .forEach(name -> checks.gone(RingRow.TABLE, name));
    known = Map.copyOf(after);
    signatures.retire(unbelieved());
    for (KeyKind kind : KeyKind.values()) {
      activeRow(kind).ifPresent(this::follow);
    }
    return !peppers(before).equals(peppers(after));
  }

  private void follow(RingRow row) {
    ActiveKey holder = holder(row.kind());
    if (row.id().equals(holder.get())) {
      return;
    }
    if (held.check(row.kind(), row.id()).isEmpty()) {
      if (said.add(row.name())) {
        log.error(
            "the {} key {} is active, but it is not in the file of store.{} here; put it there and"
                + " restart",
            row.kind().word(),
            row.id(),
            row.kind().setting());
      }
      return;
    }
    holder.set(row.id());
    log.info("the active {} key is {} now", row.kind().word(), row.id());
  }

  /** Of several that say so, because one of them was put back, the one that was made so last. */
  private Optional<RingRow> activeRow(KeyKind kind) {
    return rows(kind).stream()
        .filter(row -> row.state() == KeyState.ACTIVE)
        .max(Comparator.comparing(row -> row.activatedAt().orElse(Instant.EPOCH)));
  }

  private ActiveKey holder(KeyKind kind) {
    return Optional.ofNullable(active.get(kind)).orElseThrow();
  }

  /** What decides how app passwords count. */
  private static Map<String, String> peppers(Map<String, RingRow> rows) {
    return rows.values().stream()
        .filter(row -> row.kind() == KeyKind.PEPPER)
        .collect(Collectors.toMap(RingRow::id, row -> row.state() + " " + row.retireBy()));
  }
}
