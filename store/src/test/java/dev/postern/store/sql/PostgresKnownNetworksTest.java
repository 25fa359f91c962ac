package dev.postern.store.sql;

import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;

class PostgresKnownNetworksTest extends KnownNetworksContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }
}
