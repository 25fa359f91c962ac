package dev.postern.store.sql;

import dev.postern.store.auth.Credential;
import dev.postern.store.auth.CredentialSource.Answer;
import dev.postern.store.auth.CredentialSource.Found;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.NameRules;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserCredentials;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.seal.Sealed;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The one question that a login which is not cached asks of the database: whose name is this, and
 * what belongs to that user. One statement, because a round trip costs more than everything else in
 * it. Each row of the answer has a login name, its user, and perhaps one app password and one
 * upstream password; those that fit together are few.
 *
 * <p>What it costs is what users wait for, so it is plain JDBC and asks for no more than a login
 * needs: the app passwords that are found do not know their own login names.
 */
final class CredentialQuery {
  private static final String ROWS =
      """
      SELECT n.name AS n_name, n.user_id AS n_user_id, n.app_password_id AS n_app_password_id,
          n.version AS n_version, n.signature AS n_signature,
          u.id AS u_id, u.name AS u_name, u.upstream AS u_upstream,
          u.upstream_user AS u_upstream_user, u.group_name AS u_group_name,
          u.protected AS u_protected, u.disabled_at AS u_disabled_at,
          u.disabled_reason AS u_disabled_reason, u.created_at AS u_created_at,
          u.created_by AS u_created_by, u.version AS u_version, u.signature AS u_signature,
          p.upstream AS p_upstream, p.version AS p_version, p.sealed AS p_sealed,
          p.signature AS p_signature,
      """
          + AppPasswordRows.COLUMNS
          + """
          , NULL AS login_name
          FROM login_names n
          JOIN users u ON u.id = n.user_id
          LEFT JOIN upstream_passwords p ON p.user_id = u.id
          LEFT JOIN app_passwords a ON a.user_id = u.id
              AND (a.state IN ('active', 'suspended') OR a.id IN (
                  SELECT e.id FROM app_passwords e
                  WHERE e.user_id = u.id AND e.state IN ('revoked', 'expired')
                  ORDER BY e.state_at DESC, e.id LIMIT ?))
          WHERE n.name =
          """;

  static final String SELECT = ROWS + "?";

  /** Of several names the first that is there. */
  private static final String SELECT_FIRST =
      ROWS
          + """
          (SELECT f.name
          FROM (VALUES (1, ?), (2, ?), (3, ?), (4, ?)) wanted
          JOIN login_names f ON f.name = wanted.column2
          ORDER BY wanted.column1 LIMIT 1)
          """;

  /**
   * SQLite's driver reads the names of all columns before it says that there is no row. Of a name
   * that nobody has, of which there are thousands a second under attack, that was most of the work.
   */
  private static final String SELECT_ANY = "SELECT 1 FROM login_names WHERE name IN (?, ?, ?, ?)";

  private final LastingStatement selectAny = new LastingStatement(SELECT_ANY);
  private final LastingStatement select = new LastingStatement(SELECT);
  private final LastingStatement selectFirst = new LastingStatement(SELECT_FIRST);
  private final UserTable users;
  private final LoginNameTable names;
  private final AppPasswordRows appPasswords;
  private final UpstreamPasswordTable upstreamPasswords;
  private final RowChecks checks;

  CredentialQuery(
      UserTable users,
      LoginNameTable names,
      UpstreamPasswordTable upstreamPasswords,
      RowChecks checks) {
    this.users = users;
    this.names = names;
    this.appPasswords = new AppPasswordRows(checks);
    this.upstreamPasswords = upstreamPasswords;
    this.checks = checks;
  }

  /**
   * Nobody is found if nobody has the name, or its row or the user's is not genuine. The app
   * passwords are as their rows say, whatever their peppers let them count for.
   */
  Answer find(Connection connection, List<LoginName> names) throws SQLException {
    return LastingStatement.isLasting(connection) && !isAnyThere(connection, names)
        ? new Answer(names.size(), Optional.empty())
        : findAll(connection, names);
  }

  private boolean isAnyThere(Connection connection, List<LoginName> names) throws SQLException {
    return selectAny.ask(
        connection,
        statement -> {
          for (int i = 0; i < NameRules.MOST_SPELLINGS; i++) {
            statement.setString(i + 1, names.get(Math.min(i, names.size() - 1)).value());
          }
          try (ResultSet row = statement.executeQuery()) {
            return row.next();
          }
        });
  }

  private Answer findAll(Connection connection, List<LoginName> names) throws SQLException {
    boolean isOne = names.size() == 1;
    return (isOne ? select : selectFirst)
        .ask(
            connection,
            statement -> {
              statement.setInt(1, UserCredentials.REVOKED_KEPT);
              for (int i = 0; i < (isOne ? 1 : NameRules.MOST_SPELLINGS); i++) {
                statement.setString(i + 2, names.get(Math.min(i, names.size() - 1)).value());
              }
              try (ResultSet row = statement.executeQuery()) {
                return row.next()
                    ? new Answer(place(row.getString("n_name"), names), gather(row))
                    : new Answer(names.size(), Optional.empty());
              }
            });
  }

  private static int place(String found, List<LoginName> names) {
    for (int place = 0; place < names.size(); place++) {
      if (names.get(place).value().equals(found)) {
        return place;
      }
    }
    throw new IllegalStateException("the database found a name that it was not asked for");
  }

  private Optional<Found> gather(ResultSet row) throws SQLException {
    Optional<LoginNameTable.Name> name = names.map(row, "n_");
    Optional<User> user = users.map(row, "u_");
    if (name.isEmpty() || user.isEmpty()) {
      return Optional.empty();
    }
    String userId = user.get().id();
    checks.committed(LoginNameTable.TABLE, name.get().row(), name.get().version());
    checks.committed(UserTable.TABLE, userId, user.get().version());
    // By id, since each appears as often as there are rows of the other kind.
    Map<String, Optional<AppPasswordRow>> credentials = new LinkedHashMap<>();
    Map<String, Optional<Sealed>> passwords = new HashMap<>();
    do {
      String id = row.getString("id");
      if (id != null && !credentials.containsKey(id)) {
        credentials.put(id, appPasswords.map(row));
      }
      String upstream = row.getString("p_upstream");
      if (upstream != null && !passwords.containsKey(upstream)) {
        passwords.put(
            upstream,
            upstreamPasswords.read(
                userId,
                upstream,
                row.getLong("p_version"),
                row.getString("p_sealed"),
                row.getString("p_signature")));
      }
    } while (row.next());
    return Optional.of(
        new Found(
            new UserCredentials(user.get(), credentials(credentials), passwords(passwords)),
            name.get().appPasswordId()));
  }

  private List<Credential> credentials(Map<String, Optional<AppPasswordRow>> rows) {
    List<Credential> credentials = new ArrayList<>();
    for (Optional<AppPasswordRow> row : rows.values()) {
      row.ifPresent(genuine -> {
        checks.committed(AppPasswordRow.TABLE, genuine.id(), genuine.credential().version());
        credentials.add(genuine.credential());
      });
    }
    return credentials;
  }

  private Map<String, Sealed> passwords(Map<String, Optional<Sealed>> rows) {
    Map<String, Sealed> passwords = new HashMap<>();
    rows.forEach((upstream, row) ->
        row.ifPresent(genuine -> {
          Sealed.Place place = genuine.place();
          checks.committed(UpstreamPasswordTable.TABLE, place.row(), place.version());
          passwords.put(upstream, genuine);
        }));
    return passwords;
  }
}
