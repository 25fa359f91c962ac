package dev.postern.deploy.peers;

import dev.postern.store.testing.FreePorts;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** A real PostgreSQL server that can be stopped and started again on the same port and data. */
final class StoppablePostgres implements AutoCloseable {
  private final int port = FreePorts.one();
  private final Path data;
  private Optional<EmbeddedPostgres> server = Optional.empty();

  StoppablePostgres(PeerFolder folder) {
    this.data = folder.folder("postgres").resolve("data");
    start();
  }

  void start() {
    try {
      server =
          Optional.of(
              EmbeddedPostgres.builder()
                  .setPort(port)
                  .setDataDirectory(data)
                  .setCleanDataDirectory(false)
                  .start());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Ends the server and every connection to it; the data stays. */
  void stop() {
    server.ifPresent(running -> {
      try {
        running.close();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    });
    server = Optional.empty();
  }

  /** The line of a configuration that says where it is. */
  String store() {
    return "  database: \"postgresql://postgres@127.0.0.1:" + port + "/postgres\"";
  }

  /** The same for JDBC. */
  String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres";
  }

  /** The first column of the first row, as a number. */
  long ask(String query) {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getLong(1) : 0;
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void close() {
    stop();
  }
}
