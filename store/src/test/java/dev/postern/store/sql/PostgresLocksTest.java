package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThatCode;

import dev.postern.store.Store;
import dev.postern.store.auth.LoginName;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestConfig;
import dev.postern.store.testing.TestDatabase;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who waits for whom. */
class PostgresLocksTest extends StoreContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }

  /**
   * Whoever changes an app password holds its user and then wants its row. A last use that ends a
   * predecessor holds rows and changes one twice, for which the server looks at its user: with a
   * lock that forbade it, the two would wait for each other.
   */
  @Test
  void notesOfUsesDoNotWaitForWhoeverHoldsTheUser() {
    Store store = open();
    add(store, ALICE);
    var _ = create(store, ALICE);
    try (Database one = Database.open(database, false);
        Database other = Database.open(database, false)) {
      UserTable users = new UserTable(one.dialect(), TestConfig.rowChecks(), new SecureRandom());
      int _ =
          one.write(handle -> {
            var _ = users.lock(handle, List.of(LoginName.parse(ALICE).orElseThrow()));
            assertThatCode(() ->
                    other.write(uses -> {
                      int _ = uses.execute("SET LOCAL lock_timeout = '3s'");
                      int _ = uses.execute("UPDATE app_passwords SET last_used_at = 1");
                      return uses.execute("UPDATE app_passwords SET last_used_at = 2");
                    }))
                .doesNotThrowAnyException();
            return 0;
          });
    }
  }
}
