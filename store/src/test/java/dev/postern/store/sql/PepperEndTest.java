package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.StoredSecret;
import dev.postern.store.auth.StoredSecret.Hardened;
import dev.postern.store.auth.StoredSecret.Imported;
import dev.postern.store.auth.StoredSecret.Keyed;
import dev.postern.store.auth.StoredSecret.Over;
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
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node does under a pepper whose date has come, round by round. */
class PepperEndTest {
  private static final List<StoreConfig.Key> PEPPERS =
      List.of(TestConfig.key("p1", 1), TestConfig.key("p2", 2));
  private static final List<StoreConfig.Key> SEALING = List.of(TestConfig.key("s1", 101));

  private final TestClock clock = TestClock.standing();
  private final RowSignatures signatures = new RowSignatures(List.of(), SEALING);
  private final RowChecks checks = new RowChecks(signatures, new SeenVersions(1), (_, _, _) -> {});
  private final AppPasswordTable table = new AppPasswordTable(checks);
  private final StoreConfig.Database file;
  private final Database database;
  private final List<Change> changes = new ArrayList<>();

  PepperEndTest(@TempDir Path folder) {
    this.file = new SqliteFiles(folder).fresh();
    this.database = Database.open(file, true);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void revokesEveryOneInHoweverManyBatches() {
    List<String> ids = make(1_100);
    retire();

    assertThat(end().run()).isFalse();

    assertThat(ids).allSatisfy(id -> assertThat(state(id)).isEqualTo("revoked"));
    assertThat(changes).hasSize(1_100);
    assertThat(statePepper()).contains(KeyState.RETIRED);
  }

  @Test
  void revokesWhateverFormIsUnderThePepperAndNoOther() {
    List<String> ids = make(6);
    List<StoredSecret> forms =
        List.of(
            new Keyed("p1", new byte[32]),
            new Keyed("p1", new byte[32], Over.TYPED),
            new Hardened("p1", 64, 1, 1, 7, new byte[16], new byte[32]),
            new Keyed("p2", new byte[32]),
            new Hardened("p2", 64, 1, 1, 7, new byte[16], new byte[32]),
            new Imported("v1:s1:AAAA"));
    IntStream.range(0, forms.size()).forEach(i -> keep(ids.get(i), forms.get(i)));
    retire();

    assertThat(end().run()).isFalse();

    assertThat(ids.stream().map(this::state))
        .containsExactly("revoked", "revoked", "revoked", "active", "active", "active");
  }

  /** One round ends where heartbeats are due, and the next one does not begin at the first row. */
  @Test
  void goesOnBehindAlteredRowsInTheNextRound() {
    String id = make(1).getFirst();
    putAlteredRowsFirst();
    retire();
    PepperEnd end = end();

    assertThat(end.run()).as("there is more").isTrue();
    assertThat(state(id)).isEqualTo("active");
    assertThat(end.run()).isFalse();
    assertThat(state(id)).isEqualTo("revoked");
    assertThat(statePepper()).contains(KeyState.RETIRED);
  }

  @Test
  void theCommandGoesOnWithAnEndThatHasBegunAndNamesThemOnceMore() {
    String id = make(1).getFirst();
    putAlteredRowsFirst();
    retire();
    assertThat(end().run()).as("there is more").isTrue();
    try (Store store = open(PEPPERS)) {
      assertThat(endNow(store)).containsExactly(id);
      assertThat(statePepper()).contains(KeyState.RETIRED);
      assertThat(state(id)).isEqualTo("revoked");

      assertThat(endNow(store)).containsExactly(id);
      assertThatThrownBy(() ->
              store
                  .keys()
                  .retirePepper("p1", clock.instant().plusSeconds(1), TestConfig.ACTOR, _ -> {}))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("has ended already");
    }
  }

  private List<String> endNow(Store store) {
    List<String> named = new ArrayList<>();
    var _ =
        store
            .keys()
            .retirePepper("p1", clock.instant(), TestConfig.ACTOR, ended -> named.add(ended.id()));
    return named;
  }

  /** As many as one round looks at. */
  private void putAlteredRowsFirst() {
    run(
        """
        INSERT INTO app_passwords (id, user_id, label, scopes, networks, secret, state, created_at,
            created_by, version, signature)
        WITH RECURSIVE n(i) AS (SELECT 10000 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
        SELECT 'ao_' || n.i, user_id, label, scopes, networks, secret, state, created_at,
            created_by, version, signature FROM app_passwords, n
        """);
  }

  /** Whoever gives the command asks for the list of what it ended, whichever node was quicker. */
  @Test
  void theCommandListsWhatARunningNodeRevokedBetweenItsSteps() {
    List<String> ids = make(4);
    List<String> listed = new ArrayList<>();
    Overtaken overtaken = new Overtaken();
    try (Store store = open(PEPPERS, overtaken)) {
      var _ = store.appPasswords().revoke(ids.getLast(), "lost", TestConfig.ACTOR);
      store.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
      var _ =
          store
              .keys()
              .retirePepper(
                  "p1", clock.instant(), TestConfig.ACTOR, ended -> listed.add(ended.id()));
    }
    assertThat(overtaken.isOver).isTrue();
    assertThat(listed).containsExactlyElementsOf(ids.subList(0, 3));
  }

  /**
   * As soon as the pepper is on its way out, another node ends it before we know what time it is.
   */
  private final class Overtaken extends Clock {
    private final Thread command = Thread.currentThread();
    private boolean isOver;

    @Override
    public Instant instant() {
      if (Thread.currentThread().equals(command) && !isOver && isRetiring()) {
        isOver = true;
        assertThat(end().run()).isFalse();
      }
      return clock.instant();
    }

    private boolean isRetiring() {
      return statePepper().filter(KeyState.RETIRING::equals).isPresent();
    }

    @Override
    public ZoneId getZone() {
      return clock.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  /** Ids of new app passwords under the first pepper, in their order. */
  private List<String> make(int count) {
    List<String> ids = new ArrayList<>();
    try (Store store = open(PEPPERS.subList(0, 1))) {
      store
          .appPasswords()
          .createForAll(
              IntStream.range(0, count).mapToObj(i -> "u" + i).toList(),
              TestConfig.spec("x"),
              true,
              TestConfig.ACTOR,
              issued -> ids.add(issued.appPassword().id()));
    }
    return ids.stream().sorted().toList();
  }

  /** Another one is active, and the date of the first has come. */
  private void retire() {
    try (Store store = open(PEPPERS)) {
      store.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
      var _ =
          store
              .keys()
              .retirePepper(
                  "p1", clock.instant().plus(Duration.ofDays(7)), TestConfig.ACTOR, _ -> {});
    }
    clock.advance(Duration.ofDays(8));
  }

  private Store open(List<StoreConfig.Key> peppers) {
    return open(peppers, clock);
  }

  private Store open(List<StoreConfig.Key> peppers, Clock clock) {
    StoreConfig base = TestConfig.of(file);
    return Store.open(
        new StoreConfig(
            file,
            peppers,
            SEALING,
            List.of(),
            base.appPasswords(),
            base.databaseGrace(),
            base.audit()),
        Store.Schema.MIGRATE,
        clock);
  }

  private PepperEnd end() {
    HeldKeys held = new HeldKeys(PEPPERS, SEALING, List.of());
    Map<KeyKind, ActiveKey> active =
        Stream.of(KeyKind.values())
            .collect(Collectors.toMap(kind -> kind, kind -> new ActiveKey(held.newest(kind))));
    KeyRingTable ringTable = new KeyRingTable(database.dialect(), checks);
    KeyUses uses = new KeyUses(List.of("key_ring"), clock);
    KeyRing ring = new KeyRing(database, ringTable, held, active, signatures, checks, uses, clock);
    ring.open();
    return new PepperEnd(
        database,
        new Writes(database, clock, changes::addAll),
        ring,
        ringTable,
        uses,
        table,
        new AppPasswordLocks(
            new UserTable(database.dialect(), checks, new SecureRandom()),
            table,
            database.dialect()),
        new ApiTokenTable(checks, database.dialect()),
        new ChangeLog(new SecureRandom()));
  }

  private Optional<KeyState> statePepper() {
    return database.read(new KeyRingTable(database.dialect(), checks)::all).stream()
        .flatMap(found -> found.genuine().stream())
        .filter(row -> row.kind() == KeyKind.PEPPER && row.id().equals("p1"))
        .map(RingRow::state)
        .findFirst();
  }

  private void keep(String id, StoredSecret form) {
    AppPasswordRow _ =
        database.write(handle -> table.save(handle, table.require(handle, id).withSecret(form)));
  }

  private String state(String id) {
    return database.read(handle ->
        handle
            .createQuery("SELECT state FROM app_passwords WHERE id = :id")
            .bind("id", id)
            .mapTo(String.class)
            .one());
  }

  private void run(String statement) {
    int _ = database.write(handle -> handle.execute(statement));
  }
}
