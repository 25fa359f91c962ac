package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.auth.LoginName;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * Keeps app passwords as they are from before they are read until the transaction that changes them
 * ends, so that nobody's change is lost or refused because of another's.
 *
 * <p>Everybody locks in the same order, so that nobody waits for somebody who waits for him: first
 * users, by name, then rows of app passwords, by id. Commands lock both; what notes uses and ends
 * what has run out locks rows alone.
 */
final class AppPasswordLocks {
  private static final String ROWS = "SELECT a.id FROM app_passwords a WHERE ";

  private final UserTable users;
  private final AppPasswordTable table;
  private final Dialect dialect;

  AppPasswordLocks(UserTable users, AppPasswordTable table, Dialect dialect) {
    this.users = users;
    this.table = table;
    this.dialect = dialect;
  }

  /**
   * One app password as it is once nobody else changes those of its user any more.
   *
   * @throws RefusedException {@code NOT_FOUND} if there is none
   */
  AppPasswordRow require(Handle handle, String id) {
    AppPasswordRow row = table.require(handle, id);
    LoginName.parse(row.appPassword().user()).ifPresent(name -> users.lock(handle, name));
    working(handle, row.appPassword().userId());
    return table.require(handle, id);
  }

  /**
   * The same.
   *
   * @throws RefusedException {@code STALE} if another version is expected
   */
  AppPasswordRow require(Handle handle, String id, OptionalLong expectedVersion) {
    AppPasswordRow row = require(handle, id);
    Versions.require(expectedVersion, row.credential().version(), "app password");
    return row;
  }

  /**
   * Those app passwords, genuine ones alone, in the order of their ids, once nobody else changes
   * their users until the transaction ends.
   *
   * @param ids at least one
   */
  List<AppPasswordRow> lock(Handle handle, List<String> ids) {
    List<LoginName> owners =
        handle
            .createQuery(
                "SELECT DISTINCT u.name FROM users u JOIN app_passwords a ON a.user_id = u.id"
                    + " WHERE a.id IN (<ids>)")
            .bindList("ids", ids)
            .mapTo(String.class)
            .list()
            .stream()
            .map(LoginName::parse)
            .flatMap(Optional::stream)
            .toList();
    if (owners.isEmpty()) {
      return List.of();
    }
    var _ = users.lock(handle, owners);
    rows(handle, ids);
    return table.byIds(handle, ids);
  }

  /** All of a user, who is locked, that may be changed: those that have not ended. */
  void working(Handle handle, String userId) {
    lockRows(
        handle,
        "a.user_id = :user AND a.state IN ('active', 'suspended')",
        query -> query.bind("user", userId));
  }

  /** All of a user, who is locked and about to be removed with them. */
  void all(Handle handle, String userId) {
    lockRows(handle, "a.user_id = :user", query -> query.bind("user", userId));
  }

  /** Those rows, whose users are locked if anybody is. */
  void rows(Handle handle, Collection<String> ids) {
    if (!ids.isEmpty()) {
      lockRows(handle, "a.id IN (<ids>)", query -> query.bindList("ids", List.copyOf(ids)));
    }
  }

  /**
   * Those rows, and those that some of them replace.
   *
   * @param successors at least one
   */
  void rowsAndPredecessors(Handle handle, Collection<String> ids, List<String> successors) {
    Set<String> both = new TreeSet<>(ids);
    both.addAll(
        handle
            .createQuery(
                "SELECT replaces FROM app_passwords WHERE id IN (<ids>) AND replaces IS NOT NULL")
            .bindList("ids", successors)
            .mapTo(String.class)
            .list());
    rows(handle, both);
  }

  /** What a condition of rows needs. */
  private interface Values {
    Query bind(Query query);
  }

  private void lockRows(Handle handle, String where, Values values) {
    if (!dialect.rowLock().isEmpty()) {
      var _ =
          values
              .bind(handle.createQuery(ROWS + where + " ORDER BY a.id" + dialect.rowLock("a")))
              .mapTo(String.class)
              .list();
    }
  }
}
