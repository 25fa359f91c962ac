package dev.postern.store.sql;

import dev.postern.store.StoreException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sqlite.SQLiteJDBCLoader;

/**
 * The native library of SQLite's driver, loaded once per process. The driver unpacks it into the
 * folder of temporary files that all processes share, and deletes there what it takes for left
 * over: of two processes one may find the other's file gone, and after a kill a file stays. Here
 * each process has a folder of its own, which is gone as soon as the library is loaded.
 */
final class SqliteLibrary {
  /** Where the driver unpacks; an operator may set it too. */
  private static final String FOLDER = "org.sqlite.tmpdir";

  private static boolean isLoaded;

  private SqliteLibrary() {}

  /**
   * Loads it unless it is loaded.
   *
   * @throws StoreException if the system does not let it be loaded
   */
  static synchronized void load() {
    if (isLoaded) {
      return;
    }
    Path parent = Path.of(System.getProperty(FOLDER, System.getProperty("java.io.tmpdir")));
    try {
      Path own = Files.createTempDirectory(parent, "postern-sqlite-");
      try {
        System.setProperty(FOLDER, own.toString());
        boolean _ = SQLiteJDBCLoader.initialize();
      } finally {
        System.setProperty(FOLDER, parent.toString());
        delete(own);
      }
    } catch (Exception e) {
      throw new StoreException(
          "the library of SQLite cannot be loaded from " + parent,
          "This account must be able to write into that folder and to run programs from it;"
              + " POSTERN_JAVA_OPTS=-D"
              + FOLDER
              + "=FOLDER names another.",
          e);
    }
    isLoaded = true;
  }

  /** A library that is loaded needs its file no more. */
  private static void delete(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
