package dev.postern.store.sql;

import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;
import java.util.List;

/** What the server says when its disk is full; it goes on answering questions then. */
class PostgresFullTest extends UnwritableDatabaseContract {
  private static final List<String> TABLES =
      List.of("app_passwords", "sign_ins", "changes", "nodes", "change_counter");

  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }

  @Override
  String words() {
    return "has no room left";
  }

  @Override
  void stopWriting(SqlStore store) {
    run(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            + " 'BEGIN RAISE EXCEPTION USING ERRCODE = ''53100'', MESSAGE = ''disk full''; END'");
    for (String table : TABLES) {
      run(
          "CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE OR DELETE ON "
              + table
              + " FOR EACH STATEMENT EXECUTE FUNCTION full_disk()");
    }
  }

  @Override
  void letWriteAgain(SqlStore store) {
    run("DROP FUNCTION full_disk() CASCADE");
  }
}
