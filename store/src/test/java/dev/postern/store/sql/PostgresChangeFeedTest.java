package dev.postern.store.sql;

import dev.postern.store.StoreConfig;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;

class PostgresChangeFeedTest extends ChangeFeedContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }

  @Override
  void run(String statement) {
    PostgresServer.shared().run(((StoreConfig.Database.Postgres) database).url(), statement);
  }
}
