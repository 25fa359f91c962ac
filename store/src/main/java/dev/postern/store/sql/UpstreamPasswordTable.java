package dev.postern.store.sql;

import dev.postern.store.auth.Secret;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowFacts;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.seal.SecretBox.SealBrokenException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Statements on {@code upstream_passwords}, whose values are sealed. */
final class UpstreamPasswordTable {
  /** Most bytes of a password; longer ones do not fit into a command either. */
  static final int LONGEST = 1024;

  static final String TABLE = "upstream_passwords";

  private static final String SELECT =
      "SELECT user_id, upstream, version, sealed, signature FROM upstream_passwords ";

  private final SecretBox secretBox;
  private final RowChecks checks;
  private final Dialect dialect;

  UpstreamPasswordTable(Dialect dialect, SecretBox secretBox, RowChecks checks) {
    this.dialect = dialect;
    this.secretBox = secretBox;
    this.checks = checks;
  }

  /** Sealed passwords by upstream, of genuine rows. */
  Map<String, Sealed> ofUser(Handle handle, String userId) {
    Map<String, Sealed> passwords = new HashMap<>();
    handle
        .createQuery(
            "SELECT upstream, version, sealed, signature FROM upstream_passwords"
                + " WHERE user_id = :user")
        .bind("user", userId)
        .map((row, _) -> {
          String upstream = row.getString("upstream");
          return read(
                  userId,
                  upstream,
                  row.getLong("version"),
                  row.getString("sealed"),
                  row.getString("signature"))
              .map(sealed -> Map.entry(upstream, sealed));
        })
        .list()
        .stream()
        .flatMap(Optional::stream)
        .forEach(entry -> passwords.put(entry.getKey(), entry.getValue()));
    return passwords;
  }

  /** Keeps a password in place of an earlier one. The user is locked. */
  void put(Handle handle, String userId, String upstream, Secret password) {
    long version =
        handle
            .createQuery(
                "SELECT COALESCE(MAX(version), 0) + 1 FROM upstream_passwords"
                    + " WHERE user_id = :user AND upstream = :upstream")
            .bind("user", userId)
            .bind("upstream", upstream)
            .mapTo(Long.class)
            .one();
    String sealed = secretBox.seal(password, place(userId, upstream, version)).text();
    handle
        .createUpdate(
            """
            INSERT INTO upstream_passwords (user_id, upstream, version, sealed, signature)
            VALUES (:user, :upstream, :version, :sealed, :signature)
            ON CONFLICT (user_id, upstream)
            DO UPDATE SET version = excluded.version, sealed = excluded.sealed,
                signature = excluded.signature
            """)
        .bind("user", userId)
        .bind("upstream", upstream)
        .bind("version", version)
        .bind("sealed", sealed)
        .bind("signature", checks.sign(facts(userId, upstream, version, sealed)))
        .execute();
  }

  /**
   * Seals a page anew, as next versions, under the active key. Nobody needs to hear of it: what is
   * cached opens as long as the old key is held.
   *
   * @param behind user and upstream of the last row before the page
   */
  Renewal.Page reseal(Handle handle, String keyId, Optional<List<String>> behind) {
    List<Row> rows = under(handle, keyId, behind);
    if (rows.isEmpty()) {
      return Renewal.Page.EMPTY;
    }
    PreparedBatch batch =
        handle.prepareBatch(
            """
            UPDATE upstream_passwords
            SET version = :version, sealed = :sealed, signature = :signature
            WHERE user_id = :user AND upstream = :upstream AND sealed = :old
            """);
    int renewed = 0;
    for (Row row : rows) {
      Optional<String> fresh = row.genuine().flatMap(this::resealed);
      if (fresh.isPresent()) {
        renewed++;
        long version = row.version() + 1;
        batch
            .bind("user", row.userId())
            .bind("upstream", row.upstream())
            .bind("version", version)
            .bind("sealed", fresh.get())
            .bind("old", row.sealed())
            .bind(
                "signature", checks.sign(facts(row.userId(), row.upstream(), version, fresh.get())))
            .add();
      }
    }
    if (renewed > 0) {
      batch.execute();
    }
    Row last = rows.getLast();
    return new Renewal.Page(
        Optional.of(List.of(last.userId(), last.upstream())), renewed, rows.size() - renewed);
  }

  private record Row(
      String userId, String upstream, long version, String sealed, Optional<Sealed> genuine) {}

  private List<Row> under(Handle handle, String keyId, Optional<List<String>> behind) {
    String beginning = KeyUses.sealedBeginning(keyId);
    return handle
        .createQuery(
            SELECT
                + "WHERE substr(sealed, 1, :length) = :beginning"
                + " AND (user_id, upstream) > (:user, :upstream)"
                + " ORDER BY user_id, upstream LIMIT "
                + Renewal.PAGE
                + dialect.freeRowLock(TABLE))
        .bind("length", beginning.length())
        .bind("beginning", beginning)
        .bind("user", behind.map(List::getFirst).orElse(""))
        .bind("upstream", behind.map(List::getLast).orElse(""))
        .map((row, _) -> {
          String userId = row.getString("user_id");
          String upstream = row.getString("upstream");
          long version = row.getLong("version");
          String sealed = row.getString("sealed");
          return new Row(
              userId,
              upstream,
              version,
              sealed,
              read(userId, upstream, version, sealed, row.getString("signature")));
        })
        .list();
  }

  private Optional<String> resealed(Sealed old) {
    Sealed.Place place = old.place();
    try (Secret password = secretBox.open(old)) {
      return Optional.of(
          secretBox
              .seal(password, place(place.userId(), place.upstream(), place.version() + 1))
              .text());
    } catch (SealBrokenException _) {
      checks.malformed(TABLE, place.row());
      return Optional.empty();
    }
  }

  SignedTable signed() {
    return new SignedTable(
        TABLE,
        TABLE,
        List.of("user_id", "upstream"),
        SELECT,
        (row, _) -> {
          String userId = row.getString("user_id");
          String upstream = row.getString("upstream");
          long version = row.getLong("version");
          String sealed = row.getString("sealed");
          return read(userId, upstream, version, sealed, row.getString("signature"))
              .map(_ -> facts(userId, upstream, version, sealed));
        });
  }

  /** A sealed password; empty, and an alarm, if its row is not genuine. */
  Optional<Sealed> read(
      String userId, String upstream, long version, String sealed, String signature) {
    return checks.isGenuine(
            TABLE,
            row(userId, upstream),
            version,
            facts(userId, upstream, version, sealed),
            signature)
        ? Optional.of(new Sealed(sealed, place(userId, upstream, version)))
        : Optional.empty();
  }

  private static RowFacts facts(String userId, String upstream, long version, String sealed) {
    return RowFacts.of(TABLE).text(userId).text(upstream).number(version).text(sealed);
  }

  private static String row(String userId, String upstream) {
    return userId + "/" + upstream;
  }

  private static Sealed.Place place(String userId, String upstream, long version) {
    return new Sealed.Place(TABLE, row(userId, upstream), userId, upstream, "sealed", version);
  }
}
