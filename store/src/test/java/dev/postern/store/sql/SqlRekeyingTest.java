package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.StoredSecret;
import dev.postern.store.auth.StoredSecret.Hardened;
import dev.postern.store.auth.StoredSecret.Keyed;
import dev.postern.store.auth.User;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqlRekeyingTest {
  private static final Keyed FRESH = new Keyed("p2", new byte[32]);

  private final Store store;
  private final Database database;
  private final AppPasswordTable table;
  private final List<Change> changes = new ArrayList<>();
  private final AtomicReference<Optional<String>> active = new AtomicReference<>(Optional.empty());
  private final SqlRekeying rekeying;
  private final User alice;
  private final String id;

  SqlRekeyingTest(@TempDir Path folder) {
    StoreConfig.Database file = new StoreConfig.Database.Sqlite(folder.resolve("postern.db"));
    TestClock clock = TestClock.standing();
    this.store = Store.open(TestConfig.of(file), Store.Schema.MIGRATE, clock);
    this.database = Database.open(file, false);
    RowChecks checks = TestConfig.rowChecks();
    this.table = new AppPasswordTable(checks);
    this.rekeying =
        new SqlRekeying(
            new Writes(database, clock, changes::addAll),
            table,
            new AppPasswordLocks(
                new UserTable(database.dialect(), checks, new SecureRandom()),
                table,
                database.dialect()),
            _ -> active.get());
    this.alice = store.users().add("alice", Optional.empty(), Optional.empty(), TestConfig.ACTOR);
    this.id =
        store
            .appPasswords()
            .create("alice", TestConfig.spec("phone"), TestConfig.ACTOR)
            .appPassword()
            .id();
  }

  @AfterEach
  void close() {
    database.close();
    store.close();
  }

  private AppPasswordRow row() {
    return database.read(handle -> table.require(handle, id));
  }

  private StoredSecret stored() {
    return row().credential().stored().orElseThrow();
  }

  @Test
  void writesTheNewFormAsTheNextVersionAndTellsOthers() {
    rekeying.replace(alice.id(), id, stored(), FRESH);
    assertThat(stored()).as("not at once").isNotEqualTo(FRESH);

    rekeying.flush();

    assertThat(stored()).isEqualTo(FRESH);
    assertThat(row().credential().version()).isEqualTo(2);
    assertThat(changes).containsExactly(Change.ofUser(alice.id()));
    assertThat(rekeying.waiting()).isZero();
  }

  @Test
  void replacesOnlyWhatItWasAskedToReplace() {
    StoredSecret old = stored();
    rekeying.replace(alice.id(), id, new Keyed("p1", new byte[32]), FRESH);
    rekeying.flush();
    assertThat(stored()).isEqualTo(old);

    rekeying.replace("00000000000000000000000000000000", id, old, FRESH);
    rekeying.flush();
    assertThat(stored()).isEqualTo(old);
    assertThat(rekeying.waiting()).as("it is not tried for ever").isZero();
  }

  /** Another node may have activated a pepper that this one does not know to be active yet. */
  @Test
  void movesNothingToAPepperThatIsNotTheActiveOneOfTheDatabase() {
    StoredSecret old = stored();
    active.set(Optional.of("p9"));
    rekeying.replace(alice.id(), id, old, FRESH);
    rekeying.flush();
    assertThat(stored()).isEqualTo(old);
    assertThat(rekeying.waiting()).as("it is asked for again at the next success").isZero();

    active.set(KeyUses.pepperOf(FRESH));
    rekeying.replace(alice.id(), id, old, FRESH);
    rekeying.flush();
    assertThat(stored()).isEqualTo(FRESH);
  }

  @Test
  void writesAHardenedOneUnderTheActivePepperAndWantsNoOtherMeanwhile() {
    StoredSecret fresh = new Hardened("p2", 64, 1, 1, 7, new byte[16], new byte[32]);
    active.set(Optional.of("p1"));
    rekeying.replace(alice.id(), id, stored(), fresh);
    assertThat(rekeying.isWanted(id)).isFalse();
    rekeying.flush();
    assertThat(stored()).as("p2 is not active").isNotEqualTo(fresh);
    assertThat(rekeying.isWanted(id)).isTrue();

    active.set(Optional.of("p2"));
    rekeying.replace(alice.id(), id, stored(), fresh);
    rekeying.flush();
    assertThat(stored()).isEqualTo(fresh);
  }

  @Test
  void leavesWhatWasRevokedMeanwhile() {
    StoredSecret old = stored();
    rekeying.replace(alice.id(), id, old, FRESH);
    var _ = store.appPasswords().revoke(id, "lost", TestConfig.ACTOR);
    rekeying.flush();
    assertThat(stored()).isEqualTo(old);
    assertThat(changes).isEmpty();
  }

  @Test
  void keepsNoMoreThanItsLimitAndEachOnce() {
    StoredSecret old = stored();
    for (int i = 0; i < SqlRekeying.MOST + 5; i++) {
      rekeying.replace(alice.id(), "ap_" + i, old, FRESH);
      rekeying.replace(alice.id(), "ap_" + i, old, FRESH);
    }
    assertThat(rekeying.waiting()).isEqualTo(SqlRekeying.MOST);
    assertThat(rekeying.isWanted(id)).isFalse();
    rekeying.flush();
    assertThat(rekeying.waiting()).isZero();
  }
}
