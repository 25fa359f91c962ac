package dev.postern.store.testing;

import dev.postern.store.StoreConfig;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** SQLite files in a folder of a test. */
public final class SqliteFiles implements TestDatabase {
  private final Path folder;
  private final AtomicInteger number = new AtomicInteger();

  public SqliteFiles(Path folder) {
    this.folder = folder;
  }

  @Override
  public StoreConfig.Database fresh() {
    return new StoreConfig.Database.Sqlite(
        folder.resolve("postern-" + number.incrementAndGet() + ".db"));
  }

  @Override
  public void discard(StoreConfig.Database database) {
    // The folder goes with the test.
  }
}
