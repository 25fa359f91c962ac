package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.CredentialSource.Found;
import dev.postern.store.auth.LoginName;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import dev.postern.store.testing.TestDatabase;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteKeysTest extends KeysContract {
  /** All but one of those for readers. */
  private static final int OTHERS = 7;

  private final Path folder;

  SqliteKeysTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Override
  TestDatabase databases() {
    return new SqliteFiles(folder);
  }

  /** As when all that there are look somebody up at the same time. */
  @Test
  void aLookUpNeedsOneConnectionThoughItLooksForAPepper() throws SQLException {
    try (SqlStore store = openSql()) {
      var _ = store.users().add(ALICE, Optional.empty(), Optional.empty(), TestConfig.ACTOR);
      store.keys().activate(KeyKind.PEPPER, "p1", TestConfig.ACTOR);
      var _ = store.appPasswords().create(ALICE, TestConfig.spec("phone"), TestConfig.ACTOR);
      store.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    }
    run("DELETE FROM key_ring WHERE key_id = 'p1'");
    try (SqlStore store = openSql()) {
      List<Connection> others = new ArrayList<>();
      try {
        for (int i = 0; i < OTHERS; i++) {
          others.add(store.database().pooled());
        }
        Optional<Found> found =
            store.source().find(List.of(LoginName.parse(ALICE).orElseThrow())).found();
        assertThat(found.orElseThrow().rows().credentials())
            .singleElement()
            .satisfies(credential ->
                assertThat(credential.appPassword().state())
                    .isInstanceOf(AppPassword.State.Revoked.class));
        String id = found.orElseThrow().rows().user().id();
        assertThat(store.source().load(id)).isPresent();
      } finally {
        for (Connection other : others) {
          other.close();
        }
      }
    }
  }

  private SqlStore openSql() {
    StoreConfig base = TestConfig.of(database);
    return SqlStore.open(
        new StoreConfig(
            database,
            List.of(TestConfig.key("p1", 1), TestConfig.key("p2", 2)),
            base.sealingKeys(),
            base.integrityKeys(),
            base.appPasswords(),
            base.databaseGrace(),
            base.audit()),
        true,
        clock,
        Ticker.systemTicker(),
        new SecureRandom());
  }
}
