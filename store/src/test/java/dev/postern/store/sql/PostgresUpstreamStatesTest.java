package dev.postern.store.sql;

import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;

class PostgresUpstreamStatesTest extends UpstreamStatesContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }
}
