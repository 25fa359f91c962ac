package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.Update;

/** Statements on {@code key_ring}. What is read has been checked, and what is written is signed. */
final class KeyRingTable {
  /** Most rows, which is more than a site has in its life. */
  static final int MOST = 1000;

  /** Cut behind what Postern writes at most, so that nobody else can fill the memory. */
  private static final String SELECT =
      "SELECT kind, substr(key_id, 1, 200) AS key_id, substr(check_value, 1, 200) AS check_value,"
          + " substr(state, 1, 20) AS state, activated_at, retire_by, version,"
          + " substr(signature, 1, 200) AS signature"
          + " FROM key_ring ";

  private static final String ORDER = "ORDER BY key_ring.kind, key_ring.key_id LIMIT " + MOST;

  private final Dialect dialect;
  private final RowChecks checks;

  KeyRingTable(Dialect dialect, RowChecks checks) {
    this.dialect = dialect;
    this.checks = checks;
  }

  /**
   * A row as it is there.
   *
   * @param version as stored, whether it is to be believed or not
   * @param check as stored
   * @param genuine empty if it is not what Postern wrote
   */
  record Found(KeyKind kind, String id, long version, String check, Optional<RingRow> genuine) {}

  /**
   * All rows. An alarm for each that is not genuine.
   *
   * @throws StoreException if there are more than {@value #MOST}; nothing is believed of them then
   */
  List<Found> all(Handle handle) {
    requireOurSize(handle);
    return found(handle.createQuery(SELECT + ORDER));
  }

  /**
   * Whether the row of an active integrity key says that such a one signed it; it is not checked.
   */
  boolean isSignedByOwnKey(Handle handle) {
    return handle
        .createQuery(
            """
            SELECT 1 FROM key_ring
            WHERE kind = 'integrity' AND state = 'active'
            AND key_id NOT LIKE 'sealing/%' AND signature NOT LIKE 'sealing/%' LIMIT 1
            """)
        .mapTo(Integer.class)
        .findFirst()
        .isPresent();
  }

  /** The pepper that new app passwords are made with now; empty if no genuine row says so. */
  Optional<String> activePepper(Handle handle) {
    return all(handle).stream()
        .flatMap(found -> found.genuine().stream())
        .filter(row -> row.kind() == KeyKind.PEPPER && row.state() == KeyState.ACTIVE)
        .max(Comparator.comparing(row -> row.activatedAt().orElse(Instant.EPOCH)))
        .map(RingRow::id);
  }

  /**
   * All rows, which nobody else changes until the transaction ends.
   *
   * @throws StoreException as {@link #all}
   */
  List<Found> lock(Handle handle) {
    requireOurSize(handle);
    return found(handle.createQuery(SELECT + ORDER + dialect.rowLock()));
  }

  private List<Found> found(Query query) {
    return query.map(this::map).list().stream().flatMap(Optional::stream).toList();
  }

  private void requireOurSize(Handle handle) {
    int rows =
        handle
            .createQuery("SELECT COUNT(*) FROM (SELECT 1 FROM key_ring LIMIT :most) AS counted")
            .bind("most", MOST + 1)
            .mapTo(Integer.class)
            .one();
    if (rows > MOST) {
      checks.malformed(RingRow.TABLE, "after " + MOST);
      throw new StoreException(
          "the key ring in the database holds more than "
              + MOST
              + " keys, which Postern does not write",
          "Delete the rows that you do not know from the table key_ring, and find out who wrote"
              + " them.");
    }
  }

  /** Writes a row as its next version, over whatever is there; the ring is locked. */
  RingRow put(Handle handle, RingRow row) {
    RingRow next = row.next();
    int _ =
        bind(
                handle.createUpdate(
                    """
                    INSERT INTO key_ring (kind, key_id, check_value, state, activated_at, retire_by,
                        version, signature)
                    VALUES (:kind, :id, :check, :state, :activatedAt, :retireBy, :version, :signature)
                    ON CONFLICT (kind, key_id)
                    DO UPDATE SET check_value = excluded.check_value, state = excluded.state,
                        activated_at = excluded.activated_at, retire_by = excluded.retire_by,
                        version = excluded.version, signature = excluded.signature
                    """),
                next)
            .execute();
    return next;
  }

  /**
   * Writes a changed row back as its next version.
   *
   * @throws RefusedException {@code CONFLICT} if it was changed since it was read
   */
  RingRow save(Handle handle, RingRow changed) {
    RingRow next = changed.next();
    int written =
        bind(
                handle.createUpdate(
                    """
                    UPDATE key_ring SET check_value = :check, state = :state,
                        activated_at = :activatedAt, retire_by = :retireBy, version = :version,
                        signature = :signature
                    WHERE kind = :kind AND key_id = :id AND version = :version - 1
                    """),
                next)
            .execute();
    if (written == 0) {
      throw new RefusedException(
          RefusedException.Code.CONFLICT,
          "somebody else changed the same key at the same time",
          "See 'postern keys status' and repeat the command if it is still needed.");
    }
    return next;
  }

  /** What is said of a key whose row is not genuine, or not there. */
  static RefusedException altered(KeyKind kind, String id) {
    return new RefusedException(
        RefusedException.Code.STATE,
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

  private Update bind(Update update, RingRow row) {
    return update
        .bind("kind", row.kind().word())
        .bind("id", row.id())
        .bind("check", row.check())
        .bind("state", row.state().word())
        .bind("activatedAt", row.activatedAt().map(Instant::toEpochMilli).orElse(null))
        .bind("retireBy", row.retireBy().map(Instant::toEpochMilli).orElse(null))
        .bind("version", row.version())
        .bind("signature", checks.sign(row.facts()));
  }

  /** Empty if it is a row of no key at all. */
  private Optional<Found> map(ResultSet row, StatementContext context) throws SQLException {
    String kindWord = row.getString("kind");
    String id = row.getString("key_id");
    String check = row.getString("check_value");
    Optional<KeyKind> found = KeyKind.ofWord(kindWord);
    if (found.isEmpty() || check == null) {
      checks.malformed(RingRow.TABLE, kindWord + "/" + id);
      return Optional.empty();
    }
    KeyKind kind = found.get();
    long version = row.getLong("version");
    String state = row.getString("state");
    Optional<RingRow> read =
        Stream.of(KeyState.values())
            .filter(known -> known.word().equals(state))
            .findFirst()
            .map(known -> {
              try {
                return new RingRow(
                    kind,
                    id,
                    check,
                    known,
                    instant(row, "activated_at"),
                    instant(row, "retire_by"),
                    version);
              } catch (SQLException e) {
                throw new IllegalStateException("key_ring has other columns", e);
              }
            });
    if (read.isEmpty()) {
      checks.malformed(RingRow.TABLE, RingRow.name(kind, id));
      return Optional.of(new Found(kind, id, version, check, Optional.empty()));
    }
    boolean isGenuine =
        checks.isGenuine(
            RingRow.TABLE,
            read.get().name(),
            version,
            read.get().facts(),
            row.getString("signature"));
    return Optional.of(new Found(kind, id, version, check, isGenuine ? read : Optional.empty()));
  }

  private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(value));
  }

  SignedTable signed() {
    return new SignedTable(
        RingRow.TABLE,
        RingRow.TABLE,
        List.of("kind", "key_id"),
        SELECT,
        (row, context) -> map(row, context).flatMap(Found::genuine).map(RingRow::facts));
  }
}
