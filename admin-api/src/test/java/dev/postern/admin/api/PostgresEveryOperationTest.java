package dev.postern.admin.api;

import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;

class PostgresEveryOperationTest extends EveryOperationContract {

  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }
}
