package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.auth.LoginName;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Keeps app passwords of many users as they are while a batch of them is changed. */
final class AppPasswordLocks {
  private final UserTable users;
  private final AppPasswordTable table;

  AppPasswordLocks(UserTable users, AppPasswordTable table) {
    this.users = users;
    this.table = table;
  }

  /**
   * One app password as it is once nobody else changes those of its user any more.
   *
   * @throws RefusedException {@code NOT_FOUND} if there is none
   */
  AppPasswordRow require(Handle handle, String id) {
    String user = table.require(handle, id).appPassword().user();
    LoginName.parse(user).ifPresent(name -> users.lock(handle, name));
    return table.require(handle, id);
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
    return table.byIds(handle, ids);
  }
}
