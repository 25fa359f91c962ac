package dev.postern.store.sql;

import dev.postern.store.auth.Credential;
import dev.postern.store.auth.CredentialSource;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserCredentials;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.seal.Sealed;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jdbi.v3.core.Handle;

/**
 * Reads what logins need. Each row is checked as it is read, and its version remembered: what is
 * read here has been committed.
 */
public final class SqlCredentialSource implements CredentialSource {
  private final Database database;
  private final UserTable users;
  private final CredentialQuery query;
  private final AppPasswordTable appPasswords;
  private final UpstreamPasswordTable upstreamPasswords;
  private final PepperTerms terms;
  private final RowChecks checks;
  private final BooleanSupplier hasImports;

  SqlCredentialSource(
      Database database,
      UserTable users,
      LoginNameTable names,
      AppPasswordTable appPasswords,
      UpstreamPasswordTable upstreamPasswords,
      PepperTerms terms,
      RowChecks checks,
      BooleanSupplier hasImports) {
    this.database = database;
    this.users = users;
    this.query = new CredentialQuery(users, names, upstreamPasswords, checks);
    this.appPasswords = appPasswords;
    this.upstreamPasswords = upstreamPasswords;
    this.terms = terms;
    this.checks = checks;
    this.hasImports = hasImports;
  }

  @Override
  public boolean hasImports() {
    return hasImports.getAsBoolean();
  }

  @Override
  public Answer find(List<LoginName> names) {
    Answer answer = database.ask(connection -> query.find(connection, names));
    return new Answer(
        answer.place(),
        answer.found().map(found -> new Found(underTerms(found.rows()), found.sole())));
  }

  @Override
  public Optional<UserCredentials> load(String userId) {
    return database.read(handle -> rows(handle, userId)).map(this::underTerms);
  }

  private Optional<UserCredentials> rows(Handle handle, String userId) {
    Optional<User> user = users.byId(handle, userId);
    if (user.isEmpty()) {
      return Optional.empty();
    }
    List<Credential> credentials = credentials(handle, userId);
    Map<String, Sealed> passwords = upstreamPasswords.ofUser(handle, userId);
    checks.committed(UserTable.TABLE, userId, user.get().version());
    credentials.forEach(credential ->
        checks.committed(
            AppPasswordRow.TABLE, credential.appPassword().id(), credential.version()));
    passwords
        .values()
        .forEach(sealed ->
            checks.committed(
                UpstreamPasswordTable.TABLE, sealed.place().row(), sealed.place().version()));
    return Optional.of(new UserCredentials(user.get(), credentials, passwords));
  }

  /** With no connection in hand, since the ring may need one: as many might wait as there are. */
  private UserCredentials underTerms(UserCredentials rows) {
    return new UserCredentials(
        rows.user(),
        rows.credentials().stream().map(terms::underTerms).toList(),
        rows.upstreamPasswords());
  }

  /**
   * Those that may work, and the newest of those that have ended, so that a refusal can say why.
   */
  private List<Credential> credentials(Handle handle, String userId) {
    return appPasswords
        .select(
            handle,
            """
            WHERE a.user_id = :user AND (a.state IN ('active', 'suspended') OR a.id IN (
                SELECT id FROM app_passwords
                WHERE user_id = :user AND state IN ('revoked', 'expired')
                ORDER BY state_at DESC, id LIMIT :kept))
            """,
            Map.of("user", userId, "kept", UserCredentials.REVOKED_KEPT))
        .stream()
        .map(AppPasswordRow::credential)
        .toList();
  }
}
