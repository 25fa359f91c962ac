package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.audit.Snapshot;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.User;
import dev.postern.store.auth.Users;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Gives users other names to log in with, and takes them away. */
final class Aliases {
  private final Database database;
  private final Writes writes;
  private final UserTable users;
  private final LoginNameTable names;
  private final ChangeLog changeLog;

  Aliases(
      Database database,
      Writes writes,
      UserTable users,
      LoginNameTable names,
      ChangeLog changeLog) {
    this.database = database;
    this.writes = writes;
    this.users = users;
    this.names = names;
    this.changeLog = changeLog;
  }

  List<String> of(LoginName name) {
    return database.read(handle ->
        names.aliases(
            handle, users.byName(handle, name).orElseThrow(() -> UserTable.unknown(name))));
  }

  void add(LoginName name, LoginName alias, Actor actor) {
    boolean _ =
        writes.run((handle, changes) -> {
          User user = users.lock(handle, name);
          List<String> held = names.aliases(handle, user);
          if (held.contains(alias.value())) {
            return false;
          }
          if (held.size() >= Users.MOST_ALIASES) {
            throw new RefusedException(
                RefusedException.Code.LIMIT,
                "the user " + user.name() + " has " + held.size() + " aliases, as many as allowed",
                "Remove one that is not needed any more.");
          }
          names.claim(handle, alias, user.id(), Optional.empty(), changes);
          record(handle, actor, "add-alias", user, Optional.empty(), Optional.of(alias));
          return true;
        });
  }

  void remove(LoginName name, LoginName alias, Actor actor) {
    boolean _ =
        writes.run((handle, changes) -> {
          User user = users.lock(handle, name);
          if (!names.release(handle, alias, user, changes)) {
            throw new RefusedException(
                RefusedException.Code.NOT_FOUND,
                "the user " + user.name() + " has no alias " + alias,
                "See 'postern user show " + user.name() + "'.");
          }
          record(handle, actor, "remove-alias", user, Optional.of(alias), Optional.empty());
          return true;
        });
  }

  private void record(
      Handle handle,
      Actor actor,
      String verb,
      User user,
      Optional<LoginName> before,
      Optional<LoginName> after) {
    changeLog.write(
        handle,
        actor,
        writes.now(),
        new ChangeLog.Entry(
            "user." + verb,
            new Subject("user", user.id(), Optional.of(user.name()), Optional.of(user.id())),
            before.map(Aliases::snapshot),
            after.map(Aliases::snapshot),
            Optional.empty()));
  }

  private static String snapshot(LoginName alias) {
    return Snapshot.start().text("alias", alias.value()).end();
  }
}
