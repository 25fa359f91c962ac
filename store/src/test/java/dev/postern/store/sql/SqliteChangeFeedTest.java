package dev.postern.store.sql;

import dev.postern.store.StoreConfig;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.io.TempDir;

class SqliteChangeFeedTest extends ChangeFeedContract {
  private final Path folder;

  SqliteChangeFeedTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Override
  TestDatabase databases() {
    return new SqliteFiles(folder);
  }

  @Override
  void run(String statement) {
    Path file = ((StoreConfig.Database.Sqlite) database).file();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement run = connection.createStatement()) {
      boolean _ = run.execute("PRAGMA busy_timeout = 10000");
      int _ = run.executeUpdate(statement);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
