package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.StoreConfig;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.StoredSecret;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.integrity.SeenVersions;
import dev.postern.store.keys.ActiveKey;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a ring does when nothing reads it anew but the look-ups. */
class KeyRingTest {
  private static final List<StoreConfig.Key> PEPPERS =
      List.of(TestConfig.key("p1", 1), TestConfig.key("p2", 2));
  private static final List<StoreConfig.Key> SEALING = List.of(TestConfig.key("s1", 101));

  private final TestClock clock = TestClock.standing();
  private final Database database;

  KeyRingTest(@TempDir Path folder) {
    this.database = Database.open(new SqliteFiles(folder).fresh(), true);
  }

  @BeforeEach
  void makeTheRing() {
    Started _ = start();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aPepperWithoutAGenuineRowIsLookedForOnceASecond() {
    run("UPDATE key_ring SET key_id = 'p0' WHERE key_id = 'p1'");
    Started process = start();
    assertThat(state(process)).isInstanceOf(AppPassword.State.Revoked.class);

    run("UPDATE key_ring SET key_id = 'p1' WHERE key_id = 'p0'");
    clock.advance(Duration.ofMillis(999));
    assertThat(state(process)).isInstanceOf(AppPassword.State.Revoked.class);
    clock.advance(Duration.ofMillis(1));
    assertThat(state(process)).isInstanceOf(AppPassword.State.Active.class);
  }

  @Test
  void isLookedForAtOnceWhenTheClockWasSetBack() {
    run("UPDATE key_ring SET key_id = 'p0' WHERE key_id = 'p1'");
    Started process = start();
    assertThat(state(process)).isInstanceOf(AppPassword.State.Revoked.class);

    run("UPDATE key_ring SET key_id = 'p1' WHERE key_id = 'p0'");
    clock.advance(Duration.ofHours(-1));
    assertThat(state(process)).isInstanceOf(AppPassword.State.Active.class);
  }

  /** Those who were looked up while it was not there are looked up again. */
  @Test
  void whatALookUpFoundIsNewsOnce() {
    run("UPDATE key_ring SET key_id = 'p0' WHERE key_id = 'p1'");
    Started process = start();
    assertThat(state(process)).isInstanceOf(AppPassword.State.Revoked.class);
    run("UPDATE key_ring SET key_id = 'p1' WHERE key_id = 'p0'");
    clock.advance(Duration.ofSeconds(1));
    assertThat(state(process)).isInstanceOf(AppPassword.State.Active.class);

    assertThat(process.ring().refresh()).isFalse();
    assertThat(process.ring().takeNews()).isTrue();
    assertThat(process.ring().takeNews()).isFalse();
  }

  /** One that was active before may have been put back. */
  @Test
  void ofSeveralActiveOnesTheLastCounts() {
    KeyRingTable table = new KeyRingTable(database.dialect(), TestConfig.rowChecks());
    for (String id : List.of("p1", "p2", "p1")) {
      clock.advance(Duration.ofSeconds(1));
      RingRow _ =
          database.write(handle ->
              table.put(
                  handle,
                  table.all(handle).stream()
                      .flatMap(found -> found.genuine().stream())
                      .filter(row -> row.id().equals(id))
                      .findFirst()
                      .orElseThrow()
                      .activated(clock.instant())));
      assertThat(start().ring().active(KeyKind.PEPPER)).isEqualTo(id);
      assertThat(database.read(table::activePepper)).contains(id);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kind = 'integrity'",
        "key_id = 'p0'",
        "check_value = 'x'",
        "state = 'held'",
        "activated_at = activated_at + 1",
        "retire_by = retire_by + 1",
        "retire_by = NULL",
        "version = version + 1",
        "signature = ''",
      })
  void noChangedRowIsGenuine(String change) {
    KeyRingTable table = new KeyRingTable(database.dialect(), TestConfig.rowChecks());
    RingRow _ =
        database.write(handle ->
            table.put(
                handle,
                new RingRow(
                    KeyKind.PEPPER,
                    "p2",
                    "check",
                    KeyState.RETIRING,
                    Optional.of(clock.instant()),
                    Optional.of(clock.instant()),
                    1)));
    run("UPDATE key_ring SET " + change + " WHERE key_id = 'p2'");

    assertThat(database.read(table::all)).filteredOn(found -> found.genuine().isEmpty()).hasSize(1);
  }

  private static AppPassword.State state(Started process) {
    return process.terms().underTerms(underP1()).appPassword().state();
  }

  private static Credential underP1() {
    return new Credential(
        new AppPassword(
            "ap_0",
            "0".repeat(32),
            "alice@example.com",
            "phone",
            Set.of(Scope.IMAP),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Instant.EPOCH,
            "tester",
            Optional.empty(),
            Optional.empty(),
            new AppPassword.State.Active()),
        Optional.of(new StoredSecret.Keyed("p1", new byte[32])),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        true);
  }

  private void run(String statement) {
    int _ = database.write(handle -> handle.execute(statement));
  }

  /** What a process that has started knows. */
  private record Started(KeyRing ring, PepperTerms terms) {}

  private Started start() {
    HeldKeys held = new HeldKeys(PEPPERS, SEALING, List.of());
    Map<KeyKind, ActiveKey> active =
        Stream.of(KeyKind.values())
            .collect(Collectors.toMap(kind -> kind, kind -> new ActiveKey(held.newest(kind))));
    RowSignatures signatures = new RowSignatures(List.of(), SEALING);
    RowChecks checks = new RowChecks(signatures, new SeenVersions(1), (_, _, _) -> {});
    KeyRingTable table = new KeyRingTable(database.dialect(), checks);
    KeyRing ring =
        new KeyRing(
            database,
            table,
            held,
            active,
            signatures,
            checks,
            new KeyUses(List.of("key_ring"), clock),
            clock);
    ring.open();
    return new Started(ring, new PepperTerms(database, table, ring, checks, clock));
  }
}
