package dev.postern.store.sql;

import dev.postern.store.auth.Credential;
import dev.postern.store.auth.CredentialSource;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserCredentials;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Reads what logins need. */
public final class SqlCredentialSource implements CredentialSource {
  private final Database database;
  private final UserTable users;
  private final LoginNameTable names;
  private final Clock clock;

  SqlCredentialSource(Database database, UserTable users, LoginNameTable names, Clock clock) {
    this.database = database;
    this.users = users;
    this.names = names;
    this.clock = clock;
  }

  @Override
  public Resolution resolve(LoginName name) {
    return database.read(handle -> names.resolve(handle, name));
  }

  @Override
  public Optional<UserCredentials> load(String userId) {
    return database.read(handle -> {
      Optional<User> user = users.byId(handle, userId);
      if (user.isEmpty()) {
        return Optional.empty();
      }
      List<Credential> credentials = new ArrayList<>(rows(handle, userId, "<> 'revoked'", ""));
      credentials.addAll(
          rows(
              handle,
              userId,
              "= 'revoked'",
              " ORDER BY a.state_at DESC, a.id LIMIT " + UserCredentials.REVOKED_KEPT));
      return Optional.of(
          new UserCredentials(
              user.get(), credentials, UpstreamPasswordTable.ofUser(handle, userId)));
    });
  }

  private List<Credential> rows(Handle handle, String userId, String state, String tail) {
    return handle
        .createQuery(AppPasswordRows.SELECT + "WHERE a.user_id = :user AND a.state " + state + tail)
        .bind("user", userId)
        .map(new AppPasswordRows(clock.instant()))
        .list()
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }
}
