package dev.postern.store.sql;

import dev.postern.store.auth.Secret;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowFacts;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Statements on {@code upstream_passwords}, whose values are sealed. */
final class UpstreamPasswordTable {
  /** Most bytes of a password; longer ones do not fit into a command either. */
  static final int LONGEST = 1024;

  static final String TABLE = "upstream_passwords";

  private final SecretBox secretBox;
  private final RowChecks checks;

  UpstreamPasswordTable(SecretBox secretBox, RowChecks checks) {
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
