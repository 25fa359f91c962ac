package dev.postern.store.sql;

import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;

class PostgresTraceTest extends TraceContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }
}
