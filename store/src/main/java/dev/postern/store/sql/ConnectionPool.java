package dev.postern.store.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.jdbi.v3.core.ConnectionFactory;
import org.jspecify.annotations.Nullable;

/**
 * Open connections for whoever needs one for a moment, at most so many.
 *
 * <p>Whoever comes while all are in use waits, for a bounded time. Whoever comes while there is
 * none, since the database cannot be reached, is told so at once: the pool itself goes on trying
 * (see {@link Connector}), and nobody has to wait for that. HikariCP does not know the two apart.
 */
final class ConnectionPool implements ConnectionFactory, AutoCloseable {
  /** HikariCP waits in rounds that long, between which it is asked whether waiting makes sense. */
  private static final long ROUND_MILLIS = 250;

  private static final long VALIDATION_MILLIS = 2_000;

  private final Connector connector;
  private final HikariDataSource pool;
  private final long rounds;

  /** None before HikariCP is ready; its thread that connects begins a little earlier. */
  private volatile @Nullable HikariPoolMXBean view;

  /**
   * @param size most connections
   * @param patience how long somebody waits for one of them at most, a round more or less
   */
  ConnectionPool(String name, DataSource source, int size, Duration patience) {
    this.connector = new Connector(source, this::isEmpty);
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(connector);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(ROUND_MILLIS);
    config.setValidationTimeout(VALIDATION_MILLIS);
    config.setInitializationFailTimeout(-1);
    this.pool = new HikariDataSource(config);
    this.view = pool.getHikariPoolMXBean();
    this.rounds = patience.dividedBy(Duration.ofMillis(ROUND_MILLIS));
  }

  /**
   * A connection, to be closed by the caller.
   *
   * @throws SQLException if there is none in time; with the reason of the database, if it gave one
   */
  @Override
  public Connection openConnection() throws SQLException {
    for (long round = 1; ; round++) {
      requireHope();
      try {
        return pool.getConnection();
      } catch (SQLTransientConnectionException e) {
        requireHope();
        if (round >= rounds) {
          throw e;
        }
      }
    }
  }

  /** Closes connections as soon as nobody uses them; others take their place. */
  void renew() {
    pool.getHikariPoolMXBean().softEvictConnections();
  }

  HikariPoolMXBean view() {
    return pool.getHikariPoolMXBean();
  }

  @Override
  public void close() {
    connector.close();
    pool.close();
  }

  private void requireHope() throws SQLException {
    Optional<SQLException> failure = connector.failure();
    if (failure.isPresent() && isEmpty()) {
      SQLException reason = failure.get();
      throw new SQLTransientConnectionException(
          "the database cannot be reached", reason.getSQLState(), reason);
    }
  }

  /** Whether no connection is open, be it in use or not. */
  private boolean isEmpty() {
    HikariPoolMXBean ready = view;
    return ready == null || ready.getTotalConnections() == 0;
  }
}
