package dev.postern.store.sql;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections for a pool, whose one thread for this waits here as long as the database cannot
 * be reached: it is tried every {@value #RETRY_MILLIS} ms. HikariCP would make ever longer pauses,
 * of up to five seconds, and logins would fail for as long after the database is back.
 */
final class Connector implements DataSource, AutoCloseable {
  private static final long RETRY_MILLIS = 250;

  private final DataSource source;
  private final BooleanSupplier isPoolEmpty;
  private final CountDownLatch end = new CountDownLatch(1);
  private volatile Optional<SQLException> failure = Optional.empty();

  /**
   * @param isPoolEmpty whether the pool has no connection at all; one that has some is told at once
   *     that it gets no more
   */
  Connector(DataSource source, BooleanSupplier isPoolEmpty) {
    this.source = source;
    this.isPoolEmpty = isPoolEmpty;
  }

  /** Why the last try failed; empty if it did not. */
  Optional<SQLException> failure() {
    return failure;
  }

  @Override
  public Connection getConnection() throws SQLException {
    while (true) {
      try {
        Connection connection = source.getConnection();
        failure = Optional.empty();
        return connection;
      } catch (SQLException e) {
        failure = Optional.of(e);
        if (!isPoolEmpty.getAsBoolean() || isEndedAfterPause()) {
          throw e;
        }
      }
    }
  }

  /** Lets the thread go that waits here. */
  @Override
  public void close() {
    end.countDown();
  }

  private boolean isEndedAfterPause() {
    try {
      return end.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public @Nullable PrintWriter getLogWriter() throws SQLException {
    return source.getLogWriter();
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter writer) throws SQLException {
    source.setLogWriter(writer);
  }

  /** Does nothing: the time to log in is a property of the connections, and not the pool's. */
  @Override
  public void setLoginTimeout(int seconds) {}

  @Override
  public int getLoginTimeout() throws SQLException {
    return source.getLoginTimeout();
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    return source.getParentLogger();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return source.unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return source.isWrapperFor(type);
  }
}
