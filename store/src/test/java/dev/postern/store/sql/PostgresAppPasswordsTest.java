package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestDatabase;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PostgresAppPasswordsTest extends AppPasswordsContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }

  /** Two nodes at the same moment: the second waits, counts again, and is refused. */
  @Test
  void holdsTheLimitAgainstATransactionThatIsNotFinished() throws SQLException {
    Store store =
        open(
            new StoreConfig.AppPasswordRules(
                2, 16, Optional.empty(), Optional.empty(), Optional.empty()));
    add(store, ALICE);
    IssuedAppPassword _ = create(store, ALICE);
    URI url = ((StoreConfig.Database.Postgres) database).url();
    CompletableFuture<IssuedAppPassword> second;
    try (Connection other = PostgresServer.shared().connect(url);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      boolean _ = statement.execute("SELECT id FROM users FOR UPDATE");
      int _ =
          statement.executeUpdate(
              """
              INSERT INTO app_passwords (id, user_id, label, scopes, networks, secret, state,
                  created_at, created_by, version, signature)
              SELECT 'ap_other', user_id, label, scopes, networks, secret, state, created_at,
                  created_by, version, signature FROM app_passwords
              """);
      second = CompletableFuture.supplyAsync(() -> create(store, ALICE));
      await().until(() -> second.isDone() || isSomebodyWaiting(statement));
      other.commit();
    }
    assertThatThrownBy(second::join)
        .cause()
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> assertThat(refused.code()).isEqualTo(RefusedException.Code.LIMIT));
  }

  private static boolean isSomebodyWaiting(Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND wait_event_type = 'Lock'")) {
      return row.next() && row.getInt(1) > 0;
    }
  }
}
