package dev.postern.store.sql;

import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.Credential;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.keys.KeyKind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How long app passwords and API tokens count, as the ring says of their peppers. Safe for use by
 * several threads; all but {@link #underTerms} for a pepper that is not known is in memory.
 */
final class PepperTerms {
  /** So long a pepper that was not found is not looked for again. */
  private static final Duration MISSING = Duration.ofSeconds(1);

  private final Database database;
  private final KeyRingTable table;
  private final KeyRing ring;
  private final RowChecks checks;
  private final Clock clock;

  /** Peppers whose date was seen to pass: it does not come again when the clock is set back. */
  private final Set<String> over = ConcurrentHashMap.newKeySet();

  /** When a pepper was looked for in vain; as many as the file has. */
  private final Map<String, Instant> missedAt = new ConcurrentHashMap<>();

  PepperTerms(Database database, KeyRingTable table, KeyRing ring, RowChecks checks, Clock clock) {
    this.database = database;
    this.table = table;
    this.ring = ring;
    this.checks = checks;
    this.clock = clock;
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
    if (ring.held().check(KeyKind.PEPPER, id).isEmpty()) {
      // It matches nothing: there is nothing to compute its digest with.
      checks.keyMissing(AppPasswordRow.TABLE, credential.appPassword().id());
      return credential;
    }
    Instant now = clock.instant();
    return ring.row(KeyKind.PEPPER, id)
        .or(() -> justAdded(id, now))
        .map(row -> underTerms(credential, row, now))
        .orElseGet(() ->
            id.equals(ring.active(KeyKind.PEPPER)) ? credential : revoked(credential, id, now));
  }

  /** Whether what is under that pepper counts now, as far as is known here; in memory alone. */
  boolean isInForce(String pepper) {
    if (ring.held().check(KeyKind.PEPPER, pepper).isEmpty()) {
      return false;
    }
    return ring.row(KeyKind.PEPPER, pepper)
        .map(row -> isInForce(row, clock.instant()))
        .orElseGet(() -> pepper.equals(ring.active(KeyKind.PEPPER)));
  }

  private boolean isInForce(RingRow pepper, Instant now) {
    return switch (pepper.state()) {
      case ADDED, ACTIVE, HELD -> true;
      case RETIRING -> !isOver(pepper, pepper.retireBy().orElse(now), now);
      case ENDING, RETIRED, UNKNOWN, ALTERED -> false;
    };
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
      boolean _ = ring.refresh();
    } else {
      missedAt.put(pepper, now);
    }
    return ring.row(KeyKind.PEPPER, pepper);
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
}
