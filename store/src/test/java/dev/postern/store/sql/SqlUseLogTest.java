package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.AppPassword.LastUse;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqlUseLogTest {
  private final TestClock clock = TestClock.standing();
  private final StoreConfig.Database file;
  private final Store store;
  private final Database database;
  private final List<Change> changes = new ArrayList<>();
  private final List<Runnable> atOnce = new ArrayList<>();
  private final SqlUseLog log;
  private String id = "";

  SqlUseLogTest(@TempDir Path folder) {
    this.file = new StoreConfig.Database.Sqlite(folder.resolve("postern.db"));
    this.store = Store.open(TestConfig.of(file), Store.Schema.MIGRATE, clock);
    this.database = Database.open(file, false);
    AppPasswordTable table = new AppPasswordTable(TestConfig.rowChecks());
    this.log =
        new SqlUseLog(
            new Writes(database, clock, changes::addAll),
            new Rotation(table, database.dialect(), new ChangeLog(new SecureRandom())),
            new AppPasswordLocks(
                new UserTable(database.dialect(), TestConfig.rowChecks(), new SecureRandom()),
                table,
                database.dialect()),
            new WebhookTable(new SecureRandom()),
            task -> atOnce.add(task));
  }

  @BeforeEach
  void createOne() {
    var _ = store.users().add("alice", Optional.empty(), Optional.empty(), TestConfig.ACTOR);
    id =
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

  private LastUse use(String from) {
    try {
      return new LastUse(
          clock.instant(),
          InetAddress.getByName(from),
          Scope.SUBMISSION,
          Optional.of(Protection.TLS_1_3),
          "client");
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private Optional<LastUse> stored() {
    return store.appPasswords().find(id).orElseThrow().lastUse();
  }

  @Test
  void keepsTheLatestUseOfEach() {
    log.used(id, use("192.0.2.1"), false);
    clock.advance(Duration.ofSeconds(1));
    LastUse latest = use("2001:db8::1");
    log.used(id, latest, false);
    assertThat(log.latest(id)).contains(clock.instant());
    assertThat(stored()).isEmpty();
    log.flush();
    assertThat(stored()).contains(latest);
    assertThat(changes).isEmpty();
    assertThat(atOnce).isEmpty();
  }

  private Optional<Instant> exposed() {
    return store.appPasswords().find(id).orElseThrow().exposedAt();
  }

  /** What came after over TLS makes nobody forget it. */
  @Test
  void keepsWhenTheSecretWasLastSentInClear() {
    Instant first = clock.instant();
    log.sentInClear(id, true, first);
    assertThat(log.latest(id)).isEmpty();
    clock.advance(Duration.ofSeconds(1));
    LastUse use = use("192.0.2.1");
    log.used(id, use, false);
    log.flush();
    assertThat(exposed()).contains(first);
    assertThat(stored()).contains(use);

    log.sentInClear(id, true, clock.instant());
    log.used(id, use("192.0.2.1"), false);
    log.flush();
    assertThat(exposed()).contains(clock.instant());

    Instant second = clock.instant();
    clock.advance(Duration.ofSeconds(1));
    LastUse latest = use("192.0.2.2");
    log.used(id, latest, false);
    log.sentInClear(id, true, first);
    log.flush();
    assertThat(exposed()).as("by a node that writes late").contains(second);
    assertThat(stored()).contains(latest);
    assertThat(changes).isEmpty();
  }

  @Test
  void writesNothingOfWrongSecretsInClearAndKeepsNoPlaceForThem() {
    for (int i = 0; i < SqlUseLog.MOST; i++) {
      log.sentInClear("other" + i, false, clock.instant());
    }
    log.sentInClear(id, false, clock.instant());
    assertThat(atOnce).isEmpty();
    log.used(id, use("192.0.2.1"), false);
    log.flush();
    assertThat(exposed()).isEmpty();
    assertThat(stored()).isPresent();
  }

  /** When so many have come that half of the room beside them is taken. */
  @Test
  void keepsSoManyInClearAsTheyComeAndSortsTheRest() {
    for (int i = 1; i < SqlUseLog.MOST_UNSORTED + SqlUseLog.HURRY; i++) {
      log.sentInClear("other" + i, true, clock.instant());
    }
    assertThat(atOnce).isEmpty();
    log.sentInClear(id, true, clock.instant());
    assertThat(atOnce).hasSize(1);
    log.flush();
    assertThat(exposed()).isPresent();
  }

  @Test
  void holdsNoMoreThanItMayAndDropsTheRest() {
    for (int i = 0; i < SqlUseLog.MOST; i++) {
      log.used("other" + i, use("192.0.2.1"), false);
    }
    log.used(id, use("192.0.2.1"), false);
    log.sentInClear(id, true, clock.instant());
    log.flush();
    assertThat(stored()).isEmpty();
    assertThat(exposed()).isEmpty();
    log.used(id, use("192.0.2.1"), false);
    log.flush();
    assertThat(stored()).isPresent();
  }

  /** In a burst of logins of many users the queue is emptied before it is full. */
  @Test
  void writesAtOnceWhenHalfOfTheRoomIsTaken() {
    for (int i = 0; i < SqlUseLog.HURRY - 1; i++) {
      log.used("other" + i, use("192.0.2.1"), false);
    }
    assertThat(atOnce).isEmpty();
    log.used(id, use("192.0.2.1"), false);
    log.used("another", use("192.0.2.1"), false);
    assertThat(atOnce).hasSize(1);
    atOnce.forEach(Runnable::run);
    assertThat(stored()).isPresent();
    log.used("another", use("192.0.2.1"), false);
    assertThat(atOnce).hasSize(1);
  }

  @Test
  void endsThePredecessorWithoutWaitingForTheNextBatch() {
    String successor =
        store.appPasswords().rotate(id, Duration.ofHours(1), TestConfig.ACTOR).appPassword().id();
    log.used(successor, use("192.0.2.1"), true);
    log.used(successor, use("192.0.2.1"), true);
    assertThat(atOnce).hasSize(1);
    atOnce.forEach(Runnable::run);
    assertThat(store.appPasswords().find(id).orElseThrow().state().word()).isEqualTo("revoked");
    assertThat(changes).hasSize(1);
  }
}
