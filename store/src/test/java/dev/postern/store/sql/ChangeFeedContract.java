package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.StoreException;
import dev.postern.store.UserChange;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.testing.TestConfig;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Two stores over one database, as in two processes: what one changes the other learns. */
abstract class ChangeFeedContract extends StoreContract {
  /** A second is promised; tests run on machines that have other things to do as well. */
  private static final Duration SOON = Duration.ofSeconds(5);

  private static String idOf(Store store, String name) {
    return store.users().find(name).map(User::id).orElseThrow();
  }

  /** The ids that are told, {@code *} for anybody. */
  private static Consumer<UserChange> idsInto(List<String> told) {
    return change ->
        told.add(
            switch (change) {
              case UserChange.OfUser(String userId, var _) -> userId;
              case UserChange.OfAnybody() -> "*";
            });
  }

  private static void awaitRefusal(
      Store store, IssuedAppPassword issued, Optional<RejectReason> reason) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(refusal(store, ALICE, issued.secret())).isEqualTo(reason));
  }

  @Test
  void carriesEveryChangeToTheOtherStore() {
    Store here = open();
    Store there = open();
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    awaitRefusal(there, issued, Optional.empty());
    String id = issued.appPassword().id();

    var _ = here.appPasswords().suspend(id, "leave", TestConfig.ACTOR);
    awaitRefusal(there, issued, Optional.of(RejectReason.SUSPENDED));
    var _ = here.appPasswords().resume(id, TestConfig.ACTOR);
    awaitRefusal(there, issued, Optional.empty());
    var _ = here.users().disable(ALICE, "left", TestConfig.ACTOR);
    awaitRefusal(there, issued, Optional.of(RejectReason.USER_DISABLED));
    var _ = here.users().enable(ALICE, TestConfig.ACTOR);
    awaitRefusal(there, issued, Optional.empty());
    var _ = here.appPasswords().revoke(id, "lost", TestConfig.ACTOR);
    awaitRefusal(there, issued, Optional.of(RejectReason.REVOKED));
    here.users().remove(ALICE, TestConfig.ACTOR);
    awaitRefusal(there, issued, Optional.of(RejectReason.UNKNOWN_USER));
  }

  /** Their rows were genuine once, and their signatures still are. */
  @Test
  void whoWasRemovedIsNotPutBackUnnoticed() {
    Store here = open();
    Store there = open();
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    awaitRefusal(there, issued, Optional.empty());
    List<String> tables = List.of("users", "app_passwords", "login_names");
    tables.forEach(table -> run("CREATE TABLE kept_" + table + " AS SELECT * FROM " + table));
    List<String> told = new CopyOnWriteArrayList<>();
    there.onUserChanged(idsInto(told));
    here.users().remove(ALICE, TestConfig.ACTOR);
    add(here, BOB);
    await().atMost(SOON).until(() -> told.contains(idOf(here, BOB)));
    assertThat(refusal(there, ALICE, issued.secret())).contains(RejectReason.UNKNOWN_USER);
    assertThat(there.statistics().rowAlarms().get()).isZero();

    tables.forEach(table -> run("INSERT INTO " + table + " SELECT * FROM kept_" + table));
    run("UPDATE change_counter SET number = number + 1");
    run(
        "INSERT INTO changes (number, user_id, login_name, at) SELECT number, 'nobody', '"
            + ALICE
            + "', 0 FROM change_counter");
    await()
        .atMost(SOON)
        .until(() -> {
          assertThat(refusal(there, ALICE, issued.secret())).contains(RejectReason.UNKNOWN_USER);
          return there.statistics().rowAlarms().get() > 0;
        });
  }

  /** What was taken for nobody's while the row was not genuine is looked for again. */
  @Test
  void aUserWhoseRowIsWrittenAnewIsKnownAtOnce() {
    Store here = open();
    Store there = open();
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    run("UPDATE users SET group_name = 'staff'");
    awaitRefusal(there, issued, Optional.of(RejectReason.UNKNOWN_USER));
    run("UPDATE users SET group_name = NULL");
    var _ =
        here.users().edit(ALICE, UserEdit.NONE.withGroup(Optional.of("staff")), TestConfig.ACTOR);
    awaitRefusal(there, issued, Optional.empty());
  }

  @Test
  void makesTheOtherStoreForgetThatNobodyHasAName() {
    Store here = open();
    Store there = open();
    add(here, BOB);
    IssuedAppPassword bobs = create(here, BOB);
    assertThat(refusal(there, ALICE, bobs.secret())).contains(RejectReason.UNKNOWN_USER);
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    awaitRefusal(there, issued, Optional.empty());
  }

  @Test
  void tellsListenersAfterTheCacheHasForgotten() {
    Store here = open();
    Store there = open();
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    awaitRefusal(there, issued, Optional.empty());
    List<Optional<RejectReason>> seen = new CopyOnWriteArrayList<>();
    String alice = idOf(here, ALICE);
    there.onUserChanged(changed -> {
      if (changed instanceof UserChange.OfUser(String id, var _) && id.equals(alice)) {
        seen.add(refusal(there, ALICE, issued.secret()));
      }
    });
    var _ = here.appPasswords().revoke(issued.appPassword().id(), "lost", TestConfig.ACTOR);
    await().atMost(SOON).until(() -> !seen.isEmpty());
    assertThat(seen.getLast()).contains(RejectReason.REVOKED);
  }

  @Test
  void tellsListenersOfTheirOwnProcessToo() {
    Store here = open();
    List<String> told = new CopyOnWriteArrayList<>();
    here.onUserChanged(_ -> {
      throw new IllegalStateException("a bad listener does not silence the others");
    });
    here.onUserChanged(idsInto(told));
    add(here, ALICE);
    String alice = idOf(here, ALICE);
    await().atMost(SOON).untilAsserted(() -> assertThat(told).contains(alice));
  }

  /** A change that nobody was notified of, as when a pooler swallows LISTEN. */
  @Test
  void findsChangesWithoutAnyNotification() {
    Store here = open();
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    awaitRefusal(here, issued, Optional.empty());
    run("DELETE FROM app_passwords");
    run(
        "INSERT INTO changes (number, user_id, at) SELECT number + 1, '"
            + idOf(here, ALICE)
            + "', 0 FROM change_counter");
    run("UPDATE change_counter SET number = number + 1");
    awaitRefusal(here, issued, Optional.of(RejectReason.WRONG_SECRET));
  }

  @Test
  void takesEverythingForChangedWhenChangesAreMissing() {
    Store here = open();
    List<String> told = new CopyOnWriteArrayList<>();
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    awaitRefusal(here, issued, Optional.empty());
    here.onUserChanged(idsInto(told));
    run("DELETE FROM app_passwords");
    run("UPDATE change_counter SET number = number + 5");
    awaitRefusal(here, issued, Optional.of(RejectReason.WRONG_SECRET));
    await().atMost(SOON).untilAsserted(() -> assertThat(told).contains("*"));
  }

  @Test
  void takesEverythingForChangedWhenSomeOfTheChangesAreMissing() {
    Store here = open();
    List<String> told = new CopyOnWriteArrayList<>();
    here.onUserChanged(idsInto(told));
    add(here, ALICE);
    String alice = idOf(here, ALICE);
    await().atMost(SOON).untilAsserted(() -> assertThat(told).contains(alice));
    // Number 7 is there, 2 to 6 are not.
    run("INSERT INTO changes (number, user_id, at) VALUES (7, '" + alice + "', 0)");
    run("UPDATE change_counter SET number = 7");
    await().atMost(SOON).untilAsserted(() -> assertThat(told).contains("*"));
  }

  @Test
  void takesEverythingForChangedWhenOneInTheMiddleIsMissing() {
    Store here = open();
    List<String> told = new CopyOnWriteArrayList<>();
    here.onUserChanged(idsInto(told));
    add(here, ALICE);
    String alice = idOf(here, ALICE);
    await().atMost(SOON).untilAsserted(() -> assertThat(told).contains(alice));
    // Number 3 is not there. In one statement, so that the feed finds them all on one page.
    run(
        "INSERT INTO changes (number, user_id, at) VALUES (2, '%1$s', 0), (4, '%1$s', 0)"
            .formatted(alice));
    run("UPDATE change_counter SET number = 4");
    await().atMost(SOON).untilAsserted(() -> assertThat(told).contains("*"));
  }

  @Test
  void takesEverythingForChangedWhenTheDatabaseWasPutBack() {
    Store here = open();
    List<String> told = new CopyOnWriteArrayList<>();
    here.onUserChanged(idsInto(told));
    add(here, ALICE);
    String alice = idOf(here, ALICE);
    await().atMost(SOON).untilAsserted(() -> assertThat(told).contains(alice));
    run("UPDATE change_counter SET number = 0");
    await().atMost(SOON).untilAsserted(() -> assertThat(told).contains("*"));
  }

  /** Nobody would hear of it. */
  @Test
  void nothingIsChangedWhileChangesAreNotCounted() {
    Store here = open();
    run("DELETE FROM change_counter");
    assertThatThrownBy(() -> add(here, ALICE))
        .isInstanceOfSatisfying(
            StoreException.class,
            failure -> assertThat(failure.remedy()).contains("change_counter"))
        .hasMessageContaining("does not count changes");
    assertThat(here.users().find(ALICE)).isEmpty();
  }

  @Test
  void readsMoreChangesThanFitOnAPage() {
    Store here = open();
    Store there = open();
    List<String> told = new CopyOnWriteArrayList<>();
    there.onUserChanged(idsInto(told));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 1500; i++) {
      names.add("user" + i);
    }
    here.appPasswords()
        .createForAll(names, TestConfig.spec("bulk"), true, TestConfig.ACTOR, _ -> {});
    String last = idOf(here, "user1499");
    await().atMost(SOON).untilAsserted(() -> assertThat(told).contains(last));
    assertThat(told).doesNotContain("*");
    assertThat(told.stream().distinct()).hasSize(1500);
  }

  /** As many as a bulk revocation makes; in one transaction, which is the worst. */
  @Test
  void tellsOfAHundredThousandChangesAtOnce() {
    Store here = open();
    Set<UserChange> told = ConcurrentHashMap.newKeySet();
    here.onUserChanged(told::add);
    try (Database direct = Database.open(database, false)) {
      Writes writes = new Writes(direct, clock, _ -> {});
      int _ =
          writes.run((_, changes) -> {
            for (int i = 0; i < 100_000; i++) {
              changes.accept(Change.ofName("id" + i, "name" + i));
            }
            return 0;
          });
    }
    await().atMost(Duration.ofSeconds(60)).until(() -> told.size() >= 100_000);
    assertThat(told).hasSize(100_000).doesNotContain(new UserChange.OfAnybody());
  }

  /** As a node of the version before writes them, and as it reads those of this one. */
  @Test
  void nodesOfTheVersionBeforeAreUnderstoodAndNotConfused() {
    Store here = open();
    add(here, ALICE);
    List<String> told = new CopyOnWriteArrayList<>();
    here.onUserChanged(idsInto(told));
    run("INSERT INTO changes (number, user_id, login_name, at) VALUES (2, 'old', NULL, 0)");
    run("UPDATE change_counter SET number = 2");
    await().atMost(SOON).untilAsserted(() -> assertThat(told).contains("old"));

    var _ = here.sessions().kick(SessionFilter.ALL, "why", TestConfig.ACTOR);
    assertThat(query("SELECT COUNT(*) FROM changes WHERE kind = 'kick' AND user_id = ''")).isOne();
  }

  @Test
  void aKindThatANewerNodeKnowsIsLeftOut() {
    Store here = open();
    List<String> told = new CopyOnWriteArrayList<>();
    List<SessionFilter> kicks = new CopyOnWriteArrayList<>();
    here.onUserChanged(idsInto(told));
    here.sessionRegistry().onKick(kicks::add);
    run(
        "INSERT INTO changes (number, kind, user_id, detail, at) VALUES (1, 'moon', '', 'x', 0),"
            + " (2, 'kick', '', 'id=1&phase=full', 0), (3, 'kick', '', NULL, 0)");
    run("UPDATE change_counter SET number = 3");
    add(here, ALICE);
    String alice = idOf(here, ALICE);
    await().atMost(SOON).untilAsserted(() -> assertThat(told).containsExactly(alice));
    assertThat(kicks).isEmpty();
  }

  @Test
  void tellsOfBansOnceForManyAndWhenItLostItsPlace() {
    FeedListener listener = new FeedListener();
    List<String> told = new CopyOnWriteArrayList<>();
    listener.onBansChanged(() -> told.add("bans"));
    Store here = open(); // makes the schema
    add(here, ALICE);
    try (Database direct = Database.open(database, false);
        ChangeFeed _ = ChangeFeed.start(direct, System::nanoTime, listener)) {
      Writes writes = new Writes(direct, clock, _ -> {});
      int _ =
          writes.run((_, changes) -> {
            changes.accept(Change.ofUser("somebody"));
            changes.accept(new Change.Bans());
            return 0;
          });
      await().atMost(SOON).untilAsserted(() -> assertThat(told).containsExactly("bans"));
      run("UPDATE change_counter SET number = number + 5");
      await().atMost(SOON).untilAsserted(() -> assertThat(told).hasSize(2));
    }
  }

  @Test
  void prunesChangesThatEverybodyHasReadLongAgo() {
    Store here = open();
    add(here, ALICE);
    try (Database direct = Database.open(database, false)) {
      Writes writes = new Writes(direct, clock, _ -> {});
      AppPasswordTable table = new AppPasswordTable(TestConfig.rowChecks());
      Housekeeping housekeeping =
          new Housekeeping(
              direct,
              writes,
              new Rotation(table, direct.dialect(), new ChangeLog(new SecureRandom())),
              new Expiration(table, writes, new ChangeLog(new SecureRandom())),
              () -> StoreConfig.AuditRules.DEFAULTS);
      housekeeping.run();
      assertThat(count(direct)).isPositive();
      clock.advance(Housekeeping.CHANGES_KEPT.plusMillis(1));
      housekeeping.run();
      assertThat(count(direct)).isZero();
    }
    add(here, BOB);
    assertThat(refusal(here, BOB, create(here, BOB).secret())).isEmpty();
  }

  private static int count(Database direct) {
    return direct.read(
        handle -> handle.createQuery("SELECT COUNT(*) FROM changes").mapTo(Integer.class).one());
  }

  // ---- last use

  @Test
  void notesTheLastUseWithoutMakingItAChange() {
    Store here = open();
    List<String> told = new CopyOnWriteArrayList<>();
    here.onUserChanged(idsInto(told));
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    add(here, BOB);
    String bob = idOf(here, BOB);
    await().atMost(SOON).untilAsserted(() -> assertThat(told).contains(bob));
    told.clear();
    clock.advance(Duration.ofMinutes(3));
    assertThat(refusal(here, ALICE, issued.secret())).isEmpty();
    here.close();

    AppPassword.LastUse use =
        open().appPasswords().find(issued.appPassword().id()).orElseThrow().lastUse().orElseThrow();
    assertThat(use.at()).isEqualTo(clock.instant());
    assertThat(use.from().isLoopbackAddress()).isTrue();
    assertThat(use.scope().word()).isEqualTo("imap");
    assertThat(use.clientName()).isEqualTo("test");
    assertThat(told).isEmpty();
  }

  @Test
  void writesLastUsesWhileItRuns() {
    Store here = open();
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    assertThat(refusal(here, ALICE, issued.secret())).isEmpty();
    String id = issued.appPassword().id();
    await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> here.appPasswords().find(id).orElseThrow().lastUse().isPresent());
  }
}
