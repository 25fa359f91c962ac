package dev.postern.store.sql;

import dev.postern.store.StoreConfig;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;
import java.net.URI;

/** A standby that was not promoted, or an administrator who wants it so. */
class PostgresReadOnlyTest extends UnwritableDatabaseContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }

  @Override
  String words() {
    return "can only be read";
  }

  @Override
  void stopWriting(SqlStore store) {
    set(store, "on");
  }

  @Override
  void letWriteAgain(SqlStore store) {
    set(store, "off");
  }

  /** Connections keep what they began with, so all begin anew. */
  private void set(SqlStore store, String readOnly) {
    switch (database) {
      case StoreConfig.Database.Sqlite(var file) -> throw new AssertionError(file);
      case StoreConfig.Database.Postgres postgres -> {
        // From beside it, where everything may still be written.
        PostgresServer.shared()
            .run(
                URI.create("postgresql://127.0.0.1/postgres"),
                "ALTER DATABASE "
                    + postgres.url().getPath().substring(1)
                    + " SET default_transaction_read_only = "
                    + readOnly);
        long _ =
            query(
                "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
        store.database().pool().softEvictConnections();
      }
    }
  }
}
