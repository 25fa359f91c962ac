package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of failures that cannot be made to happen on every file system. */
class SqliteFailuresTest {
  private static final String QUOTED = "INSERT INTO users VALUES ('alice')";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "5, is kept busy, end a program",
    "6, is kept busy, end a program",
    "8, cannot be written, folder",
    "10, cannot be read or written as a file, full",
    // SQLITE_IOERR_WRITE and SQLITE_IOERR_SHMSIZE: extended codes keep the plain one below.
    "778, cannot be read or written as a file, full",
    "4874, cannot be read or written as a file, full",
    "11, is damaged, backup",
    "13, has no room left, Free space",
    "14, cannot be written, folder",
    "26, is not a SQLite database, Correct store.database",
    "1, gives error 1, Check the disk"
  })
  void saysWhatIsWrongAndWhatToDo(int code, String what, String remedy) {
    Path file = folder.resolve("postern.db");
    StoreException said =
        SqliteConnections.of(file, true).explain(new SQLException(QUOTED, "", code));
    assertThat(said.getMessage()).contains(file.toString(), what).doesNotContain(QUOTED);
    assertThat(said.remedy()).contains(remedy);
  }
}
