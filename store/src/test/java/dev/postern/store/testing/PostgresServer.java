package dev.postern.store.testing;

import dev.postern.store.StoreConfig;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real PostgreSQL server on a free loopback port, from binaries that Maven brings: one for each
 * JVM, ended with it. PostgreSQL refuses to run as root; the library then starts it in a user
 * namespace of its own ({@code unshare -U}).
 */
public final class PostgresServer implements TestDatabase {
  private static final AtomicInteger number = new AtomicInteger();

  private final EmbeddedPostgres server;

  private PostgresServer(EmbeddedPostgres server) {
    this.server = server;
  }

  /** The server of this JVM; started at the first call. */
  public static PostgresServer shared() {
    return Holder.SHARED;
  }

  public int port() {
    return server.getPort();
  }

  @Override
  public StoreConfig.Database fresh() {
    return new StoreConfig.Database.Postgres(freshUrl("127.0.0.1", port()), Optional.empty());
  }

  /** {@inheritDoc} Hundreds of databases would take minutes to delete at the end. */
  @Override
  public void discard(StoreConfig.Database database) {
    switch (database) {
      case StoreConfig.Database.Sqlite sqlite ->
          throw new IllegalArgumentException(sqlite.file() + " is not on this server");
      case StoreConfig.Database.Postgres postgres ->
          run("DROP DATABASE " + postgres.url().getPath().substring(1) + " WITH (FORCE)");
    }
  }

  /** A new, empty database, reached through that address: the server's, or a proxy's. */
  public URI freshUrl(String host, int atPort) {
    String name = "test_" + number.incrementAndGet();
    run("CREATE DATABASE " + name);
    return URI.create("postgresql://postgres@" + host + ":" + atPort + "/" + name);
  }

  /** A connection to that database as the server's owner; the caller closes it. */
  public Connection connect(URI database) throws SQLException {
    return DriverManager.getConnection(
        server.getJdbcUrl("postgres", database.getPath().substring(1)));
  }

  /** Runs a statement in that database as the server's owner. */
  public void run(URI database, String statement) {
    run(database.getPath().substring(1), statement);
  }

  private void run(String statement) {
    run("postgres", statement);
  }

  private void run(String database, String statement) {
    try (Connection connection =
            DriverManager.getConnection(server.getJdbcUrl("postgres", database));
        Statement run = connection.createStatement()) {
      boolean _ = run.execute(statement);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Holder {
    private static final PostgresServer SHARED = start();

    private static PostgresServer start() {
      try {
        return new PostgresServer(
            EmbeddedPostgres.builder()
                .setPort(FreePorts.one())
                .setPGStartupWait(Duration.ofSeconds(60))
                .setServerConfig("max_connections", "200")
                .start());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
