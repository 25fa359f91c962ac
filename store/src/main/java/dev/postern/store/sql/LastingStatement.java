package dev.postern.store.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.sqlite.SQLiteConnection;

/**
 * A statement that is prepared once on each connection. PostgreSQL's driver does that by itself;
 * SQLite's forgets a statement when it is closed, and to prepare the look-up of a login takes
 * longer than to run it. For use by several threads, each with a connection that it has for itself.
 */
final class LastingStatement {
  private final String sql;
  private final Map<Connection, PreparedStatement> prepared = new ConcurrentHashMap<>();

  LastingStatement(String sql) {
    this.sql = sql;
  }

  /** What to ask through the statement; it sets all parameters and closes the answer. */
  interface Question<T> {
    T of(PreparedStatement statement) throws SQLException;
  }

  /** Asks through a connection of a pool. */
  <T> T ask(Connection connection, Question<T> question) throws SQLException {
    return isLasting(connection)
        ? askAgain(connection.unwrap(SQLiteConnection.class), question)
        : askOnce(connection, question);
  }

  /** Whether it stays prepared there by our doing: a statement more costs no round trip. */
  static boolean isLasting(Connection connection) throws SQLException {
    return connection.isWrapperFor(SQLiteConnection.class);
  }

  /** On how many connections it is prepared. */
  int size() {
    return prepared.size();
  }

  private <T> T askOnce(Connection connection, Question<T> question) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      return question.of(statement);
    }
  }

  private <T> T askAgain(Connection connection, Question<T> question) throws SQLException {
    PreparedStatement statement = prepared.get(connection);
    if (statement == null) {
      forgetClosed();
      statement = connection.prepareStatement(sql);
      prepared.put(connection, statement);
    }
    try {
      return question.of(statement);
    } catch (SQLException | RuntimeException e) {
      prepared.remove(connection);
      statement.close();
      throw e;
    }
  }

  /** Connections that their pool has closed, which happens seldom. */
  private void forgetClosed() throws SQLException {
    for (Connection connection : List.copyOf(prepared.keySet())) {
      if (connection.isClosed()) {
        prepared.remove(connection);
      }
    }
  }
}
