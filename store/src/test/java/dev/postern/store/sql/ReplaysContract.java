package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.access.RepeatedException;
import dev.postern.store.access.Replay;
import dev.postern.store.audit.Changes;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Requests that are made once, in each database, and where changes came from. */
abstract class ReplaysContract extends StoreContract {
  private static final InetAddress OFFICE = InetAddress.ofLiteral("192.0.2.7");

  private static Actor once(String key, String nonce) {
    return new Actor(
        "shop",
        "issuer",
        Channel.API,
        Optional.of(OFFICE),
        Optional.of(new Actor.Once("tk_1", key, "print of " + nonce, nonce)));
  }

  private IssuedAppPassword create(Store store, Actor actor) {
    return store.appPasswords().create(ALICE, phone(), actor);
  }

  private static int passwords(Store store) {
    return store.appPasswords().list(ALICE).size();
  }

  @Test
  void theSecondRequestWithTheSameKeyIsUndoneAndToldOfTheFirst() {
    Store store = open();
    add(store, ALICE);
    String id = create(store, once("k", "n1")).appPassword().id();
    clock.advance(Duration.ofHours(23));

    Replay first =
        new Replay(
            "print of n1",
            "app-password.create",
            "app-password",
            id,
            clock.instant().minus(Duration.ofHours(23)));
    assertThatThrownBy(() -> create(store, once("k", "n2")))
        .isInstanceOfSatisfying(
            RepeatedException.class, repeated -> assertThat(repeated.replay()).isEqualTo(first));

    assertThat(passwords(store)).isEqualTo(1);
    assertThat(store.replays().find("tk_1", "k")).contains(first);
    assertThat(store.changes().list(Changes.Query.ALL, Optional.empty(), 10))
        .extracting(Changes.Entry::action)
        .containsExactly("app-password.create", "user.add");
  }

  @Test
  void anotherKeyOrAnotherTokenIsAnotherRequest() {
    Store store = open();
    add(store, ALICE);
    var _ = create(store, once("k", "n1"));
    var _ = create(store, once("K", "n2"));
    var _ =
        create(
            store,
            new Actor(
                "desk",
                "operator",
                Channel.API,
                Optional.empty(),
                Optional.of(new Actor.Once("tk_2", "k", "f", "n3"))));
    assertThat(passwords(store)).isEqualTo(3);
    assertThat(store.replays().find("tk_2", "K")).isEmpty();
    assertThat(store.replays().find("tk_3", "k")).isEmpty();
  }

  @Test
  void afterADayTheKeyIsANewOneEvenBeforeItsRowGoes() {
    Store store = open();
    add(store, ALICE);
    var _ = create(store, once("k", "n1"));
    clock.advance(Duration.ofHours(24));
    assertThat(store.replays().find("tk_1", "k")).isEmpty();
    String id = create(store, once("k", "n2")).appPassword().id();
    assertThat(store.replays().find("tk_1", "k").map(Replay::subjectId)).contains(id);
    assertThat(store.replays().find("tk_1", "k").map(Replay::fingerprint)).contains("print of n2");
    assertThat(passwords(store)).isEqualTo(2);
  }

  @Test
  void rowsGoAfterADay() {
    Store store = open();
    add(store, ALICE);
    var _ = create(store, once("old", "n1"));
    clock.advance(Duration.ofHours(24));
    var _ = create(store, once("young", "n2"));
    clock.advance(Duration.ofMillis(1));
    sweep();
    assertThat(query("SELECT COUNT(*) FROM replays")).isEqualTo(1);
    assertThat(store.replays().find("tk_1", "young")).isPresent();
  }

  private void sweep() {
    try (Database direct = Database.open(database, false)) {
      Writes writes = new Writes(direct, clock, _ -> {});
      AppPasswordTable table = new AppPasswordTable(TestConfig.rowChecks());
      ChangeLog changeLog = new ChangeLog(new SecureRandom());
      new Housekeeping(
              direct,
              writes,
              new Rotation(table, direct.dialect(), changeLog),
              new Expiration(table, writes, changeLog),
              () -> StoreConfig.AuditRules.DEFAULTS)
          .run();
    }
  }

  /** All of a user are revoked in one transaction, with an entry for each. */
  @Test
  void severalEntriesOfOneTransactionAreOneRequest() {
    Store store = open();
    add(store, ALICE);
    List<String> ids =
        IntStream.range(0, 3)
            .mapToObj(_ -> create(store, ALICE).appPassword().id())
            .sorted()
            .toList();
    List<AppPassword> gone = store.appPasswords().revokeAll(ALICE, "lost", once("k", "n1"));
    assertThat(gone).hasSize(3);
    assertThat(ids).contains(store.replays().find("tk_1", "k").orElseThrow().subjectId());
    assertThat(query("SELECT COUNT(*) FROM replays")).isEqualTo(1);
  }

  @Test
  void oneRequestMayWriteTwiceInOneTransaction() {
    Store store = open();
    try (Database direct = Database.open(database, false)) {
      Writes writes = new Writes(direct, clock, _ -> {});
      ChangeLog log = new ChangeLog(new SecureRandom());
      Actor actor = once("k", "n1");
      boolean _ =
          writes.run((handle, _) -> {
            log.write(handle, actor, clock.instant(), entry("first"));
            log.write(handle, actor, clock.instant(), entry("second"));
            return true;
          });
    }
    assertThat(store.replays().find("tk_1", "k").map(Replay::subjectId)).contains("first");
  }

  private static ChangeLog.Entry entry(String id) {
    return new ChangeLog.Entry(
        "thing.add",
        new Changes.Subject("thing", id, Optional.empty(), Optional.empty()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void whatIsRefusedLeavesTheKeyFree() {
    Store store = open();
    assertRefused(RefusedException.Code.NOT_FOUND, () -> create(store, once("k", "n1")));
    assertThat(store.replays().find("tk_1", "k")).isEmpty();
    add(store, ALICE);
    var _ = create(store, once("k", "n2"));
    assertThat(passwords(store)).isEqualTo(1);
  }

  /** Again and again, since the two may miss each other by chance. */
  @Test
  void ofTwoAtTheSameMomentOnTwoNodesOneIsMade() throws Exception {
    Store one = open();
    Store other = open();
    for (int i = 0; i < 20; i++) {
      String key = "k" + i;
      String user = "user" + i + "@example.com";
      String second = "second" + i + "@example.com";
      add(one, user);
      add(one, second);
      // Of different users, so that it is the key alone that keeps one of them out.
      List<Optional<Replay>> told = race(one, user, other, second, key);
      assertThat(told.stream().filter(Optional::isPresent)).hasSize(1);
      List<AppPassword> made =
          Stream.concat(
                  one.appPasswords().list(user).stream(), one.appPasswords().list(second).stream())
              .toList();
      assertThat(made).hasSize(1);
      Replay replay = told.stream().flatMap(Optional::stream).findFirst().orElseThrow();
      assertThat(replay.subjectId()).isEqualTo(made.getFirst().id());
      assertThat(one.replays().find("tk_1", key)).contains(replay);
    }
  }

  private static List<Optional<Replay>> race(
      Store one, String user, Store other, String second, String key) throws Exception {
    CyclicBarrier start = new CyclicBarrier(2);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<Optional<Replay>>> answers =
          List.of(
              threads.submit(() -> attempt(one, user, once(key, "a"), start)),
              threads.submit(() -> attempt(other, second, once(key, "b"), start)));
      return List.of(
          answers.getFirst().get(20, TimeUnit.SECONDS),
          answers.getLast().get(20, TimeUnit.SECONDS));
    }
  }

  private static Optional<Replay> attempt(
      Store store, String user, Actor actor, CyclicBarrier start) throws Exception {
    try {
      int _ = start.await(10, TimeUnit.SECONDS);
      var _ = store.appPasswords().create(user, TestConfig.spec("phone"), actor);
      return Optional.empty();
    } catch (RepeatedException e) {
      return Optional.of(e.replay());
    }
  }

  @Test
  void refusesKeysThatDoNotFit() {
    assertThatThrownBy(() -> new Actor.Once("t", "", "f", "n"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Actor.Once("t", "x".repeat(256), "f", "n"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Actor.Once("t", "a\0", "f", "n"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // ---- where changes came from

  @Test
  void theRecordSaysWhereAChangeCameFrom() {
    Store store = open();
    add(store, ALICE);
    clock.advance(Duration.ofSeconds(1));
    var _ = create(store, once("k", "n1"));
    List<Changes.Entry> entries = store.changes().list(Changes.Query.ALL, Optional.empty(), 10);
    assertThat(entries.getFirst().actor())
        .isEqualTo(new Actor("shop", "issuer", Channel.API, Optional.of(OFFICE), Optional.empty()));
    assertThat(entries.getLast().actor()).isEqualTo(TestConfig.ACTOR);
  }

  @Test
  void anErasedPersonLeavesNoAddress() {
    Store store = open();
    add(store, ALICE);
    Actor alice = new Actor(ALICE, "user", Channel.PORTAL, Optional.of(OFFICE), Optional.empty());
    var _ = create(store, alice);
    var _ = store.personalData().erase(ALICE, alice);
    assertThat(query("SELECT COUNT(*) FROM admin_changes WHERE peer IS NOT NULL")).isZero();
    assertThat(query("SELECT COUNT(*) FROM admin_changes WHERE actor = '" + ALICE + "'")).isZero();
  }
}
