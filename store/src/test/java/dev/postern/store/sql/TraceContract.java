package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.audit.Changes;
import dev.postern.store.auth.NameRules;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.TestConfig;
import dev.postern.store.trace.Trace;
import dev.postern.store.trace.TracedUser;
import dev.postern.store.trace.Traces;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Traces in each database, and on every node. */
abstract class TraceContract extends StoreContract {
  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

  // ---- what is kept

  @Test
  void listsWhatIsOnTheOldestFirst() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    Trace bobs = start(store, " Bob@EXAMPLE.com ");
    clock.advance(Duration.ofMinutes(1));
    Trace alices = start(store, ALICE);
    assertThat(store.traces().list()).containsExactly(bobs, alices);
    assertThat(open().traces().list()).containsExactly(bobs, alices);
    assertThat(alices.user()).isEqualTo(ALICE);
    assertThat(alices.startedAt()).isEqualTo(clock.instant());
    assertThat(alices.startedBy()).isEqualTo(TestConfig.ACTOR.who());
    assertThat(alices.endsAt()).isEqualTo(clock.instant().plus(TEN_MINUTES));
  }

  @Test
  void endsByItself() {
    Store store = open();
    add(store, ALICE);
    var _ = start(store, ALICE);
    awaitTraced(store, ALICE, true);
    TracedUser alice = find(store, ALICE).orElseThrow();
    clock.advance(TEN_MINUTES.minusMillis(1));
    assertThat(alice.takeLine()).isTrue();
    clock.advance(Duration.ofMillis(1));
    assertThat(alice.takeLine()).isFalse();
    assertThat(store.traceWatch().isOn()).isFalse();
    assertThat(store.traces().list()).isEmpty();
    assertRefused(Code.NOT_FOUND, () -> store.traces().stop(ALICE, TestConfig.ACTOR));
  }

  @Test
  void aSecondOneOfAUserTakesThePlaceOfTheFirst() {
    Store store = open();
    add(store, ALICE);
    Trace first = start(store, ALICE);
    Trace second = store.traces().start(ALICE, Duration.ofMinutes(30), TestConfig.ACTOR);
    assertThat(second.id()).isNotEqualTo(first.id());
    assertThat(store.traces().list()).containsExactly(second);
  }

  @Test
  void isStoppedByIdOrByUser() {
    Store store = open();
    add(store, ALICE);
    Trace first = start(store, ALICE);
    store.traces().stop(first.id(), TestConfig.ACTOR);
    assertThat(store.traces().list()).isEmpty();
    var _ = start(store, ALICE);
    store.traces().stop("Alice@example.com", TestConfig.ACTOR);
    assertThat(store.traces().list()).isEmpty();
    assertRefused(Code.NOT_FOUND, () -> store.traces().stop(first.id(), TestConfig.ACTOR));
    assertRefused(Code.NOT_FOUND, () -> store.traces().stop("nobody", TestConfig.ACTOR));
  }

  @Test
  void lastsAMinuteAtLeastAndAnHourAtMost() {
    Store store = open();
    add(store, ALICE);
    for (Duration time :
        List.of(Traces.SHORTEST.minusMillis(1), Traces.LONGEST.plusMillis(1), Duration.ZERO)) {
      assertRefused(Code.INVALID, () -> store.traces().start(ALICE, time, TestConfig.ACTOR));
    }
    var _ = store.traces().start(ALICE, Traces.SHORTEST, TestConfig.ACTOR);
    var _ = store.traces().start(ALICE, Traces.LONGEST, TestConfig.ACTOR);
  }

  @Test
  void nobodyIsTracedWhoIsNoUser() {
    Store store = open();
    assertRefused(Code.NOT_FOUND, () -> start(store, ALICE));
    assertRefused(Code.INVALID, () -> start(store, "two words"));
  }

  @Test
  void theTwentyFirstIsRefusedUnlessItTakesThePlaceOfOne() {
    Store store = open();
    for (int i = 0; i <= Traces.MOST; i++) {
      add(store, "user" + i);
    }
    for (int i = 0; i < Traces.MOST; i++) {
      var _ = start(store, "user" + i);
    }
    assertRefused(Code.LIMIT, () -> start(store, "user" + Traces.MOST));
    var _ = start(store, "user3");
    store.traces().stop("user7", TestConfig.ACTOR);
    var _ = start(store, "user" + Traces.MOST);
    assertThat(store.traces().list()).hasSize(Traces.MOST);
  }

  @Test
  void goesWithItsUser() {
    Store store = open();
    add(store, ALICE);
    var _ = start(store, ALICE);
    awaitTraced(store, ALICE, true);
    TracedUser alice = find(store, ALICE).orElseThrow();
    store.users().remove(ALICE, TestConfig.ACTOR);
    assertThat(store.traces().list()).isEmpty();
    await().untilAsserted(() -> assertThat(alice.isOn()).isFalse());
  }

  @Test
  void everyChangeIsOnRecord() {
    Store store = open();
    add(store, ALICE);
    Trace first = start(store, ALICE);
    Trace second = start(store, ALICE);
    store.traces().stop(ALICE, TestConfig.ACTOR);

    List<Changes.Entry> entries = entries(store);

    assertThat(entries)
        .extracting(Changes.Entry::action)
        .containsExactly("trace.start", "trace.start", "trace.stop");
    assertThat(entries).allMatch(entry -> entry.actor().equals(TestConfig.ACTOR));
    assertThat(entries)
        .extracting(entry -> entry.subject().id())
        .containsExactly(first.id(), second.id(), second.id());
    assertThat(entries).allMatch(entry -> entry.subject().name().equals(Optional.of(ALICE)));
    assertThat(entries.getFirst().before()).isEmpty();
    assertThat(entries.getFirst().after().orElseThrow())
        .contains("\"user\":\"" + ALICE + "\"", first.endsAt().toString());
    assertThat(entries.get(1).before()).isPresent();
    assertThat(entries.getLast().after()).isEmpty();
  }

  // ---- what nobody but Postern says

  @Test
  void aRowThatSomebodyElseWroteCountsForNothingAndCanBeTakenAway() {
    Store store = open();
    add(store, ALICE);
    Trace genuine = start(store, ALICE);
    long longer = genuine.endsAt().plusSeconds(3600).toEpochMilli();
    run("UPDATE traces SET ends_at = " + longer);
    Store restarted = open();
    assertThat(restarted.traces().list()).isEmpty();
    assertThat(find(restarted, ALICE)).isEmpty();
    assertThat(restarted.statistics().rowAlarms().get()).isPositive();
    restarted.traces().stop(genuine.id(), TestConfig.ACTOR);
    assertThat(query("SELECT COUNT(*) FROM traces")).isZero();
  }

  @Test
  void anOldRowIsNotPutBackUnderARunningNode() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    var _ = start(store, ALICE);
    awaitTraced(store, ALICE, true);
    run("CREATE TABLE kept AS SELECT * FROM traces");
    store.traces().stop(ALICE, TestConfig.ACTOR);
    awaitTraced(store, ALICE, false);

    run("INSERT INTO traces SELECT * FROM kept");
    var _ = start(store, BOB); // Has them read.

    awaitTraced(store, BOB, true);
    assertThat(find(store, ALICE)).isEmpty();
  }

  @Test
  void tracesOutliveTheKeyThatTheyWereSignedWith() {
    StoreConfig.Key first = TestConfig.key("i1", 201);
    StoreConfig.Key second = TestConfig.key("i2", 202);
    Store before = openWith(first);
    add(before, ALICE);
    var _ = start(before, ALICE);
    before.close();
    Store store = openWith(first, second);
    store.keys().activate(KeyKind.INTEGRITY, "i2", TestConfig.ACTOR);
    var _ = store.keys().retire(KeyKind.INTEGRITY, "i1", TestConfig.ACTOR, _ -> {});
    store.close();
    assertThat(openWith(second).traces().list()).hasSize(1);
  }

  private Store openWith(StoreConfig.Key... integrityKeys) {
    StoreConfig base = TestConfig.of(database);
    return open(
        new StoreConfig(
            database,
            base.pepper(),
            base.sealingKeys(),
            List.of(integrityKeys),
            base.appPasswords(),
            base.databaseGrace(),
            base.audit()),
        clock);
  }

  // ---- what every node does

  @Test
  void everyNodeHearsOfIt() {
    Store here = open();
    Store there = open();
    add(here, ALICE);
    add(here, BOB);
    assertThat(there.traceWatch().isOn()).isFalse();
    var _ = start(here, ALICE);
    awaitTraced(there, ALICE, true);
    awaitTraced(here, ALICE, true);
    assertThat(there.traceWatch().isOn()).isTrue();
    assertThat(find(there, BOB)).isEmpty();
    TracedUser alice = find(here, ALICE).orElseThrow();
    there.traces().stop(ALICE, TestConfig.ACTOR);
    awaitTraced(here, ALICE, false);
    assertThat(alice.isOn()).isFalse();
    assertThat(here.traceWatch().isOn()).isFalse();
  }

  @Test
  void aNodeThatStartsLaterKnowsIt() {
    Store store = open();
    add(store, ALICE);
    var _ = start(store, ALICE);
    assertThat(find(open(), ALICE)).isPresent();
  }

  @Test
  void aliasesLeadToTheUserAlsoThoseThatComeLater() {
    Store store = open();
    add(store, ALICE);
    store.users().addAlias(ALICE, "ali@example.com", TestConfig.ACTOR);
    var _ = start(store, ALICE);
    awaitTraced(store, "Ali@Example.com", true);
    store.users().addAlias(ALICE, "scanner", TestConfig.ACTOR);
    awaitTraced(store, "scanner", true);
    assertThat(find(store, "scanner").orElseThrow().name()).isEqualTo(ALICE);
    store.users().removeAlias(ALICE, "scanner", TestConfig.ACTOR);
    awaitTraced(store, "scanner", false);
  }

  @Test
  void shortNamesLeadToTheUserUnlessTheyAreSomebodyElses() {
    StoreConfig base = TestConfig.of(database);
    Store store =
        open(
            new StoreConfig(
                database,
                base.pepper(),
                base.sealingKeys(),
                base.integrityKeys(),
                base.appPasswords(),
                base.databaseGrace(),
                base.audit(),
                new NameRules(Optional.of("example.com"), Optional.of('+')),
                base.guard()),
            clock);
    add(store, ALICE);
    add(store, BOB);
    store.users().addAlias(BOB, "alice", TestConfig.ACTOR);
    var _ = start(store, ALICE);
    awaitTraced(store, ALICE, true);
    awaitTraced(store, "alice+scan@example.com", true);
    awaitTraced(store, "alice", false);
    store.users().removeAlias(BOB, "alice", TestConfig.ACTOR);
    awaitTraced(store, "alice", true);
  }

  @Test
  void whileTheyCannotBeReadTheyStayAndThenTheyAreFollowedAgain() {
    Store store = open();
    add(store, ALICE);
    var _ = start(store, ALICE);
    awaitTraced(store, ALICE, true);
    try (LogLines log = new LogLines()) {
      run("ALTER TABLE traces RENAME TO away");
      run("UPDATE change_counter SET number = number + 1");
      run(
          "INSERT INTO changes (number, kind, user_id, at)"
              + " SELECT number, 'traces', '', 0 FROM change_counter");
      await().until(() -> log.toString().contains("traces are not read"));
      assertThat(find(store, ALICE)).isPresent();
    }
    run("DELETE FROM away");
    run("ALTER TABLE away RENAME TO traces");
    awaitTraced(store, ALICE, false);
  }

  private static List<Changes.Entry> entries(Store store) {
    Changes.Query traces =
        new Changes.Query(
            Optional.empty(),
            Optional.empty(),
            Optional.of("trace"),
            Optional.empty(),
            Optional.empty());
    return store.changes().list(traces, Optional.empty(), 10).reversed();
  }

  private static Trace start(Store store, String user) {
    return store.traces().start(user, TEN_MINUTES, TestConfig.ACTOR);
  }

  private static void awaitTraced(Store store, String name, boolean isTraced) {
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(find(store, name).isPresent()).isEqualTo(isTraced));
  }

  private static Optional<TracedUser> find(Store store, String name) {
    return store.traceWatch().find(name).toCompletableFuture().join();
  }
}
