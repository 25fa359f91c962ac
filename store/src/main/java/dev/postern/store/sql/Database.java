package dev.postern.store.sql;

import com.zaxxer.hikari.HikariPoolMXBean;
import dev.postern.store.RefusedException;
import dev.postern.store.StoreConfig;
import dev.postern.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * An open database: pools of connections, and the one place where errors of drivers become {@link
 * StoreException}s. Messages of the libraries below are not passed on, since they quote what was
 * bound to a statement.
 */
public final class Database implements AutoCloseable {
  private static final int READERS = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** A writer waits for other writers too. */
  private static final Duration PATIENCE_OF_WRITERS = Duration.ofSeconds(15);

  private final Connections connections;
  private final ConnectionPool readPool;
  private final ConnectionPool writePool;
  private final Jdbi reads;
  private final Jdbi writes;

  private Database(Connections connections) {
    this.connections = connections;
    boolean isOnePool = connections.reading().equals(connections.writing());
    this.readPool =
        new ConnectionPool(
            "postern",
            connections.reading(),
            isOnePool ? connections.writers() : READERS,
            PATIENCE);
    this.writePool =
        isOnePool
            ? readPool
            : new ConnectionPool(
                "postern-writer",
                connections.writing(),
                connections.writers(),
                PATIENCE_OF_WRITERS);
    this.reads = Jdbi.create(readPool);
    this.writes = isOnePool ? reads : Jdbi.create(writePool);
  }

  /**
   * Connects, and brings the schema up to date where that is allowed.
   *
   * @param mayMigrate otherwise an older or missing schema is refused
   * @throws StoreException saying what is wrong and what to do
   */
  public static Database open(StoreConfig.Database config, boolean mayMigrate) {
    Connections connections =
        switch (config) {
          case StoreConfig.Database.Sqlite sqlite ->
              SqliteConnections.of(sqlite.file(), mayMigrate);
          case StoreConfig.Database.Postgres postgres -> PostgresConnections.of(postgres);
        };
    new Migrations(connections).bringUpToDate(mayMigrate);
    return new Database(connections);
  }

  Dialect dialect() {
    return connections.dialect();
  }

  /** The pool for readers, for metrics. */
  public HikariPoolMXBean pool() {
    return readPool.view();
  }

  /** A connection of its own, outside the pools, for the change feed. */
  Connection direct() throws SQLException {
    return connections.impatient();
  }

  /** One of the connections that everybody uses; to be given back soon, by closing it. */
  Connection pooled() throws SQLException {
    return readPool.openConnection();
  }

  /**
   * Looks whether the database is still the one that connections were opened to. If not, they are
   * all closed, so that what is read next is what is there now.
   *
   * @return whether it was another one
   */
  boolean leaveIfReplaced() {
    boolean isReplaced = connections.isReplaced();
    if (isReplaced) {
      readPool.renew();
      writePool.renew();
    }
    return isReplaced;
  }

  /** Whether the database answers; waits for a few seconds at most. */
  public boolean isUp() {
    try (Connection connection = readPool.openConnection()) {
      return connection.isValid(2);
    } catch (SQLException _) {
      return false;
    }
  }

  /** Runs statements that only read. */
  <T> T read(Work<T> work) {
    try {
      return reads.withHandle(work::with);
    } catch (JdbiException | SQLException e) {
      throw translated(e);
    }
  }

  /** Asks one question without JDBI, where its share of the time would matter. */
  <T> T ask(Question<T> question) {
    try (Connection connection = pooled()) {
      return question.of(connection);
    } catch (SQLException e) {
      throw connections.explain(rootOf(e));
    }
  }

  /** Runs one transaction; what it throws undoes it. */
  <T> T write(Work<T> work) {
    try {
      return writes.inTransaction(work::with);
    } catch (JdbiException | SQLException e) {
      throw translated(e);
    }
  }

  @Override
  public void close() {
    writePool.close();
    readPool.close();
  }

  /** What to do with a connection. */
  interface Work<T> {
    T with(Handle handle) throws SQLException;
  }

  /** What to ask through a connection. */
  interface Question<T> {
    T of(Connection connection) throws SQLException;
  }

  private RuntimeException translated(Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return dialect().isConflict(sql)
            ? new RefusedException(
                RefusedException.Code.CONFLICT,
                "somebody else changed the same thing at the same time",
                "Look at it again and repeat the command if it is still needed.")
            : connections.explain(rootOf(sql));
      }
    }
    throw new IllegalStateException("a statement is wrong: " + failure.getClass().getName());
  }

  /** The pool wraps the reason why it has no connection. */
  private static SQLException rootOf(SQLException failure) {
    return failure instanceof SQLTransientConnectionException
            && failure.getCause() instanceof SQLException reason
        ? reason
        : failure;
  }
}
