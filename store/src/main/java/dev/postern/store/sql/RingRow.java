package dev.postern.store.sql;

import dev.postern.store.integrity.RowFacts;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import java.time.Instant;
import java.util.Optional;

/**
 * A row of {@code key_ring}.
 *
 * @param check see {@link HeldKeys}
 */
record RingRow(
    KeyKind kind,
    String id,
    String check,
    KeyState state,
    Optional<Instant> activatedAt,
    Optional<Instant> retireBy,
    long version) {
  static final String TABLE = "key_ring";

  RowFacts facts() {
    return RowFacts.of(TABLE)
        .text(kind.word())
        .text(id)
        .text(check)
        .text(state.word())
        .number(activatedAt.map(Instant::toEpochMilli))
        .number(retireBy.map(Instant::toEpochMilli))
        .number(version);
  }

  /** {@code KIND/ID}. */
  String name() {
    return name(kind, id);
  }

  static String name(KeyKind kind, String id) {
    return kind.word() + "/" + id;
  }

  RingRow with(KeyState newState) {
    return new RingRow(kind, id, check, newState, activatedAt, retireBy, version);
  }

  RingRow activated(Instant at) {
    return new RingRow(kind, id, check, KeyState.ACTIVE, Optional.of(at), retireBy, version);
  }

  RingRow retiring(Instant by) {
    return new RingRow(kind, id, check, KeyState.RETIRING, activatedAt, Optional.of(by), version);
  }

  RingRow next() {
    return new RingRow(kind, id, check, state, activatedAt, retireBy, version + 1);
  }
}
