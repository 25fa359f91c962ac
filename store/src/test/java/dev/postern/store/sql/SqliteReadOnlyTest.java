package dev.postern.store.sql;

import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConnection;

/** As when the file system is mounted for reading alone. */
class SqliteReadOnlyTest extends UnwritableDatabaseContract {
  private final Path folder;

  /** The one connection that writes; no transaction of it could end in between. */
  private Optional<SQLiteConnection> writer = Optional.empty();

  SqliteReadOnlyTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Override
  TestDatabase databases() {
    return new SqliteFiles(folder);
  }

  @Override
  String words() {
    return "cannot be written";
  }

  @Override
  void stopWriting(SqlStore store) {
    SQLiteConnection connection =
        store
            .database()
            .write(handle -> {
              try {
                return handle.getConnection().unwrap(SQLiteConnection.class);
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });
    writer = Optional.of(connection);
    set("ON");
  }

  @Override
  void letWriteAgain(SqlStore store) {
    set("OFF");
  }

  private void set(String queryOnly) {
    try (Statement pragma = writer.orElseThrow().createStatement()) {
      boolean _ = pragma.execute("PRAGMA query_only = " + queryOnly);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
