package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

class LastingStatementTest {
  private final SQLiteDataSource source;
  private final LastingStatement statement =
      new LastingStatement("SELECT name FROM people WHERE id = ?");

  LastingStatementTest(@TempDir Path folder) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    this.source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + folder.resolve("people.db"));
  }

  @BeforeEach
  void fill() throws SQLException {
    try (Connection connection = source.getConnection();
        Statement made = connection.createStatement()) {
      int _ = made.executeUpdate("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)");
      int _ = made.executeUpdate("INSERT INTO people VALUES (1, 'alice'), (2, 'bob')");
    }
  }

  private static String name(PreparedStatement select, int id) throws SQLException {
    select.setInt(1, id);
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? row.getString(1) : "nobody";
    }
  }

  @Test
  void isPreparedOnceOnEachConnection() throws SQLException {
    try (Connection one = source.getConnection();
        Connection other = source.getConnection()) {
      assertThat(statement.<String>ask(one, select -> name(select, 1))).isEqualTo("alice");
      assertThat(statement.<String>ask(one, select -> name(select, 2))).isEqualTo("bob");
      assertThat(statement.<String>ask(other, select -> name(select, 3))).isEqualTo("nobody");
      PreparedStatement first = statement.ask(one, select -> select);
      assertThat(statement.<PreparedStatement>ask(one, select -> select)).isSameAs(first);
      assertThat(statement.<PreparedStatement>ask(other, select -> select)).isNotSameAs(first);
      assertThat(statement.size()).isEqualTo(2);
    }
  }

  @Test
  void isPreparedAnewAfterAFailure() throws SQLException {
    try (Connection one = source.getConnection()) {
      PreparedStatement first = statement.ask(one, select -> select);
      assertThatThrownBy(() ->
              statement.ask(
                  one,
                  _ -> {
                    throw new SQLException("broken");
                  }))
          .hasMessage("broken");
      assertThat(first.isClosed()).isTrue();
      assertThat(statement.<String>ask(one, select -> name(select, 1))).isEqualTo("alice");
    }
  }

  @Test
  void forgetsConnectionsThatAreClosed() throws SQLException {
    for (int i = 0; i < 10; i++) {
      try (Connection one = source.getConnection()) {
        assertThat(statement.<String>ask(one, select -> name(select, 1))).isEqualTo("alice");
      }
    }
    assertThat(statement.size()).isEqualTo(1);
  }

  /** A reader that goes on would keep the write-ahead log from ever getting shorter. */
  @Test
  void keepsNothingFromBeingWrittenBack() throws SQLException {
    try (Connection one = source.getConnection();
        Connection writer = source.getConnection();
        Statement write = writer.createStatement()) {
      assertThat(statement.<String>ask(one, select -> name(select, 1))).isEqualTo("alice");
      int _ = write.executeUpdate("UPDATE people SET name = 'carol' WHERE id = 1");
      try (ResultSet row = write.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
        assertThat(row.next()).isTrue();
        assertThat(row.getInt(1)).as("busy").isZero();
      }
      assertThat(statement.<String>ask(one, select -> name(select, 1))).isEqualTo("carol");
    }
  }
}
