package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.StoreException;
import dev.postern.store.UserChange;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.StorageForm;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.integrity.SeenVersions;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.keys.KeyStatus;
import dev.postern.store.keys.Keys;
import dev.postern.store.keys.LiveNode;
import dev.postern.store.testing.TestConfig;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys follow one another while the site runs, and end; the database does not choose them. */
abstract class KeysContract extends StoreContract {
  private static final StoreConfig.Key P1 = TestConfig.key("p1", 1);
  private static final StoreConfig.Key P2 = TestConfig.key("p2", 2);
  private static final StoreConfig.Key S1 = TestConfig.key("s1", 101);
  private static final StoreConfig.Key S2 = TestConfig.key("s2", 102);
  private static final StoreConfig.Key I1 = TestConfig.key("i1", 201);
  private static final StoreConfig.Key I2 = TestConfig.key("i2", 202);
  private static final Duration FOLLOWED = Duration.ofSeconds(20);

  private Store openWith(
      List<StoreConfig.Key> peppers, List<StoreConfig.Key> sealing, List<StoreConfig.Key> own) {
    StoreConfig base = TestConfig.of(database);
    return open(
        new StoreConfig(
            database,
            peppers,
            sealing,
            own,
            base.appPasswords(),
            base.databaseGrace(),
            base.audit()),
        clock);
  }

  private Store openWith(StoreConfig.Key... peppers) {
    return openWith(List.of(peppers), List.of(S1), List.of());
  }

  private static KeyStatus status(Store store, KeyKind kind, String id) {
    return store.keys().status(Optional.of(kind)).stream()
        .filter(key -> key.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private static KeyState state(Store store, KeyKind kind, String id) {
    return status(store, kind, id).state();
  }

  private long count(String from) {
    return query("SELECT COUNT(*) FROM " + from);
  }

  // ---- what is active

  @Test
  void theNewestKeyOfTheFirstStartIsActive() {
    Store store = openWith(P1, P2);
    assertThat(state(store, KeyKind.PEPPER, "p1")).isEqualTo(KeyState.HELD);
    assertThat(state(store, KeyKind.PEPPER, "p2")).isEqualTo(KeyState.ACTIVE);
    add(store, ALICE);
    var _ = create(store, ALICE);
    assertThat(status(store, KeyKind.PEPPER, "p2").uses()).isEqualTo(1);
    assertThat(status(store, KeyKind.PEPPER, "p1").uses()).isZero();
  }

  @Test
  void aKeyThatWasAddedIsNotUsedUntilItIsActivated() {
    openWith(P1).keys().add(KeyKind.PEPPER, P2, TestConfig.ACTOR);
    Store store = openWith(P1, P2);
    store.joinAsNode("one");
    add(store, ALICE);
    IssuedAppPassword old = create(store, ALICE);
    assertThat(state(store, KeyKind.PEPPER, "p2")).isEqualTo(KeyState.ADDED);
    assertThat(status(store, KeyKind.PEPPER, "p1").uses()).isEqualTo(1);

    assertThat(store.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR).state())
        .isEqualTo(KeyState.ACTIVE);

    IssuedAppPassword fresh = create(store, ALICE);
    assertThat(status(store, KeyKind.PEPPER, "p2").uses()).isEqualTo(1);
    assertThat(refusal(store, ALICE, old.secret())).isEmpty();
    assertThat(refusal(store, ALICE, fresh.secret())).isEmpty();
  }

  @Test
  void anotherProcessFollowsWithoutARestart() {
    Store here = openWith(P1, P2);
    here.keys().activate(KeyKind.PEPPER, "p1", TestConfig.ACTOR);
    Store there = openWith(P1, P2);
    add(here, ALICE);
    var _ = create(there, ALICE);
    assertThat(status(here, KeyKind.PEPPER, "p1").uses()).isEqualTo(1);

    here.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);

    await()
        .atMost(FOLLOWED)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> {
          var _ = create(there, ALICE);
          return status(here, KeyKind.PEPPER, "p2").uses() > 0;
        });
  }

  @Test
  void aKeyPutIntoTheFileByHandBecomesActiveWhenAllNodesHoldIt() {
    Store first = openWith(P1);
    first.joinAsNode("one");
    Store second = openWith(P1, P2);
    second.joinAsNode("two");
    assertThat(first.sessionRegistry().liveNodes()).as("as of its own beat").isEqualTo(1);
    assertThat(second.sessionRegistry().liveNodes()).isEqualTo(2);
    assertThat(state(second, KeyKind.PEPPER, "p2")).isEqualTo(KeyState.UNKNOWN);
    assertThat(status(second, KeyKind.PEPPER, "p2").lacking()).containsExactly("one");
    first.close();
    Store again = openWith(P1, P2);
    again.joinAsNode("one");
    assertThat(state(again, KeyKind.PEPPER, "p2")).isEqualTo(KeyState.ACTIVE);
  }

  @Test
  void doesNotActivateWhatALiveNodeLacks() {
    Store lacking = openWith(P1);
    lacking.joinAsNode("mx1");
    Store here = openWith(P1, P2);
    here.keys().add(KeyKind.PEPPER, P2, TestConfig.ACTOR);
    Throwable refused =
        catchThrowable(() -> here.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR));
    assertThat(refused).isInstanceOf(RefusedException.class).hasMessageContaining("mx1");
    lacking.close();
    Store holding = openWith(P1, P2);
    holding.joinAsNode("mx1");
    here.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    add(here, ALICE);
    IssuedAppPassword made = create(here, ALICE);
    assertThat(refusal(holding, ALICE, made.secret())).isEmpty();
    assertThat(status(here, KeyKind.PEPPER, "p2").holders()).containsExactly("mx1");
  }

  @Test
  void doesNotActivateWhatItDoesNotHold() {
    Keys keys = openWith(P1).keys();
    assertRefused(
        RefusedException.Code.NOT_FOUND,
        () -> keys.activate(KeyKind.PEPPER, "p9", TestConfig.ACTOR));
  }

  @Test
  void aNodeThatIsSilentForHalfAMinuteDoesNotCount() {
    Store store = openWith(P1);
    silentNode(-25);
    assertThat(store.keys().nodes()).extracting(LiveNode::name).containsExactly("gone");
    timePasses(6);
    assertThat(store.keys().nodes()).isEmpty();
  }

  /** A node whose last heartbeat was so many seconds before or after now. */
  private void silentNode(int seconds) {
    run(
        "INSERT INTO nodes (id, name, started_at, heartbeat_at, held_keys, active_keys) VALUES ('x',"
            + " 'gone', 1, "
            + databaseTime()
            + " + "
            + 1000 * seconds
            + ", '', '')");
  }

  /** For those who are silent. */
  private void timePasses(int seconds) {
    run("UPDATE nodes SET heartbeat_at = heartbeat_at - " + 1000 * seconds + " WHERE id = 'x'");
  }

  private String databaseTime() {
    return switch (database) {
      case StoreConfig.Database.Sqlite _ -> Dialect.SQLITE.now();
      case StoreConfig.Database.Postgres _ -> Dialect.POSTGRESQL.now();
    };
  }

  /** Its clock is not what decides whether it is silent. */
  @Test
  void aNodeWhoseClockIsSetBackStillCounts() {
    Clock behind = Clock.offset(clock, Duration.ofHours(-1));
    Store node = open(TestConfig.of(database), behind);
    node.joinAsNode("mx1");
    Store other = openWith(P1, P2);
    other.joinAsNode("mx2");
    other.keys().add(KeyKind.PEPPER, P2, TestConfig.ACTOR);

    assertThat(other.keys().nodes()).extracting(LiveNode::name).containsExactly("mx1", "mx2");
    assertRefused(
        RefusedException.Code.STATE,
        () -> other.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR));
  }

  @Test
  void aNodeThatDiedBeforeTheClockWasSetBackDoesNotCountForLong() {
    Store store = openWith(P1);
    silentNode(3600);
    store.joinAsNode("mx1");
    assertThat(store.keys().nodes()).extracting(LiveNode::name).containsExactly("gone", "mx1");
    timePasses(31);
    assertThat(store.keys().nodes()).extracting(LiveNode::name).containsExactly("mx1");
  }

  @Test
  void theRowOfANodeThatIsLongGoneGoesWithTheNextHeartbeat() {
    Store store = openWith(P1);
    silentNode(-590);
    store.joinAsNode("mx1");
    assertThat(count("nodes")).isEqualTo(2);
    timePasses(11);
    Store other = openWith(P1);
    other.joinAsNode("mx2");
    assertThat(count("nodes WHERE id = 'x'")).isZero();
    assertThat(count("nodes")).isEqualTo(2);
  }

  @Test
  void aNodeThatEndsIsNoneAtOnce() {
    Store watching = openWith(P1);
    Store node = openWith(P1);
    node.joinAsNode("mx1");
    assertThat(watching.keys().nodes()).extracting(LiveNode::name).containsExactly("mx1");
    node.close();
    assertThat(watching.keys().nodes()).isEmpty();
  }

  // ---- peppers end

  private Store withOldPepper(List<IssuedAppPassword> made, int count) {
    Store before = openWith(P1);
    add(before, ALICE);
    for (int i = 0; i < count; i++) {
      made.add(create(before, ALICE));
    }
    before.close();
    Store after = openWith(P1, P2);
    after.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    return after;
  }

  @Test
  void retiringAPepperAtOnceRevokesWhatIsUnderIt() {
    List<IssuedAppPassword> made = new ArrayList<>();
    Store store = withOldPepper(made, 3);
    IssuedAppPassword fresh = create(store, ALICE);
    assertThat(refusal(store, ALICE, fresh.secret())).isEmpty();
    List<AppPassword> forecast = new ArrayList<>();
    store.keys().underPepper("p1", forecast::add);
    assertThat(forecast).hasSize(3);

    List<AppPassword> revoked = new ArrayList<>();
    KeyStatus ended =
        store.keys().retirePepper("p1", clock.instant(), TestConfig.ACTOR, revoked::add);

    assertThat(ended.state()).isEqualTo(KeyState.RETIRED);
    assertThat(ended.uses()).isZero();
    assertThat(revoked)
        .extracting(AppPassword::id)
        .containsExactlyInAnyOrderElementsOf(
            made.stream().map(issued -> issued.appPassword().id()).toList());
    assertThat(revoked.getFirst().state())
        .isInstanceOfSatisfying(
            AppPassword.State.Revoked.class,
            state -> assertThat(state.reason()).contains("pepper p1"));
    made.forEach(issued ->
        assertThat(refusal(store, ALICE, issued.secret())).contains(RejectReason.REVOKED));
    assertThat(refusal(store, ALICE, fresh.secret())).isEmpty();
    assertThat(count("admin_changes WHERE action = 'app-password.revoke' AND actor = 'system'"))
        .isEqualTo(3);
    assertThat(count("admin_changes WHERE action IN ('key.activate', 'key.retire')")).isEqualTo(2);
  }

  /** No node runs here that could have swept. */
  @Test
  void aPepperPastItsDateLetsNobodyInBeforeAnythingIsRevoked() {
    List<IssuedAppPassword> made = new ArrayList<>();
    Store store = withOldPepper(made, 1);
    Secret secret = made.getFirst().secret();
    String id = made.getFirst().appPassword().id();
    var _ =
        store
            .keys()
            .retirePepper(
                "p1", clock.instant().plus(Duration.ofDays(7)), TestConfig.ACTOR, _ -> {});
    clock.advance(Duration.ofDays(7));
    Store later = openWith(P1, P2);
    assertThat(refusal(later, ALICE, secret)).contains(RejectReason.REVOKED);
    assertThat(state(later, id)).isEqualTo("active");

    clock.advance(Duration.ofDays(-3));
    later.appPasswords().suspend(id, "so that it is read anew", TestConfig.ACTOR);
    later.appPasswords().resume(id, TestConfig.ACTOR);
    assertThat(refusal(later, ALICE, secret))
        .as("the clock was set back")
        .contains(RejectReason.REVOKED);
  }

  /** Nobody sweeps here either: what is cached must get the date that another process set. */
  @Test
  void aPepperThatIsRetiredElsewhereEndsHereOnItsDateForThoseWhoAreCached() {
    List<IssuedAppPassword> made = new ArrayList<>();
    Store store = withOldPepper(made, 1);
    List<UserChange> told = new CopyOnWriteArrayList<>();
    store.onUserChanged(told::add);
    // Whoever uses the old one moves it to the new pepper.
    Secret fresh = create(store, ALICE).secret();
    assertThat(refusal(store, ALICE, fresh)).isEmpty();
    var _ =
        openWith(P1, P2)
            .keys()
            .retirePepper(
                "p1", clock.instant().plus(Duration.ofDays(7)), TestConfig.ACTOR, _ -> {});
    await().atMost(FOLLOWED).until(() -> told.contains(new UserChange.OfAnybody()));
    assertThat(refusal(store, ALICE, fresh)).as("cached again").isEmpty();

    clock.advance(Duration.ofDays(7));
    assertThat(refusal(store, ALICE, made.getFirst().secret())).contains(RejectReason.REVOKED);
    assertThat(state(store, made.getFirst().appPassword().id())).isEqualTo("active");
  }

  @Test
  void aNodeRevokesWhenTheDateComes() {
    List<IssuedAppPassword> made = new ArrayList<>();
    Store store = withOldPepper(made, 2);
    var _ =
        store
            .keys()
            .retirePepper(
                "p1", clock.instant().plus(Duration.ofDays(7)), TestConfig.ACTOR, _ -> {});
    store.joinAsNode("mx1");
    clock.advance(Duration.ofDays(8));
    await().atMost(FOLLOWED).until(() -> state(store, KeyKind.PEPPER, "p1") == KeyState.RETIRED);
    made.forEach(
        issued -> assertThat(state(store, issued.appPassword().id())).isEqualTo("revoked"));
    assertThat(openWith(P2).keys().status(Optional.of(KeyKind.PEPPER)))
        .as("its line may go")
        .hasSize(2);
  }

  @Test
  void anAppPasswordThatIsUsedMovesToTheActivePepper() {
    List<IssuedAppPassword> made = new ArrayList<>();
    Store store = withOldPepper(made, 2);
    Secret used = made.getFirst().secret();
    assertThat(refusal(store, ALICE, used)).isEmpty();
    await()
        .atMost(FOLLOWED)
        .untilAsserted(() -> assertThat(status(store, KeyKind.PEPPER, "p2").uses()).isEqualTo(1));

    var _ = store.keys().retirePepper("p1", clock.instant(), TestConfig.ACTOR, _ -> {});

    assertThat(refusal(store, ALICE, used)).isEmpty();
    assertThat(refusal(store, ALICE, made.getLast().secret())).contains(RejectReason.REVOKED);
  }

  @Test
  void anArgon2idAppPasswordThatIsUsedMovesToTheActivePepper() {
    Store before = openWith(P1);
    add(before, ALICE);
    PolicyRules _ =
        before
            .policies()
            .set(
                new PolicySubject.OfSite(),
                new PolicyRules(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(StorageForm.ARGON2ID),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty()),
                TestConfig.ACTOR);
    Secret used = create(before, ALICE).secret();
    Secret unused = create(before, ALICE).secret();
    before.close();
    Store store = openWith(P1, P2);
    store.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    assertThat(refusal(store, ALICE, used)).isEmpty();
    await()
        .atMost(FOLLOWED)
        .untilAsserted(() -> assertThat(status(store, KeyKind.PEPPER, "p2").uses()).isEqualTo(1));

    var _ = store.keys().retirePepper("p1", clock.instant(), TestConfig.ACTOR, _ -> {});

    assertThat(refusal(store, ALICE, used)).isEmpty();
    assertThat(refusal(store, ALICE, unused)).contains(RejectReason.REVOKED);
    assertThat(count("app_passwords WHERE secret LIKE '$postern-argon2id$v=19$k=p2,%'"))
        .isEqualTo(1);
  }

  @Test
  void theActivePepperIsNotRetired() {
    Keys keys = openWith(P1).keys();
    assertRefused(
        RefusedException.Code.STATE,
        () -> keys.retirePepper("p1", clock.instant(), TestConfig.ACTOR, _ -> {}));
  }

  // ---- sealing and integrity

  @Test
  void retiringASealingKeySealsEverythingAnew() {
    Store before = openWith(P1);
    add(before, ALICE);
    try (Secret password = Secret.ofText("upstream")) {
      before.users().setUpstreamPassword(ALICE, "mail", password, TestConfig.ACTOR);
    }
    IssuedAppPassword issued = create(before, ALICE);
    before.close();
    Store store = openWith(List.of(P1), List.of(S1, S2), List.of());
    store.keys().activate(KeyKind.SEALING, "s2", TestConfig.ACTOR);
    assertThat(state(store, KeyKind.INTEGRITY, "sealing/s2")).isEqualTo(KeyState.ACTIVE);

    Keys.Renewed renewed = store.keys().retire(KeyKind.SEALING, "s1", TestConfig.ACTOR, _ -> {});

    assertThat(renewed.key().state()).isEqualTo(KeyState.RETIRED);
    assertThat(renewed.renewed()).isPositive();
    assertThat(renewed.left()).isZero();
    store.close();
    Store after = openWith(List.of(P1), List.of(S2), List.of());
    assertThat(verify(after, ALICE, issued.secret()))
        .isInstanceOfSatisfying(
            dev.postern.store.auth.AuthOutcome.Accepted.class,
            accepted -> {
              try (Secret opened =
                      after
                          .secretBox()
                          .open(accepted.grant().upstreamPasswords().values().iterator().next());
                  Secret expected = Secret.ofText("upstream")) {
                assertThat(opened.matches(expected)).isTrue();
              }
            });
    assertThat(after.statistics().rowAlarms().get()).isZero();
  }

  @Test
  void retiringAnIntegrityKeySignsEverythingAnewButWhatWasAltered() {
    Store before = openWith(List.of(P1), List.of(S1), List.of(I1));
    add(before, ALICE);
    add(before, BOB);
    IssuedAppPassword good = create(before, ALICE);
    IssuedAppPassword bad = create(before, BOB);
    before.close();
    run("UPDATE app_passwords SET label = 'other' WHERE id = '" + bad.appPassword().id() + "'");
    Store store = openWith(List.of(P1), List.of(S1), List.of(I1, I2));
    store.keys().activate(KeyKind.INTEGRITY, "i2", TestConfig.ACTOR);

    Keys.Renewed renewed = store.keys().retire(KeyKind.INTEGRITY, "i1", TestConfig.ACTOR, _ -> {});

    assertThat(renewed.left()).isEqualTo(1);
    assertThat(count("app_passwords WHERE signature LIKE 'i1:%'")).isEqualTo(1);
    assertThat(count("users WHERE signature LIKE 'i2:%'")).isEqualTo(2);
    assertThat(store.statistics().rowAlarms().get()).isPositive();
    store.close();
    run("DELETE FROM app_passwords WHERE signature LIKE 'i1:%'");
    Store after = openWith(List.of(P1), List.of(S1), List.of(I2));
    assertThat(refusal(after, ALICE, good.secret())).isEmpty();
    assertThat(after.statistics().rowAlarms().get()).isZero();
  }

  @Test
  void manyRowsAreSignedAnewInSmallTransactionsAndNothingIsLost() {
    Store before = openWith(List.of(P1), List.of(S1), List.of(I1));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 1200; i++) {
      names.add("user" + i + "@example.com");
    }
    List<IssuedAppPassword> made = new ArrayList<>();
    before
        .appPasswords()
        .createForAll(names, TestConfig.spec("x"), true, TestConfig.ACTOR, made::add);
    before.close();
    Store store = openWith(List.of(P1), List.of(S1), List.of(I1, I2));
    store.keys().activate(KeyKind.INTEGRITY, "i2", TestConfig.ACTOR);
    List<Long> steps = new ArrayList<>();
    // As if the command had been killed in between.
    Throwable killed =
        catchThrowable(() ->
            store
                .keys()
                .retire(
                    KeyKind.INTEGRITY,
                    "i1",
                    TestConfig.ACTOR,
                    done -> {
                      steps.add(done);
                      if (done > 1000) {
                        throw new IllegalStateException("killed");
                      }
                    }));
    assertThat(killed).hasMessage("killed");
    assertThat(state(store, KeyKind.INTEGRITY, "i1")).isEqualTo(KeyState.RETIRING);
    long left = status(store, KeyKind.INTEGRITY, "i1").uses();
    assertThat(left).isBetween(1L, 3000L);

    Keys.Renewed rest = store.keys().retire(KeyKind.INTEGRITY, "i1", TestConfig.ACTOR, _ -> {});

    assertThat(rest.renewed()).isBetween(left, left + 3);
    assertThat(status(store, KeyKind.INTEGRITY, "i1").uses()).isZero();
    assertThat(refusal(store, names.getLast(), made.getLast().secret())).isEmpty();
    assertThat(steps.getFirst()).isLessThanOrEqualTo(500);
  }

  // ---- a stolen sealing key

  /** Writes an app password as whoever holds a sealing key and may write the database would. */
  private void forge(IssuedAppPassword issued, StoreConfig.Key sealing) {
    String derived = RowSignatures.derivedId(sealing.id());
    RowChecks forger =
        new RowChecks(
            new RowSignatures(List.of(I1), List.of(S1, S2), () -> derived),
            new SeenVersions(1),
            (_, _, _) -> {});
    AppPasswordTable table = new AppPasswordTable(forger);
    try (Database own = Database.open(database, false)) {
      KeyRingTable ring = new KeyRingTable(own.dialect(), forger);
      var _ =
          own.write(handle -> {
            RingRow _ =
                ring.put(
                    handle,
                    new RingRow(
                        KeyKind.INTEGRITY,
                        derived,
                        HeldKeys.check(KeyKind.INTEGRITY, sealing),
                        KeyState.HELD,
                        Optional.empty(),
                        Optional.empty(),
                        10));
            return table.save(handle, List.of(table.require(handle, issued.appPassword().id())));
          });
    }
  }

  @Test
  void aSealingKeySignsNothingBesideAnIntegrityKeyOfTheSitesOwn() {
    Store before = openWith(List.of(P1), List.of(S1), List.of(I1));
    add(before, ALICE);
    IssuedAppPassword first = create(before, ALICE);
    IssuedAppPassword second = create(before, ALICE);
    assertThat(count("key_ring WHERE kind = 'integrity'")).isEqualTo(1);
    before.close();
    Store store = openWith(List.of(P1), List.of(S1, S2), List.of(I1));
    store.keys().activate(KeyKind.SEALING, "s2", TestConfig.ACTOR);
    assertThat(refusal(store, ALICE, first.secret())).isEmpty();

    forge(first, S1);
    forge(second, S2);

    Store after = openWith(List.of(P1), List.of(S1, S2), List.of(I1));
    assertThat(refusal(after, ALICE, first.secret())).contains(RejectReason.WRONG_SECRET);
    assertThat(refusal(after, ALICE, second.secret())).contains(RejectReason.WRONG_SECRET);
    assertThat(after.statistics().rowAlarms().get()).isPositive();
  }

  @Test
  void whatASealingKeySignedCountsUntilItIsSignedAnewWithTheFirstKeyOfTheSitesOwn() {
    Store before = openWith(P1);
    add(before, ALICE);
    IssuedAppPassword issued = create(before, ALICE);
    before.close();
    Store store = openWith(List.of(P1), List.of(S1), List.of(I1));
    store.keys().activate(KeyKind.INTEGRITY, "i1", TestConfig.ACTOR);
    assertThat(count("key_ring WHERE signature LIKE 'sealing/%'")).isZero();
    store.close();
    Store later = openWith(List.of(P1), List.of(S1, S2), List.of(I1));
    assertThat(refusal(later, ALICE, issued.secret())).isEmpty();
    assertThat(later.statistics().rowAlarms().get()).isZero();

    var _ = later.keys().retire(KeyKind.INTEGRITY, "sealing/s1", TestConfig.ACTOR, _ -> {});

    assertThat(refusal(later, ALICE, issued.secret())).isEmpty();
    later.close();
    forge(issued, S1);
    Store after = openWith(List.of(P1), List.of(S1), List.of(I1));
    assertThat(refusal(after, ALICE, issued.secret())).contains(RejectReason.WRONG_SECRET);
  }

  // ---- the database cannot choose

  @Test
  void aRowOfAKindThatThereIsNotKeepsNobodyFromStarting() {
    Store before = openWith(P1);
    add(before, ALICE);
    withoutCheck("key_ring", "kind");
    run(
        "INSERT INTO key_ring (kind, key_id, check_value, state, version, signature)"
            + " VALUES ('master', 'm1', 'x', 'active', 1, 'x')");

    Store store = openWith(P1);

    assertThat(store.keys().status(Optional.empty())).noneMatch(status -> status.id().equals("m1"));
    assertThat(store.statistics().rowAlarms().get()).isPositive();
    var _ = create(store, ALICE);
  }

  @Test
  void aRingWithMoreRowsThanPosternWritesIsNotReadAndNodesGoOnWithWhatTheyKnew() {
    Store store = openWith(P1, P2);
    store.joinAsNode("one");
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    run(
        "INSERT INTO key_ring (kind, key_id, check_value, state, version, signature)"
            + " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + KeyRingTable.MOST
            + ") SELECT 'pepper', 'x' || i, 'x', 'held', 1, 'x' FROM n");
    long alarms = store.statistics().rowAlarms().get();

    assertThatThrownBy(() -> openWith(P1, P2))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("more than 1000 keys, which Postern does not write");
    assertThatThrownBy(() -> store.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR))
        .isInstanceOf(StoreException.class);

    assertThat(store.statistics().rowAlarms().get()).isBetween(alarms + 1, alarms + 10);
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
    run("UPDATE nodes SET heartbeat_at = 1");
    await().atMost(FOLLOWED).until(() -> !store.keys().nodes().isEmpty());
    run("DELETE FROM key_ring WHERE signature = 'x'");
    assertThat(state(openWith(P1, P2), KeyKind.PEPPER, "p1")).isNotEqualTo(KeyState.ALTERED);
  }

  @Test
  void aRunningProcessKeepsItsChoiceWhenTheRingIsAltered() {
    Store store = openWith(P1, P2);
    add(store, ALICE);
    run("UPDATE key_ring SET state = 'active' WHERE key_id = 'p1'");
    run("UPDATE key_ring SET state = 'held' WHERE key_id = 'p2'");
    await().atMost(FOLLOWED).until(() -> store.statistics().rowAlarms().get() > 0);
    var _ = create(store, ALICE);
    assertThat(count("app_passwords WHERE secret LIKE '%k=p2$%'")).isEqualTo(1);
  }

  @Test
  void aStartWithAnAlteredRingTakesTheNewestKeyOfTheFileAndNoOther() {
    Store before = openWith(P1);
    add(before, ALICE);
    IssuedAppPassword old = create(before, ALICE);
    before.close();
    Store both = openWith(P1, P2);
    both.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    both.close();
    run("UPDATE key_ring SET state = 'active' WHERE key_id = 'p1'");
    run("UPDATE key_ring SET state = 'held' WHERE key_id = 'p2'");

    Store after = openWith(P1, P2);
    IssuedAppPassword fresh = create(after, ALICE);

    assertThat(count("app_passwords WHERE secret LIKE '%k=p2$%'")).isEqualTo(1);
    assertThat(state(after, KeyKind.PEPPER, "p1")).isEqualTo(KeyState.ALTERED);
    assertThat(refusal(after, ALICE, fresh.secret())).isEmpty();
    assertThat(refusal(after, ALICE, old.secret()))
        .as("its pepper may have been retired, for all that is known")
        .contains(RejectReason.REVOKED);
    assertThat(after.statistics().rowAlarms().get()).isPositive();

    assertRefused(
        RefusedException.Code.STATE,
        () -> after.keys().activate(KeyKind.PEPPER, "p1", TestConfig.ACTOR));
    after.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    assertThat(refusal(openWith(P1, P2), ALICE, old.secret())).contains(RejectReason.REVOKED);

    Store chosen = openWith(P2, P1);
    chosen.keys().activate(KeyKind.PEPPER, "p1", TestConfig.ACTOR);
    chosen.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    assertThat(refusal(openWith(P1, P2), ALICE, old.secret()))
        .as("the key file says that it counts")
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE key_ring SET state = 'held' WHERE key_id = 'p1'",
        "DELETE FROM key_ring WHERE key_id = 'p1'"
      })
  void aPepperWhoseRowWasAlteredOrTakenAwayIsRetiredAnewAtOnceAndNotActivated(String attack) {
    Store store = withOldPepper(new ArrayList<>(), 1);
    var _ = store.keys().retirePepper("p1", clock.instant(), TestConfig.ACTOR, _ -> {});
    store.close();
    run(attack);
    Keys keys = openWith(P1, P2).keys();
    assertRefused(
        RefusedException.Code.STATE, () -> keys.activate(KeyKind.PEPPER, "p1", TestConfig.ACTOR));
    assertRefused(
        RefusedException.Code.STATE,
        () ->
            keys.retirePepper(
                "p1", clock.instant().plus(Duration.ofDays(7)), TestConfig.ACTOR, _ -> {}));

    KeyStatus ended = keys.retirePepper("p1", clock.instant(), TestConfig.ACTOR, _ -> {});

    assertThat(ended.state()).isEqualTo(KeyState.RETIRED);
    assertRefused(
        RefusedException.Code.STATE, () -> keys.activate(KeyKind.PEPPER, "p1", TestConfig.ACTOR));
  }

  @Test
  void aRetireDateThatIsTakenAwayStillCounts() {
    List<IssuedAppPassword> made = new ArrayList<>();
    Store store = withOldPepper(made, 1);
    var _ =
        store
            .keys()
            .retirePepper(
                "p1", clock.instant().plus(Duration.ofDays(7)), TestConfig.ACTOR, _ -> {});
    run("DELETE FROM key_ring WHERE key_id = 'p1'");
    clock.advance(Duration.ofDays(8));
    assertThat(refusal(store, ALICE, made.getFirst().secret())).contains(RejectReason.REVOKED);
    store.close();
    assertThat(refusal(openWith(P1, P2), ALICE, made.getFirst().secret()))
        .contains(RejectReason.REVOKED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM key_ring WHERE kind = 'pepper'",
        "UPDATE key_ring SET version = 0",
        "DELETE FROM key_ring"
      })
  void aRingThatWasEmptiedOrUnsignedBringsNoRetiredPepperBack(String attack) {
    List<IssuedAppPassword> made = new ArrayList<>();
    Store store = withOldPepper(made, 1);
    IssuedAppPassword fresh = create(store, ALICE);
    run("CREATE TABLE kept AS SELECT * FROM app_passwords");
    var _ = store.keys().retirePepper("p1", clock.instant(), TestConfig.ACTOR, _ -> {});
    store.close();
    run("DELETE FROM app_passwords");
    run("INSERT INTO app_passwords SELECT * FROM kept");
    run(attack);
    long rows = count("key_ring WHERE version > 0");

    Store after = openWith(P1, P2);
    after.joinAsNode("mx1");

    assertThat(refusal(after, ALICE, made.getFirst().secret()))
        .as(attack)
        .contains(RejectReason.REVOKED);
    assertThat(refusal(after, ALICE, fresh.secret())).as(attack).isEmpty();
    assertThat(after.statistics().rowAlarms().get()).as(attack).isPositive();
    assertThat(count("key_ring WHERE version > 0")).as("nothing is written").isEqualTo(rows);
    after.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    assertThat(state(after, KeyKind.PEPPER, "p2")).isEqualTo(KeyState.ACTIVE);
    assertThat(refusal(openWith(P1, P2), ALICE, made.getFirst().secret()))
        .as(attack)
        .contains(RejectReason.REVOKED);
  }

  // ---- missing keys

  @Test
  void aPepperThatRowsNeedCannotBeLeftOut() {
    List<IssuedAppPassword> made = new ArrayList<>();
    withOldPepper(made, 1).close();
    Throwable refused = catchThrowable(() -> openWith(P2));
    assertThat(refused)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("needs the pepper p1");
  }

  @Test
  void anOldPepperWithoutRowsCanBeLeftOut() {
    List<IssuedAppPassword> made = new ArrayList<>();
    withOldPepper(made, 0).close();
    assertThat(state(openWith(P2), KeyKind.PEPPER, "p2")).isEqualTo(KeyState.ACTIVE);
  }

  @Test
  void aSealingKeyThatSignaturesNeedCannotBeLeftOut() {
    openWith(P1).close();
    assertThat(catchThrowable(() -> openWith(List.of(P1), List.of(S2), List.of())))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("sealing key s1");
  }

  @Test
  void anAppPasswordUnderAPepperThatIsNotHereMatchesNothingAndRaisesTheAlarm() {
    Store here = openWith(P1);
    add(here, ALICE);
    here.keys().add(KeyKind.PEPPER, P2, TestConfig.ACTOR);
    Store there = openWith(P1, P2);
    there.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    IssuedAppPassword made = create(there, ALICE);
    assertThat(refusal(here, ALICE, made.secret())).contains(RejectReason.WRONG_SECRET);
    assertThat(here.statistics().rowAlarms().get()).isPositive();
  }
}
