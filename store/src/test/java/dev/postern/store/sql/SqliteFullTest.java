package dev.postern.store.sql;

import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestDatabase;
import java.nio.file.Path;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.io.TempDir;

/**
 * As when the disk is full: the file may have no page more. Since there is room in the pages that
 * it has, every statement that writes is made to need a few.
 */
class SqliteFullTest extends UnwritableDatabaseContract {
  private static final List<String> TABLES =
      List.of("app_passwords", "sign_ins", "changes", "nodes", "change_counter");
  private static final List<String> VERBS = List.of("INSERT", "UPDATE", "DELETE");

  private final Path folder;

  SqliteFullTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Override
  TestDatabase databases() {
    return new SqliteFiles(folder);
  }

  @Override
  String words() {
    return "has no room left";
  }

  @Override
  void stopWriting(SqlStore store) {
    boolean _ =
        store
            .database()
            .write(handle -> {
              int _ = handle.execute("CREATE TABLE filler (bytes BLOB)");
              for (String table : TABLES) {
                for (String verb : VERBS) {
                  int _ =
                      handle.execute(
                          "CREATE TRIGGER full_%1$s_%2$s AFTER %2$s ON %1$s BEGIN"
                                  .formatted(table, verb)
                              + " INSERT INTO filler VALUES (zeroblob(1000000)); END");
                }
              }
              return true;
            });
    // It cannot be less than there are.
    boolean _ = store.database().write(handle -> pages(handle, 1));
  }

  @Override
  void letWriteAgain(SqlStore store) {
    boolean _ = store.database().write(handle -> pages(handle, 1_000_000));
  }

  /** Counts for the one connection that writes. */
  private static boolean pages(Handle handle, int most) {
    return handle.createQuery("PRAGMA max_page_count = " + most).mapTo(Long.class).one() > 0;
  }
}
