package dev.postern.store.sql;

import dev.postern.store.StoreException;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.Credential;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.keys.ActiveKey;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import java.time.Clock;
import java.time.Duration;
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
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process knows of the key ring: which key of each kind is active, and how long peppers
 * count. Safe for use by several threads; all but {@link #refresh} and, for a pepper that is not
 * known, {@link #underTerms} is in memory.
 *
 * <p>The database is believed as far as rows are signed, and never against what was known before: a
 * row that was altered, put back or taken away leaves this process with what it knew, and raises
 * the alarm. A process that starts and finds no genuine active row takes the newest key of its
 * file, which the database cannot choose. Peppers whose rows are not genuine then count for
 * nothing, except that one. A ring is made only where there are no users yet.
 */
final class KeyRing {
  /** So long a pepper that was not found is not looked for again. */
  private static final Duration MISSING = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(KeyRing.class);

  private final Database database;
  private final KeyRingTable table;
  private final HeldKeys held;
  private final Map<KeyKind, ActiveKey> active;
  private final RowSignatures signatures;
  private final RowChecks checks;
  private final KeyUses uses;
  private final Clock clock;

  /** The last genuine row of each key, by {@link RingRow#name()}. */
  private volatile Map<String, RingRow> known = Map.of();

  /** Peppers whose date was seen to pass: it does not come again when the clock is set back. */
  private final Set<String> over = ConcurrentHashMap.newKeySet();

  /** When a pepper was looked for in vain; as many as the file has. */
  private final Map<String, Instant> missedAt = new ConcurrentHashMap<>();

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
    this.uses = uses;
    this.clock = clock;
  }

  /**
   * Reads the ring for the first time, and makes it where there is none yet.
   *
   * @throws StoreException if the data needs a key that is not held, or another one under its id
   */
  void open() {
    List<KeyRingTable.Found> found = ring();
    for (KeyRingTable.Found row : found) {
      require(row);
    }
    learn(found);
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

  /**
   * The ring. If it says that a key of the site's own signed it, nothing that the holder of a
   * sealing key could have written is believed of it.
   */
  private List<KeyRingTable.Found> ring() {
    if (held.hasOwnIntegrityKey() && database.read(table::isSignedByOwnKey)) {
      signatures.retire(derived());
    }
    List<KeyRingTable.Found> found = database.read(table::all);
    return found.isEmpty() ? database.write(this::fill) : found;
  }

  /** What the sealing keys here yield. */
  private Set<String> derived() {
    return held.ids(KeyKind.INTEGRITY).stream()
        .filter(RowSignatures::isDerived)
        .collect(Collectors.toCollection(HashSet::new));
  }

  /** Integrity keys under which no row is believed. */
  private Set<String> unbelieved() {
    boolean isDerivedActive =
        activeRow(KeyKind.INTEGRITY).filter(row -> RowSignatures.isDerived(row.id())).isPresent();
    Set<String> ids = held.hasOwnIntegrityKey() && !isDerivedActive ? derived() : new HashSet<>();
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

  /**
   * An app password as its pepper lets it count: perhaps not at all, perhaps until a date. Asks the
   * database for a pepper that is not known, once a second: not for those who hold a connection.
   */
  Credential underTerms(Credential credential) {
    Optional<String> pepper = credential.stored().flatMap(KeyUses::pepperOf);
    if (pepper.isEmpty() || !isWorking(credential.appPassword())) {
      return credential;
    }
    String id = pepper.get();
    if (held.check(KeyKind.PEPPER, id).isEmpty()) {
      // It matches nothing: there is nothing to compute its digest with.
      checks.keyMissing(AppPasswordRow.TABLE, credential.appPassword().id());
      return credential;
    }
    Instant now = clock.instant();
    return row(KeyKind.PEPPER, id)
        .or(() -> justAdded(id, now))
        .map(row -> underTerms(credential, row, now))
        .orElseGet(
            () -> id.equals(active(KeyKind.PEPPER)) ? credential : revoked(credential, id, now));
  }

  private Credential underTerms(Credential credential, RingRow pepper, Instant now) {
    return switch (pepper.state()) {
      case ADDED, ACTIVE, HELD -> credential;
      case RETIRING -> {
        Instant end = pepper.retireBy().orElse(now);
        if (isOver(pepper, end, now)) {
          yield revoked(credential, pepper.id(), end);
        }
        yield credential.overlapEndsAt().filter(overlap -> overlap.isBefore(end)).isPresent()
            ? credential
            : credential.withOverlap(end);
      }
      case ENDING, RETIRED, UNKNOWN, ALTERED ->
          revoked(credential, pepper.id(), pepper.retireBy().orElse(now));
    };
  }

  private boolean isOver(RingRow pepper, Instant end, Instant now) {
    if (!now.isBefore(end)) {
      boolean _ = over.add(pepper.id());
    }
    return over.contains(pepper.id());
  }

  /** Another node may have begun to use a key after this one read the ring. */
  private Optional<RingRow> justAdded(String pepper, Instant now) {
    if (isMissing(pepper, now)) {
      return Optional.empty();
    }
    boolean isThere =
        database.read(table::all).stream()
            .anyMatch(found ->
                found.kind() == KeyKind.PEPPER
                    && found.id().equals(pepper)
                    && found.genuine().isPresent());
    if (isThere) {
      boolean _ = refresh();
    } else {
      missedAt.put(pepper, now);
    }
    return row(KeyKind.PEPPER, pepper);
  }

  /** Not for longer when the clock is set back. */
  private boolean isMissing(String pepper, Instant now) {
    Instant missed = missedAt.getOrDefault(pepper, Instant.EPOCH);
    return !now.isBefore(missed) && Duration.between(missed, now).compareTo(MISSING) < 0;
  }

  private static Credential revoked(Credential credential, String pepper, Instant at) {
    return credential.with(
        credential.appPassword().with(new State.Revoked(at, PepperEnd.reason(pepper))));
  }

  private static boolean isWorking(AppPassword appPassword) {
    return switch (appPassword.state()) {
      case State.Active _, State.Suspended _ -> true;
      case State.Revoked _, State.Expired _ -> false;
    };
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
