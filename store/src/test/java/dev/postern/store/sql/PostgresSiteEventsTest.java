package dev.postern.store.sql;

import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;

class PostgresSiteEventsTest extends SiteEventsContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }
}
