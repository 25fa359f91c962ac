package dev.postern.store.sql;

import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;

class PostgresDurabilityTest extends DurabilityContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }
}
