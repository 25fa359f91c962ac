package dev.postern.store.sql;

import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteTraceTest extends TraceContract {
  private final Path folder;

  SqliteTraceTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Override
  TestDatabase databases() {
    return new SqliteFiles(folder);
  }
}
