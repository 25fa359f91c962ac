package dev.postern.store.sql;

import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.NameRules;
import dev.postern.store.auth.User;
import dev.postern.store.integrity.RowChecks;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Fills an empty database with {@link GeneratedUsers}: genuine rows, signed as those of a store
 * with {@link BenchConfig#of}. Into PostgreSQL by COPY without checks of foreign keys (millions
 * take minutes), into SQLite in one transaction and without ANALYZE, which nobody does there: with
 * its figures SQLite would plan a statement anew for each value that is bound to it.
 */
final class CredentialFill {
  static final int PER_USER = 3;
  private static final int BATCH = 1000;
  private static final int BUFFER = 1 << 16;

  private final GeneratedUsers generated = new GeneratedUsers();
  private final RowChecks checks = BenchConfig.rowChecks();
  private final int users;

  CredentialFill(int users) {
    this.users = users;
  }

  void fill(Database database) throws SQLException {
    switch (database.dialect()) {
      case POSTGRESQL -> copy(database);
      case SQLITE -> {
        int _ =
            database.write(handle -> {
              for (int first = 0; first < users; first += BATCH) {
                insert(handle, database.dialect(), first, Math.min(users, first + BATCH));
              }
              return users;
            });
      }
    }
  }

  private void insert(Handle handle, Dialect dialect, int first, int end) {
    List<User> batch = new ArrayList<>();
    List<Credential> credentials = new ArrayList<>();
    for (int user = first; user < end; user++) {
      batch.add(generated.user(user));
      for (int number = 0; number < PER_USER; number++) {
        credentials.add(generated.credential(user, number));
      }
    }
    insert(handle, dialect, checks, batch, credentials);
  }

  /** Writes such users with their names and app passwords. */
  static void insert(
      Handle handle,
      Dialect dialect,
      RowChecks checks,
      List<User> users,
      List<Credential> credentials) {
    new UserTable(dialect, checks, new SecureRandom()).insert(handle, users);
    new LoginNameTable(checks, NameRules.EXACT).claimAll(handle, users, _ -> {});
    new AppPasswordTable(checks).insert(handle, credentials);
  }

  private void copy(Database database) throws SQLException {
    try (Connection connection = database.direct();
        Statement statement = connection.createStatement()) {
      // As a replica the server does not look up what each row refers to.
      boolean _ = statement.execute("SET session_replication_role = replica");
      copy(
          connection,
          "users (id, name, protected, created_at, created_by, version, signature)",
          this::userLine);
      // One pass each: the app passwords of one user were made at different times and lie apart.
      for (int number = 0; number < PER_USER; number++) {
        int pass = number;
        copy(
            connection,
            "app_passwords (id, user_id, label, scopes, networks, secret, machine_made, state,"
                + " created_at, created_by, version, signature)",
            user -> credentialLine(generated.credential(user, pass)));
      }
      copy(connection, "login_names (name, user_id, version, signature)", this::nameLine);
      // With a longer patience than a login has.
      connection.setNetworkTimeout(Runnable::run, 1_200_000);
      boolean _ = statement.execute("VACUUM ANALYZE");
    }
  }

  private String userLine(int user) {
    User made = generated.user(user);
    return line(
        made.id(),
        made.name(),
        "0",
        made.createdAt().toEpochMilli(),
        made.createdBy(),
        made.version(),
        checks.sign(UserTable.facts(made)));
  }

  private String credentialLine(Credential credential) {
    AppPasswordRow row = AppPasswordRow.of(credential);
    AppPassword made = row.appPassword();
    return line(
        made.id(),
        made.userId(),
        made.label(),
        AppPasswordRows.print(made.scopes()),
        AppPasswordRows.print(made.networks()),
        row.storedForm(),
        "1",
        made.state().word(),
        made.createdAt().toEpochMilli(),
        made.createdBy(),
        credential.version(),
        checks.sign(row.facts()));
  }

  private String nameLine(int user) {
    String name = GeneratedUsers.name(user);
    String id = GeneratedUsers.id(user);
    return line(
        name, id, 1, checks.sign(new LoginNameTable.Name(name, id, Optional.empty(), 1).facts()));
  }

  /** None of the values has a tabulator or a backslash. */
  private static String line(Object... values) {
    StringBuilder line = new StringBuilder();
    for (Object value : values) {
      line.append(line.isEmpty() ? "" : "\t").append(value);
    }
    return line.append('\n').toString();
  }

  private void copy(Connection connection, String columns, Lines lines) throws SQLException {
    connection.setNetworkTimeout(Runnable::run, 1_200_000);
    CopyIn copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("COPY " + columns + " FROM STDIN");
    StringBuilder buffer = new StringBuilder(2 * BUFFER);
    for (int user = 0; user < users; user++) {
      buffer.append(lines.of(user));
      if (buffer.length() > BUFFER || user == users - 1) {
        byte[] bytes = buffer.toString().getBytes(StandardCharsets.US_ASCII);
        copy.writeToCopy(bytes, 0, bytes.length);
        buffer.setLength(0);
      }
    }
    long _ = copy.endCopy();
  }

  private interface Lines {
    String of(int user);
  }
}
