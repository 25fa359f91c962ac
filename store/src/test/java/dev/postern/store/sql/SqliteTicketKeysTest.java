package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteTicketKeysTest extends TicketKeysContract {
  private final Path folder;

  SqliteTicketKeysTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Override
  TestDatabase databases() {
    return new SqliteFiles(folder);
  }

  @Test
  void nothingIsInTheFile() {
    assertThat(node("mx1/1").ticketKeys().current()).hasSize(2);
    assertThat(query("SELECT COUNT(*) FROM ticket_keys")).isZero();
  }
}
