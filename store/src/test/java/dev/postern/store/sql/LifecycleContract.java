package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.AppPasswordEdit;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Edit;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Revocation;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.StoredSecret;
import dev.postern.store.auth.StoredSecret.Hardened;
import dev.postern.store.auth.StoredSecret.Imported;
import dev.postern.store.auth.StoredSecret.Keyed;
import dev.postern.store.auth.StoredSecret.Over;
import dev.postern.store.testing.TestConfig;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How app passwords end and change, on each database. */
abstract class LifecycleContract extends StoreContract {
  private static final Duration DAY = Duration.ofDays(1);
  private final List<Change> told = new ArrayList<>();

  private NewAppPassword spec(Optional<Instant> expires, Optional<Duration> idle) {
    return new NewAppPassword(
        label(), Set.of(Scope.IMAP, Scope.SUBMISSION), expires, idle, List.of(), Optional.empty());
  }

  private IssuedAppPassword create(
      Store store, Optional<Instant> expires, Optional<Duration> idle) {
    return store.appPasswords().create(ALICE, spec(expires, idle), TestConfig.ACTOR);
  }

  private static AppPassword find(Store store, IssuedAppPassword issued) {
    return store.appPasswords().find(issued.appPassword().id()).orElseThrow();
  }

  private State stored(IssuedAppPassword issued) {
    try (Database direct = Database.open(database, false)) {
      return direct.read(handle ->
          new AppPasswordTable(TestConfig.rowChecks())
              .require(handle, issued.appPassword().id())
              .appPassword()
              .state());
    }
  }

  /** One round, as every node makes it once a minute. */
  private void sweep() {
    told.clear();
    try (Database direct = Database.open(database, false)) {
      Writes writes = new Writes(direct, clock, told::addAll);
      AppPasswordTable table = new AppPasswordTable(TestConfig.rowChecks());
      new Housekeeping(
              direct,
              writes,
              new Rotation(table, direct.dialect(), new ChangeLog(new SecureRandom())),
              new Expiration(table, writes, new ChangeLog(new SecureRandom())),
              () -> StoreConfig.AuditRules.DEFAULTS)
          .run();
    }
  }

  // ---- expiry

  @Test
  void writesDownThatADateHasCome() {
    Store store = open();
    add(store, ALICE);
    Instant end = clock.instant().plus(DAY);
    IssuedAppPassword issued = create(store, Optional.of(end), Optional.empty());
    IssuedAppPassword later = create(store, Optional.of(end.plusMillis(1)), Optional.empty());
    clock.advance(DAY);
    sweep();
    assertThat(stored(issued)).isEqualTo(new State.Expired(end, State.Cause.DATE));
    assertThat(stored(later)).isEqualTo(new State.Active());
    assertThat(told).hasSize(1);
    sweep();
    assertThat(told).isEmpty();
  }

  @Test
  void writesDownThatNobodyUsedItForTooLong() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, Optional.empty(), Optional.of(DAY));
    Instant end = clock.instant().plus(DAY);
    clock.advance(DAY);
    sweep();
    assertThat(stored(issued))
        .as("a use on another node may not be written yet")
        .isEqualTo(new State.Active());
    assertThat(find(store, issued).state()).isEqualTo(new State.Expired(end, State.Cause.IDLE));
    clock.advance(Expiration.MARGIN);
    sweep();
    assertThat(stored(issued)).isEqualTo(new State.Expired(end, State.Cause.IDLE));
    assertThat(told).hasSize(1);
  }

  @Test
  void aUseInTimeKeepsIt() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, Optional.empty(), Optional.of(DAY));
    long use = clock.instant().plus(Duration.ofHours(23)).toEpochMilli();
    run(used(use));
    clock.advance(DAY.plus(Expiration.MARGIN));
    sweep();
    assertThat(stored(issued)).isEqualTo(new State.Active());
    clock.advance(Duration.ofHours(23));
    sweep();
    assertThat(stored(issued))
        .isEqualTo(new State.Expired(Instant.ofEpochMilli(use).plus(DAY), State.Cause.IDLE));
  }

  @Test
  void theOwnersRecordSaysHowItCameAndThatItWasOnceSentInClear() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    Instant exposed = clock.instant();
    assertThat(verify(store, ALICE, issued.secret(), Protection.CLEAR))
        .isInstanceOf(AuthOutcome.Accepted.class);
    clock.advance(DAY);
    assertThat(verify(store, ALICE, issued.secret(), Protection.TLS_1_0))
        .isInstanceOf(AuthOutcome.Accepted.class);
    store.close();

    Store later = open();
    AppPassword found = find(later, issued);
    assertThat(found.exposedAt()).contains(exposed);
    assertThat(found.lastUse().orElseThrow().at()).isEqualTo(clock.instant());
    assertThat(found.lastUse().orElseThrow().protection()).contains(Protection.TLS_1_0);
    AppPassword renamed =
        later.appPasswords().edit(found.id(), AppPasswordEdit.rename("tablet"), TestConfig.ACTOR);
    assertThat(renamed.exposedAt()).contains(exposed);
    assertThat(find(later, issued).exposedAt()).contains(exposed);
    assertThat(
            later
                .appPasswords()
                .rotate(found.id(), DAY, TestConfig.ACTOR)
                .appPassword()
                .exposedAt())
        .as("of another secret")
        .isEmpty();
    assertThat(find(later, issued).exposedAt()).as("after a change").contains(exposed);
  }

  private static String used(long at) {
    return "UPDATE app_passwords SET last_used_at = "
        + at
        + ", last_used_from = '192.0.2.1', last_used_scope = 'imap', last_used_client = ''";
  }

  @Test
  void writesDownThatItWasNeverUsed() {
    Store store =
        open(
            new StoreConfig.AppPasswordRules(
                40, 16, Optional.empty(), Optional.empty(), Optional.of(DAY)));
    add(store, ALICE);
    IssuedAppPassword unused = create(store, ALICE);
    IssuedAppPassword used = create(store, ALICE);
    Instant end = clock.instant().plus(DAY);
    run(used(clock.instant().toEpochMilli()) + " WHERE id = '" + used.appPassword().id() + "'");
    clock.advance(DAY.plus(Expiration.MARGIN));
    sweep();
    assertThat(stored(unused)).isEqualTo(new State.Expired(end, State.Cause.UNUSED));
    assertThat(stored(used)).isEqualTo(new State.Active());
  }

  /** Once it is written down nothing brings it back: no last use, and no clock that is set back. */
  @Test
  void whatHasExpiredStaysSo() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, Optional.empty(), Optional.of(DAY));
    clock.advance(DAY.plus(Expiration.MARGIN));
    sweep();
    run(used(clock.instant().toEpochMilli()));
    assertThat(refusal(open(), ALICE, issued.secret())).contains(RejectReason.IDLE_EXPIRED);
    clock.advance(DAY.negated());
    assertThat(refusal(open(), ALICE, issued.secret())).contains(RejectReason.IDLE_EXPIRED);
    sweep();
    assertThat(stored(issued)).isInstanceOf(State.Expired.class);
    String id = issued.appPassword().id();
    assertRefused(Code.STATE, () -> store.appPasswords().resume(id, TestConfig.ACTOR));
    assertRefused(Code.STATE, () -> store.appPasswords().rotate(id, DAY, TestConfig.ACTOR));
    assertRefused(
        Code.STATE,
        () -> store.appPasswords().edit(id, AppPasswordEdit.rename("x"), TestConfig.ACTOR));
  }

  /** The last use, which whoever has the database may change, never stands between a revocation. */
  @Test
  void revokesForGoodWhatOnlyLooksExpired() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword one = create(store, Optional.empty(), Optional.of(DAY));
    IssuedAppPassword other = create(store, Optional.empty(), Optional.of(DAY));
    run(used(1));
    var _ = store.appPasswords().revoke(one.appPassword().id(), "lost", TestConfig.ACTOR);
    var _ = store.appPasswords().revokeAll(ALICE, "left", TestConfig.ACTOR);
    assertThat(stored(one)).isInstanceOf(State.Revoked.class);
    assertThat(stored(other)).isInstanceOf(State.Revoked.class);
  }

  @Test
  void expiresManyInOneRound() {
    Store store = open();
    List<String> users = IntStream.range(0, 600).mapToObj(i -> "u" + i).toList();
    store
        .appPasswords()
        .createForAll(
            users,
            spec(Optional.of(clock.instant().plus(DAY)), Optional.empty()),
            true,
            TestConfig.ACTOR,
            _ -> {});
    clock.advance(DAY);
    sweep();
    assertThat(count("expired")).isEqualTo(600);
    assertThat(told).hasSize(600);
  }

  /** Altered rows are never ended, so they must not be all that the sweep ever sees. */
  @Test
  void alteredRowsDoNotKeepTheOthersFromExpiring() {
    Store store = open();
    List<String> users = IntStream.rangeClosed(0, Expiration.BATCH).mapToObj(i -> "u" + i).toList();
    List<String> ids = new ArrayList<>();
    store
        .appPasswords()
        .createForAll(
            users,
            spec(Optional.of(clock.instant().plus(DAY)), Optional.of(DAY)),
            true,
            TestConfig.ACTOR,
            issued -> ids.add(issued.appPassword().id()));
    String last = ids.stream().max(String::compareTo).orElseThrow();
    run("UPDATE app_passwords SET label = 'x' WHERE id <> '" + last + "'");
    clock.advance(DAY.plus(Expiration.MARGIN));
    sweep();
    assertThat(count("expired")).isEqualTo(1);
    assertThat(state(store, last)).isEqualTo("expired");
    assertThat(told).hasSize(1);
  }

  @Test
  void alteredRowsDoNotKeepOverlapsFromEnding() {
    Store store = open();
    List<String> users = IntStream.rangeClosed(0, Rotation.BATCH).mapToObj(i -> "u" + i).toList();
    List<String> ids = new ArrayList<>();
    store
        .appPasswords()
        .createForAll(
            users,
            TestConfig.spec("x"),
            true,
            TestConfig.ACTOR,
            issued -> ids.add(issued.appPassword().id()));
    String last = ids.stream().max(String::compareTo).orElseThrow();
    var _ = store.appPasswords().rotate(last, DAY, TestConfig.ACTOR);
    run("UPDATE app_passwords SET overlap_ends_at = 1 WHERE id < '" + last + "'");
    clock.advance(DAY);
    sweep();
    assertThat(count("revoked")).isEqualTo(1);
    assertThat(state(store, last)).isEqualTo("revoked");
  }

  private int count(String state) {
    try (Database direct = Database.open(database, false)) {
      return direct.read(handle ->
          handle
              .createQuery("SELECT COUNT(*) FROM app_passwords WHERE state = :state")
              .bind("state", state)
              .mapTo(Integer.class)
              .one());
    }
  }

  // ---- changes

  private static AppPasswordEdit edit(
      Edit<Set<Scope>> scopes,
      Edit<List<Cidr>> networks,
      Edit<Optional<Instant>> expires,
      Edit<Optional<Duration>> idle) {
    return new AppPasswordEdit(new Edit.Keep<>(), scopes, networks, expires, idle);
  }

  @Test
  void renames() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    String id = issued.appPassword().id();
    assertThat(
            store
                .appPasswords()
                .edit(id, AppPasswordEdit.rename(" new "), TestConfig.ACTOR)
                .label())
        .isEqualTo("new");
    assertThat(find(store, issued).label()).isEqualTo("new");
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
    for (String bad : List.of("", "a\nb", "x".repeat(10_000))) {
      assertRefused(
          Code.INVALID,
          () -> store.appPasswords().edit(id, AppPasswordEdit.rename(bad), TestConfig.ACTOR));
    }
    assertRefused(
        Code.NOT_FOUND,
        () -> store.appPasswords().edit("ap_no", AppPasswordEdit.rename("x"), TestConfig.ACTOR));
  }

  @Test
  void narrowsAndWidens() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    String id = issued.appPassword().id();
    Instant end = clock.instant().plus(DAY);
    AppPassword narrowed =
        store
            .appPasswords()
            .edit(
                id,
                edit(
                    new Edit.To<>(Set.of(Scope.SUBMISSION)),
                    new Edit.To<>(List.of(Cidr.parse("192.0.2.0/24"))),
                    new Edit.To<>(Optional.of(end)),
                    new Edit.To<>(Optional.of(DAY))),
                TestConfig.ACTOR);
    assertThat(find(store, issued)).isEqualTo(narrowed);
    assertThat(narrowed.scopes()).containsExactly(Scope.SUBMISSION);
    assertThat(narrowed.networks()).containsExactly(Cidr.parse("192.0.2.0/24"));
    assertThat(narrowed.expiresAt()).contains(end);
    assertThat(narrowed.idleExpiry()).contains(DAY);
    assertThat(refusal(store, ALICE, issued.secret())).contains(RejectReason.OUT_OF_SCOPE);
    AppPassword widened =
        store
            .appPasswords()
            .edit(
                id,
                edit(
                    new Edit.To<>(Set.of(Scope.values())),
                    new Edit.To<>(List.of()),
                    new Edit.To<>(Optional.empty()),
                    new Edit.To<>(Optional.empty())),
                TestConfig.ACTOR);
    assertThat(widened.networks()).isEmpty();
    assertThat(widened.expiresAt()).isEmpty();
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
  }

  @Test
  void refusesEditsThatMakeNoSense() {
    Store store = open();
    add(store, ALICE);
    String id = create(store, ALICE).appPassword().id();
    List<AppPasswordEdit> bad =
        List.of(
            edit(new Edit.To<>(Set.of()), new Edit.Keep<>(), new Edit.Keep<>(), new Edit.Keep<>()),
            edit(
                new Edit.Keep<>(),
                new Edit.To<>(java.util.Collections.nCopies(65, Cidr.parse("::/0"))),
                new Edit.Keep<>(),
                new Edit.Keep<>()),
            edit(
                new Edit.Keep<>(),
                new Edit.Keep<>(),
                new Edit.To<>(Optional.of(clock.instant())),
                new Edit.Keep<>()),
            edit(
                new Edit.Keep<>(),
                new Edit.Keep<>(),
                new Edit.To<>(Optional.of(Instant.MAX)),
                new Edit.Keep<>()),
            edit(
                new Edit.Keep<>(),
                new Edit.Keep<>(),
                new Edit.Keep<>(),
                new Edit.To<>(Optional.of(Duration.ofSeconds(-1)))),
            edit(
                new Edit.Keep<>(),
                new Edit.Keep<>(),
                new Edit.Keep<>(),
                new Edit.To<>(Optional.of(Duration.ofSeconds(Long.MAX_VALUE)))));
    for (AppPasswordEdit one : bad) {
      assertRefused(Code.INVALID, () -> store.appPasswords().edit(id, one, TestConfig.ACTOR));
    }
  }

  @Test
  void whatWidensMustBeWithinThePolicyAndWhatNarrowsMayAlways() {
    Store store = open();
    add(store, ALICE);
    String id = create(store, ALICE).appPassword().id();
    PolicyRules _ =
        store
            .policies()
            .set(
                new PolicySubject.OfUser(ALICE),
                new PolicyRules(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(Set.of(Scope.SUBMISSION)),
                    Optional.of(List.of(Cidr.parse("192.0.2.0/24"))),
                    Optional.of(new PolicyRules.Lifetime(Optional.of(DAY.multipliedBy(10)))),
                    Optional.of(new PolicyRules.Lifetime(Optional.of(DAY.multipliedBy(10)))),
                    Optional.empty()),
                TestConfig.ACTOR);
    AppPassword _ =
        store
            .appPasswords()
            .edit(
                id,
                edit(
                    new Edit.To<>(Set.of(Scope.IMAP)),
                    new Edit.To<>(List.of(Cidr.parse("198.51.100.0/24"))),
                    new Edit.Keep<>(),
                    new Edit.Keep<>()),
                TestConfig.ACTOR);
    assertThat(
            store
                .appPasswords()
                .edit(
                    id,
                    edit(
                        new Edit.Keep<>(),
                        new Edit.Keep<>(),
                        new Edit.To<>(Optional.of(clock.instant().plus(DAY.multipliedBy(20)))),
                        new Edit.To<>(Optional.of(DAY.multipliedBy(20)))),
                    TestConfig.ACTOR)
                .expiresAt())
        .as("an end where there was none narrows, even if the policy would have an earlier one")
        .contains(clock.instant().plus(DAY.multipliedBy(20)));
    List<AppPasswordEdit> wider =
        List.of(
            edit(
                new Edit.To<>(Set.of(Scope.IMAP, Scope.SUBMISSION)),
                new Edit.Keep<>(),
                new Edit.Keep<>(),
                new Edit.Keep<>()),
            edit(
                new Edit.Keep<>(),
                new Edit.To<>(List.of(Cidr.parse("198.51.0.0/16"))),
                new Edit.Keep<>(),
                new Edit.Keep<>()),
            edit(
                new Edit.Keep<>(),
                new Edit.Keep<>(),
                new Edit.To<>(Optional.of(clock.instant().plus(DAY.multipliedBy(21)))),
                new Edit.Keep<>()),
            edit(
                new Edit.Keep<>(),
                new Edit.Keep<>(),
                new Edit.Keep<>(),
                new Edit.To<>(Optional.of(DAY.multipliedBy(21)))));
    for (AppPasswordEdit one : wider) {
      assertRefused(Code.INVALID, () -> store.appPasswords().edit(id, one, TestConfig.ACTOR));
    }
    assertThat(
            store
                .appPasswords()
                .edit(
                    id,
                    edit(
                        new Edit.Keep<>(),
                        new Edit.To<>(List.of()),
                        new Edit.Keep<>(),
                        new Edit.Keep<>()),
                    TestConfig.ACTOR)
                .networks())
        .as("without any it gets those of the policy")
        .containsExactly(Cidr.parse("192.0.2.0/24"));
  }

  @Test
  void theLongestLifeIsCountedFromWhenItWasMade() {
    Store store =
        open(
            new StoreConfig.AppPasswordRules(
                40, 16, Optional.of(DAY.multipliedBy(10)), Optional.empty(), Optional.empty()));
    add(store, ALICE);
    String id = create(store, ALICE).appPassword().id();
    Instant end = clock.instant().plus(DAY.multipliedBy(10));
    clock.advance(DAY.multipliedBy(5));
    assertRefused(
        Code.INVALID,
        () -> store.appPasswords().edit(id, expiring(end.plusMillis(1)), TestConfig.ACTOR));
    assertThat(store.appPasswords().edit(id, expiring(end), TestConfig.ACTOR).expiresAt())
        .contains(end);
  }

  private static AppPasswordEdit expiring(Instant at) {
    return edit(
        new Edit.Keep<>(), new Edit.Keep<>(), new Edit.To<>(Optional.of(at)), new Edit.Keep<>());
  }

  // ---- many at once

  private static Revocation ofDomain(String domain) {
    return new Revocation(
        Optional.empty(), Optional.of(domain), Optional.empty(), Optional.empty());
  }

  private void createMany(Store store) {
    List<String> users =
        IntStream.range(0, 1500)
            .mapToObj(i -> "u" + i + (i % 3 == 0 ? "@other.example" : "@example.com"))
            .toList();
    for (int i = 0; i < 3; i++) {
      store.appPasswords().createForAll(users, phone(), true, TestConfig.ACTOR, _ -> {});
    }
  }

  /** 1,000 users with 3 each; 500 others. */
  @Test
  void revokesAllOfADomainWithOneChangeForEachUser() {
    Store store = open();
    createMany(store);
    Revocation.Forecast forecast = store.appPasswords().wouldRevoke(ofDomain("Example.COM"));
    assertThat(forecast.appPasswords()).isEqualTo(3000);
    assertThat(forecast.users()).isEqualTo(1000);
    assertThat(forecast.sample()).hasSize(20).allMatch(one -> one.user().endsWith("@example.com"));
    assertThat(count("revoked")).isZero();
    run("DELETE FROM changes");
    List<Integer> progress = new ArrayList<>();

    int revoked =
        store
            .appPasswords()
            .revokeAll(ofDomain("example.com"), "breach", TestConfig.ACTOR, progress::add);

    assertThat(revoked).isEqualTo(3000);
    assertThat(progress).hasSizeGreaterThanOrEqualTo(3).isSorted().endsWith(3000);
    assertThat(count("revoked")).isEqualTo(3000);
    assertThat(count("active")).isEqualTo(1500);
    assertThat(changesByUser()).hasSize(1000).containsOnly(1);
    assertThat(
            store
                .appPasswords()
                .revokeAll(ofDomain("example.com"), "again", TestConfig.ACTOR, _ -> {}))
        .isZero();
  }

  private List<Integer> changesByUser() {
    try (Database direct = Database.open(database, false)) {
      return direct.read(handle ->
          handle
              .createQuery("SELECT COUNT(*) FROM changes GROUP BY user_id")
              .mapTo(Integer.class)
              .list());
    }
  }

  @Test
  void goesOnWhereItWasInterrupted() {
    Store store = open();
    createMany(store);
    Map<String, Integer> calls = new HashMap<>();
    assertThat(
            catchThrowable(() ->
                store
                    .appPasswords()
                    .revokeAll(
                        ofDomain("example.com"),
                        "breach",
                        TestConfig.ACTOR,
                        _ -> {
                          if (calls.merge("", 1, Integer::sum) == 2) {
                            throw new IllegalStateException("killed");
                          }
                        })))
        .hasMessage("killed");
    int before = count("revoked");
    assertThat(before).isBetween(1, 2999);
    int rest =
        store
            .appPasswords()
            .revokeAll(ofDomain("example.com"), "breach", TestConfig.ACTOR, _ -> {});
    assertThat(before + rest).isEqualTo(3000);
  }

  @Test
  void revokesWhatMeetsEveryCondition() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    IssuedAppPassword old = create(store, ALICE);
    IssuedAppPassword bobs = create(store, BOB);
    clock.advance(DAY);
    IssuedAppPassword young = create(store, ALICE);
    Revocation which =
        new Revocation(
            Optional.of("ALICE@example.com"),
            Optional.of("example.com"),
            Optional.of(clock.instant()),
            Optional.of("p1"));
    assertThat(store.appPasswords().revokeAll(which, "old", TestConfig.ACTOR, _ -> {}))
        .isEqualTo(1);
    assertThat(stored(old)).isInstanceOf(State.Revoked.class);
    assertThat(stored(young)).isEqualTo(new State.Active());
    assertThat(stored(bobs)).isEqualTo(new State.Active());
    assertThat(refusal(store, ALICE, old.secret())).contains(RejectReason.REVOKED);
  }

  @Test
  void revokesEverythingUnderAPepperAndNothingElse() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    for (String other : List.of("p", "p10", "P1")) {
      assertThat(store.appPasswords().revokeAll(underPepper(other), "x", TestConfig.ACTOR, _ -> {}))
          .isZero();
    }
    assertThat(store.appPasswords().revokeAll(underPepper("p1"), "x", TestConfig.ACTOR, _ -> {}))
        .isEqualTo(1);
    assertThat(stored(issued)).isInstanceOf(State.Revoked.class);
    assertRefused(Code.INVALID, () -> underPepper("p%"));
  }

  @Test
  void revokesWhateverFormIsUnderAPepper() {
    Store store = open();
    add(store, ALICE);
    List<StoredSecret> forms =
        List.of(
            new Keyed("p1", new byte[32]),
            new Keyed("p1", new byte[32], Over.TYPED),
            new Hardened("p1", 64, 1, 1, 7, new byte[16], new byte[32]),
            new Keyed("P1", new byte[32], Over.TYPED),
            new Hardened("p10", 64, 1, 1, 7, new byte[16], new byte[32]),
            new Imported("v1:p1:AAAA"));
    List<IssuedAppPassword> made = new ArrayList<>();
    for (StoredSecret form : forms) {
      IssuedAppPassword issued = create(store, ALICE);
      keep(issued, form);
      made.add(issued);
    }

    assertThat(store.appPasswords().wouldRevoke(underPepper("p1")).appPasswords()).isEqualTo(3);
    assertThat(store.appPasswords().revokeAll(underPepper("p1"), "x", TestConfig.ACTOR, _ -> {}))
        .isEqualTo(3);

    assertThat(made.stream().map(issued -> stored(issued).word()))
        .containsExactly("revoked", "revoked", "revoked", "active", "active", "active");
  }

  private void keep(IssuedAppPassword issued, StoredSecret form) {
    try (Database direct = Database.open(database, false)) {
      AppPasswordTable table = new AppPasswordTable(TestConfig.rowChecks());
      AppPasswordRow _ =
          direct.write(handle ->
              table.save(
                  handle, table.require(handle, issued.appPassword().id()).withSecret(form)));
    }
  }

  @Test
  void aUserThatNobodyKnowsIsNoUserWithoutAppPasswords() {
    Store store = open();
    Revocation which =
        new Revocation(
            Optional.of(BOB), Optional.empty(), Optional.of(clock.instant()), Optional.empty());
    assertRefused(Code.NOT_FOUND, () -> store.appPasswords().wouldRevoke(which));
    assertRefused(
        Code.NOT_FOUND,
        () -> store.appPasswords().revokeAll(which, "x", TestConfig.ACTOR, _ -> {}));
  }

  // ---- all that work

  @Test
  void goesThroughAllThatWorkInPages() {
    Store store = open();
    List<String> users = IntStream.range(0, 1100).mapToObj("u%04d"::formatted).toList();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      store
          .appPasswords()
          .createForAll(
              users, phone(), true, TestConfig.ACTOR, issued -> ids.add(issued.appPassword().id()));
    }
    var _ = store.appPasswords().revoke(ids.removeFirst(), "x", TestConfig.ACTOR);
    var _ = store.appPasswords().suspend(ids.getFirst(), "x", TestConfig.ACTOR);
    List<AppPassword> seen = new ArrayList<>();
    store.appPasswords().forEachWorking(seen::add);
    assertThat(seen).extracting(AppPassword::id).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(seen).extracting(AppPassword::user).isSorted();
    String last = seen.getLast().id();
    run("UPDATE app_passwords SET label = 'altered' WHERE id <> '" + last + "'");
    seen.clear();
    store.appPasswords().forEachWorking(seen::add);
    assertThat(seen).extracting(AppPassword::id).containsExactly(last);
  }

  private static Revocation underPepper(String id) {
    return new Revocation(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(id));
  }

  @Test
  void aBadConditionRevokesNothing() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    for (String bad : List.of("@example.com", "alice@example.com", "", "%", "a b", ".")) {
      assertRefused(
          Code.INVALID,
          () -> store.appPasswords().revokeAll(ofDomain(bad), "x", TestConfig.ACTOR, _ -> {}));
    }
    assertRefused(
        Code.INVALID,
        () ->
            store
                .appPasswords()
                .revokeAll(ofDomain("example.com"), "x".repeat(10_000), TestConfig.ACTOR, _ -> {}));
    for (String none : List.of("xample.com", "com", "examplexcom")) {
      assertThat(store.appPasswords().wouldRevoke(ofDomain(none)).appPasswords()).isZero();
    }
    assertRefused(
        Code.INVALID,
        () ->
            new Revocation(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()));
    for (Instant bad : List.of(Instant.MIN, Instant.MAX, Instant.ofEpochMilli(-1))) {
      assertRefused(
          Code.INVALID,
          () ->
              new Revocation(
                  Optional.empty(), Optional.empty(), Optional.of(bad), Optional.empty()));
    }
    assertThat(stored(issued)).isEqualTo(new State.Active());
  }
}
