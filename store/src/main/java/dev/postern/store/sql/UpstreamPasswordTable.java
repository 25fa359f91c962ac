package dev.postern.store.sql;

import dev.postern.store.auth.Secret;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import java.util.HashMap;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** Statements on {@code upstream_passwords}, whose values are sealed. */
final class UpstreamPasswordTable {
  /** Most bytes of a password; longer ones do not fit into a command either. */
  static final int LONGEST = 1024;

  private final SecretBox secretBox;

  UpstreamPasswordTable(SecretBox secretBox) {
    this.secretBox = secretBox;
  }

  /** Sealed passwords by upstream. */
  static Map<String, Sealed> ofUser(Handle handle, String userId) {
    Map<String, Sealed> passwords = new HashMap<>();
    handle
        .createQuery(
            "SELECT upstream, version, sealed FROM upstream_passwords WHERE user_id = :user")
        .bind("user", userId)
        .map((row, _) -> {
          String upstream = row.getString("upstream");
          return Map.entry(
              upstream,
              new Sealed(row.getString("sealed"), place(userId, upstream, row.getLong("version"))));
        })
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
    handle
        .createUpdate(
            """
            INSERT INTO upstream_passwords (user_id, upstream, version, sealed, signature)
            VALUES (:user, :upstream, :version, :sealed, '')
            ON CONFLICT (user_id, upstream)
            DO UPDATE SET version = excluded.version, sealed = excluded.sealed
            """)
        .bind("user", userId)
        .bind("upstream", upstream)
        .bind("version", version)
        .bind("sealed", secretBox.seal(password, place(userId, upstream, version)).text())
        .execute();
  }

  private static Sealed.Place place(String userId, String upstream, long version) {
    return new Sealed.Place(
        "upstream_passwords", userId + "/" + upstream, userId, upstream, "sealed", version);
  }
}
