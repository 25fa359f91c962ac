package dev.postern.store.sql;

import dev.postern.store.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * Brings the schema up to date with Flyway, from {@code db/migration}.
 *
 * <p>Looks first whether there is anything to do: Flyway takes as long to start as everything else
 * here together, and most starts find the schema as it should be.
 */
final class Migrations {
  /** The newest file in {@code db/migration}; a test compares. */
  static final int CURRENT = 21;

  /** Older schemas were those of previews, whose rows are not signed. */
  private static final int FIRST = 2;

  /** While the first migration is under way. */
  private static final int NONE = 0;

  private static final String HISTORY = "postern_schema_history";

  private final Connections connections;

  Migrations(Connections connections) {
    this.connections = connections;
  }

  /**
   * @throws StoreException if the schema is missing or older and may not be changed, or newer than
   *     this program works with, or the database is somebody else's
   */
  void bringUpToDate(boolean mayMigrate) {
    try (Connection connection = connections.direct()) {
      if (!hasTable(connection, HISTORY)) {
        requireEmpty(connection);
        requirePermission(mayMigrate, "is empty");
      } else if (version(connection) == NONE) {
        requirePermission(mayMigrate, "is being set up");
      } else if (version(connection) < FIRST) {
        throw new StoreException(
            "the database is from a preview before the first release",
            "Put it aside and use a new one in store.database.");
      } else if (version(connection) < CURRENT) {
        requirePermission(mayMigrate, "is from an older version");
      } else {
        requireCompatible(connection);
        return;
      }
    } catch (SQLException e) {
      throw connections.explain(e);
    }
    migrate();
  }

  private void migrate() {
    try {
      Flyway.configure(Migrations.class.getClassLoader())
          .dataSource(connections.writing())
          .locations("classpath:db/migration")
          .table(HISTORY)
          .placeholders(
              Map.of(
                  "binary", connections.dialect().binary(),
                  "unlogged", connections.dialect().unlogged()))
          .loggers("slf4j")
          .load()
          .migrate();
    } catch (FlywayException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof SQLException sql) {
          throw connections.explain(sql);
        }
      }
      throw new StoreException(
          "the schema of the database cannot be brought up to date",
          "Restore it from a backup, or use an empty database.",
          e);
    }
  }

  private static void requirePermission(boolean mayMigrate, String state) {
    if (!mayMigrate) {
      throw new StoreException(
          "the database " + state + ", and this command does not change its schema",
          "Run 'postern init' or 'postern serve' first: they bring it up to date. If one is about it,"
              + " try again in a moment.");
    }
  }

  private static void requireEmpty(Connection connection) throws SQLException {
    if (hasTable(connection, "%")) {
      throw new StoreException(
          "the database holds tables of another program",
          "Give Postern a database of its own in store.database.");
    }
  }

  private static void requireCompatible(Connection connection) throws SQLException {
    try (PreparedStatement query =
            connection.prepareStatement("SELECT value FROM meta WHERE name = 'oldest-program'");
        ResultSet row = query.executeQuery()) {
      if (!row.next() || Integer.parseInt(row.getString(1)) > CURRENT) {
        throw new StoreException(
            "the database is from a newer version", "Use that version of Postern, or a newer one.");
      }
    }
  }

  private static int version(Connection connection) throws SQLException {
    try (PreparedStatement query =
            connection.prepareStatement(
                "SELECT version FROM " + HISTORY + " WHERE version IS NOT NULL AND success");
        ResultSet rows = query.executeQuery()) {
      int newest = NONE;
      while (rows.next()) {
        newest = Math.max(newest, Integer.parseInt(rows.getString(1)));
      }
      return newest;
    }
  }

  private static boolean hasTable(Connection connection, String pattern) throws SQLException {
    try (ResultSet tables =
        connection
            .getMetaData()
            .getTables(null, connection.getSchema(), pattern, new String[] {"TABLE"})) {
      while (tables.next()) {
        if (!tables.getString("TABLE_NAME").toLowerCase(Locale.ROOT).startsWith("sqlite_")) {
          return true;
        }
      }
      return false;
    }
  }
}
