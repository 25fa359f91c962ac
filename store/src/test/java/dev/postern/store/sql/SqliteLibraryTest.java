package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteJDBCLoader;

/** What a process that uses SQLite does in the folder of temporary files that all share. */
class SqliteLibraryTest {
  @TempDir private Path folder;

  @Test
  void leavesNothingBehindAndTouchesNoOthersFile() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("tmp"));
    String name = "sqlite-" + SQLiteJDBCLoader.getVersion() + "-another-libsqlitejdbc.so";
    Path others = Files.createFile(shared.resolve(name));

    assertThat(firstLine("-Djava.io.tmpdir=" + shared)).isEqualTo("opened");

    try (Stream<Path> left = Files.list(shared)) {
      assertThat(left).containsExactly(others);
    }
  }

  @Test
  void saysWhatIsMissingWhereItCannotBeUnpacked() throws Exception {
    Path missing = folder.resolve("missing");

    assertThat(firstLine("-Dorg.sqlite.tmpdir=" + missing))
        .startsWith("the library of SQLite cannot be loaded from " + missing)
        .endsWith("POSTERN_JAVA_OPTS=-Dorg.sqlite.tmpdir=FOLDER names another.");
  }

  /** What a process says that opens a database; it is killed then. */
  private String firstLine(String option) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                option,
                "-cp",
                System.getProperty("java.class.path"),
                SqliteOpening.class.getName(),
                folder.resolve("postern.db").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      return lines.readLine();
    } finally {
      // By the handle, which leaves the streams alone.
      boolean _ = process.toHandle().destroyForcibly();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }
}
