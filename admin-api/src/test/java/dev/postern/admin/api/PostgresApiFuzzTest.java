package dev.postern.admin.api;

import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;

class PostgresApiFuzzTest extends ApiFuzzContract {

  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }
}
