package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import dev.postern.store.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file is moved away, or another one put in its place, while a node has it open. */
class SqliteReplacedTest extends StoreContract {
  private final Path folder;

  SqliteReplacedTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Override
  TestDatabase databases() {
    return new SqliteFiles(folder);
  }

  private Path file() {
    return switch (database) {
      case StoreConfig.Database.Sqlite(Path file) -> file;
      case StoreConfig.Database.Postgres postgres -> throw new AssertionError(postgres);
    };
  }

  private void move(String toOrFrom, boolean isBack) throws IOException {
    for (String part : new String[] {"", "-wal", "-shm"}) {
      Path here = Path.of(file() + part);
      Path there = folder.resolve(toOrFrom + part);
      if (Files.exists(isBack ? there : here)) {
        Path _ = isBack ? Files.move(there, here) : Files.move(here, there);
      }
    }
  }

  @Test
  void aRevocationInTheRestoredFileIsHeardOf() throws IOException {
    Store node = open();
    add(node, ALICE);
    IssuedAppPassword issued = create(node, ALICE);
    assertThat(refusal(node, ALICE, issued.secret())).isEmpty();
    run("VACUUM INTO '" + folder.resolve("backup.db") + "'");

    try (LogLines log = new LogLines()) {
      move("away.db", false);
      Path _ = Files.move(folder.resolve("backup.db"), file());
      Store command = open();
      var _ = command.appPasswords().revoke(issued.appPassword().id(), "lost", TestConfig.ACTOR);

      await()
          .untilAsserted(() ->
              assertThat(refusal(node, ALICE, issued.secret())).contains(RejectReason.REVOKED));
      assertThat(log.lines()).anyMatch(line -> line.contains("another one is in its place"));
    }
  }

  @Test
  void aFileThatIsGoneIsMissedAndFoundAgain() throws IOException {
    Store node = open();
    add(node, ALICE);
    IssuedAppPassword issued = create(node, ALICE);
    assertThat(refusal(node, ALICE, issued.secret())).isEmpty();
    assertThat(node.isDatabaseUp()).isTrue();

    move("away.db", false);
    await().until(() -> !node.isDatabaseUp());
    assertThat(Files.exists(file())).as("an empty one in its place").isFalse();

    move("away.db", true);
    await().until(node::isDatabaseUp);
    await().untilAsserted(() -> assertThat(refusalOrNone(node, issued.secret())).isEqualTo("none"));
  }

  private static String refusalOrNone(Store node, Secret secret) {
    return refusal(node, ALICE, secret).map(RejectReason::word).orElse("none");
  }
}
