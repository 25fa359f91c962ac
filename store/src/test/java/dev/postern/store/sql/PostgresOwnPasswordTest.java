package dev.postern.store.sql;

import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;

class PostgresOwnPasswordTest extends OwnPasswordContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }
}
