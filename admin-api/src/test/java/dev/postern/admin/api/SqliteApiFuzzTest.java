package dev.postern.admin.api;

import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteApiFuzzTest extends ApiFuzzContract {
  private final Path folder;

  SqliteApiFuzzTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Override
  TestDatabase databases() {
    return new SqliteFiles(folder);
  }
}
