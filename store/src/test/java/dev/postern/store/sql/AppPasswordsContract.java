package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.AppPasswordEdit;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.TestConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code AppPasswords} promises, on each database. */
abstract class AppPasswordsContract extends StoreContract {
  private static final Duration HOUR = Duration.ofHours(1);

  private static NewAppPassword named(String loginName) {
    NewAppPassword spec = TestConfig.spec("scanner");
    return new NewAppPassword(
        spec.label(),
        spec.scopes(),
        spec.expiresAt(),
        spec.idleExpiry(),
        spec.networks(),
        Optional.of(loginName));
  }

  private static NewAppPassword labelled(String label) {
    return TestConfig.spec(label);
  }

  private NewAppPassword expiring(Instant at) {
    return new NewAppPassword(
        label(),
        Set.of(Scope.IMAP),
        Optional.of(at),
        Optional.empty(),
        List.of(),
        Optional.empty());
  }

  private NewAppPassword idle(Duration after) {
    return new NewAppPassword(
        label(),
        Set.of(Scope.IMAP),
        Optional.empty(),
        Optional.of(after),
        List.of(),
        Optional.empty());
  }

  private static String reveal(Secret secret) {
    return secret.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
  }

  private static IssuedAppPassword create(Store store, String user, NewAppPassword spec) {
    return store.appPasswords().create(user, spec, TestConfig.ACTOR);
  }

  @Test
  void createsWhatWasAskedFor() {
    Store store = open();
    add(store, ALICE);
    Instant end = clock.instant().plus(HOUR);
    IssuedAppPassword issued =
        create(
            store,
            "ALICE@example.com",
            new NewAppPassword(
                "  Canon \ud83d\udda8 ",
                Set.of(Scope.SUBMISSION),
                Optional.of(end),
                Optional.of(Duration.ofDays(30)),
                List.of(Cidr.parse("192.0.2.0/24"), Cidr.parse("2001:db8::/32")),
                Optional.of("Scanner-1")));
    AppPassword made = issued.appPassword();
    assertThat(reveal(issued.secret())).matches("[0-9a-hjkmnp-tv-z]{16}");
    assertThat(made.label()).isEqualTo("Canon \ud83d\udda8");
    assertThat(made.user()).isEqualTo(ALICE);
    assertThat(made.scopes()).containsExactly(Scope.SUBMISSION);
    assertThat(made.loginName()).contains("scanner-1");
    assertThat(made.networks()).hasSize(2);
    assertThat(made.expiresAt()).contains(end);
    assertThat(made.idleExpiry()).contains(Duration.ofDays(30));
    assertThat(made.createdBy()).isEqualTo("tester");
    assertThat(made.state()).isEqualTo(new State.Active());
    assertThat(store.appPasswords().find(made.id())).contains(made);
    assertThat(store.appPasswords().list(ALICE)).containsExactly(made);
    assertThat(store.appPasswords().find("ap_nosuchid")).isEmpty();
    assertRefused(Code.NOT_FOUND, () -> store.appPasswords().list(BOB));
    assertRefused(Code.NOT_FOUND, () -> create(store, BOB));
  }

  @Test
  void aVersionCountsEachChangeAndNoUse() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    String id = issued.appPassword().id();
    assertThat(issued.appPassword().version()).isOne();
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
    await()
        .untilAsserted(
            () -> assertThat(store.appPasswords().find(id).orElseThrow().lastUse()).isPresent());
    assertThat(store.appPasswords().find(id).orElseThrow().version()).isOne();
    AppPassword suspended = store.appPasswords().suspend(id, "lost", TestConfig.ACTOR);
    assertThat(suspended.version()).isEqualTo(2);
    assertThat(store.appPasswords().suspend(id, "again", TestConfig.ACTOR)).isEqualTo(suspended);
    assertThat(store.appPasswords().list(ALICE)).containsExactly(suspended);
    assertThat(store.appPasswords().resume(id, TestConfig.ACTOR).version()).isEqualTo(3);
  }

  /** Also where nothing would change: who asks does not know what he sees. */
  @Test
  void changesTheVersionThatSomebodySawAlone() {
    Store store = open();
    add(store, ALICE);
    String id = create(store, ALICE).appPassword().id();
    OptionalLong first = OptionalLong.of(1);
    var _ = store.appPasswords().suspend(id, "lost", first, TestConfig.ACTOR);
    OptionalLong second = OptionalLong.of(2);
    assertRefused(
        Code.STALE, () -> store.appPasswords().suspend(id, "lost", first, TestConfig.ACTOR));
    assertRefused(Code.STALE, () -> store.appPasswords().resume(id, first, TestConfig.ACTOR));
    var _ = store.appPasswords().resume(id, second, TestConfig.ACTOR);
    assertRefused(
        Code.STALE,
        () ->
            store
                .appPasswords()
                .edit(id, AppPasswordEdit.rename("x").expecting(2), TestConfig.ACTOR));
    assertRefused(
        Code.STALE, () -> store.appPasswords().rotate(id, Duration.ZERO, second, TestConfig.ACTOR));
    assertRefused(Code.STALE, () -> store.appPasswords().revoke(id, "x", second, TestConfig.ACTOR));
    assertThat(store.appPasswords().list(ALICE))
        .singleElement()
        .satisfies(one -> {
          assertThat(one.state()).isEqualTo(new State.Active());
          assertThat(one.label()).isEqualTo("phone");
        });
    AppPassword renamed =
        store.appPasswords().edit(id, AppPasswordEdit.rename("x").expecting(3), TestConfig.ACTOR);
    var _ =
        store.appPasswords().rotate(id, HOUR, OptionalLong.of(renamed.version()), TestConfig.ACTOR);
    assertThat(store.appPasswords().revoke(id, "x", OptionalLong.of(5), TestConfig.ACTOR).version())
        .isEqualTo(6);
    assertRefused(
        Code.STALE,
        () -> store.appPasswords().revoke(id, "x", OptionalLong.of(5), TestConfig.ACTOR));
  }

  @Test
  void neverPrintsASecret() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    assertThat(issued.toString()).doesNotContain(reveal(issued.secret()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "   ", "a\nb", "a\u0000", "\u202eevil", "a\u2028b"})
  void refusesABadLabel(String label) {
    Store store = open();
    add(store, ALICE);
    assertRefused(Code.INVALID, () -> create(store, ALICE, labelled(label)));
  }

  @Test
  void takesLabelsOf64Characters() {
    Store store = open();
    add(store, ALICE);
    assertThat(create(store, ALICE, labelled("\ud83d\udcf1".repeat(64))).appPassword().label())
        .hasSize(128);
    assertRefused(Code.INVALID, () -> create(store, ALICE, labelled("x".repeat(65))));
  }

  @Test
  void refusesTermsThatMakeNoSense() {
    Store store = open();
    add(store, ALICE);
    assertRefused(
        Code.INVALID,
        () ->
            create(
                store,
                ALICE,
                new NewAppPassword(
                    "x",
                    Set.of(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.empty())));
    assertRefused(Code.INVALID, () -> create(store, ALICE, expiring(clock.instant())));
    assertRefused(Code.INVALID, () -> create(store, ALICE, expiring(Instant.MAX)));
    assertRefused(Code.INVALID, () -> create(store, ALICE, idle(Duration.ZERO)));
    assertRefused(
        Code.INVALID, () -> create(store, ALICE, idle(Duration.ofSeconds(Long.MAX_VALUE))));
    assertThat(store.appPasswords().list(ALICE)).isEmpty();
  }

  @Test
  void appliesTheRulesOfTheSite() {
    Store store =
        open(
            new StoreConfig.AppPasswordRules(
                1,
                23,
                Optional.of(HOUR.multipliedBy(2)),
                Optional.of(HOUR),
                Optional.of(Duration.ofMinutes(10))));
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    assertThat(issued.secret().length()).isEqualTo(23);
    assertThat(issued.appPassword().expiresAt())
        .contains(clock.instant().plus(HOUR.multipliedBy(2)));
    assertThat(issued.appPassword().idleExpiry()).contains(HOUR);
    assertRefused(Code.LIMIT, () -> create(store, ALICE));
    assertRefused(
        Code.INVALID,
        () -> create(store, ALICE, expiring(clock.instant().plus(HOUR.multipliedBy(3)))));
    assertRefused(Code.INVALID, () -> create(store, ALICE, idle(HOUR.multipliedBy(2))));
    clock.advance(Duration.ofMinutes(10));
    assertThat(refusal(store, ALICE, issued.secret())).contains(RejectReason.IDLE_EXPIRED);
  }

  @Test
  void countsForTheLimitWhatIsNotRevokedOrExpired() {
    Store store =
        open(
            new StoreConfig.AppPasswordRules(
                2, 16, Optional.empty(), Optional.empty(), Optional.empty()));
    add(store, ALICE);
    IssuedAppPassword first = create(store, ALICE);
    var _ = create(store, ALICE, expiring(clock.instant().plus(HOUR)));
    assertRefused(Code.LIMIT, () -> create(store, ALICE));
    var _ = store.appPasswords().suspend(first.appPassword().id(), "leave", TestConfig.ACTOR);
    assertRefused(Code.LIMIT, () -> create(store, ALICE));
    var _ = store.appPasswords().revoke(first.appPassword().id(), "lost", TestConfig.ACTOR);
    IssuedAppPassword third = create(store, ALICE);
    assertRefused(Code.LIMIT, () -> create(store, ALICE));
    clock.advance(HOUR);
    var _ = create(store, ALICE);
    assertRefused(Code.LIMIT, () -> create(store, ALICE));
    // Rotating adds one for a while and is always possible.
    var _ = store.appPasswords().rotate(third.appPassword().id(), HOUR, TestConfig.ACTOR);
  }

  @Test
  void twoThatWorkHaveNotOneLabel() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    NewAppPassword spec = TestConfig.spec("Printer");
    String id = create(store, ALICE, spec).appPassword().id();
    String other = create(store, ALICE, TestConfig.spec("Scanner")).appPassword().id();

    assertRefused(Code.CONFLICT, () -> create(store, ALICE, TestConfig.spec(" Printer ")));
    assertRefused(Code.CONFLICT, () -> rename(store, other, "Printer"));
    var _ = store.appPasswords().suspend(id, "leave", TestConfig.ACTOR);
    assertRefused(Code.CONFLICT, () -> create(store, ALICE, spec));
    var _ = store.appPasswords().resume(id, TestConfig.ACTOR);
    assertThat(rename(store, id, "Printer").label()).isEqualTo("Printer");
    assertThat(rename(store, other, "scanner").label()).isEqualTo("scanner");
  }

  @Test
  void aListOfUsersEndsAtTheFirstWhoHasTheLabel() {
    Store store = open();
    add(store, ALICE);
    NewAppPassword spec = TestConfig.spec("Printer");
    var _ = create(store, ALICE, spec);
    List<IssuedAppPassword> issued = new ArrayList<>();

    for (List<String> users : List.of(List.of(BOB, ALICE, "carol"), List.of("dora", "dora"))) {
      assertRefused(
          Code.CONFLICT,
          () ->
              store.appPasswords().createForAll(users, spec, true, TestConfig.ACTOR, issued::add));
    }
    assertThat(issued).extracting(one -> one.appPassword().user()).containsExactly(BOB, "dora");
  }

  @Test
  void theLabelOfWhatIsOverOrBeingReplacedIsFree() {
    Store store = open();
    add(store, ALICE);
    NewAppPassword spec = TestConfig.spec("Printer");
    String first = create(store, ALICE, spec).appPassword().id();
    var _ = store.appPasswords().revoke(first, "lost", TestConfig.ACTOR);
    String second = create(store, ALICE, spec).appPassword().id();
    IssuedAppPassword successor = store.appPasswords().rotate(second, HOUR, TestConfig.ACTOR);
    assertThat(successor.appPassword().label()).isEqualTo("Printer");
    assertRefused(Code.CONFLICT, () -> create(store, ALICE, spec));

    IssuedAppPassword expiring = create(store, ALICE, expiring(clock.instant().plus(HOUR)));
    clock.advance(HOUR);
    NewAppPassword same = TestConfig.spec(expiring.appPassword().label());
    assertThat(create(store, ALICE, same).appPassword().label()).isEqualTo(same.label());
  }

  /** Not both may be told that it is done. */
  @Test
  void ofTwoAtOnceOneHasTheLabel() throws InterruptedException, ExecutionException {
    Store one = open();
    Store other = open();
    add(one, ALICE);
    for (int i = 0; i < 10; i++) {
      NewAppPassword spec = TestConfig.spec("Tablet " + i);
      String old = create(one, ALICE).appPassword().id();
      try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
        Future<Boolean> made = threads.submit(() -> isDone(() -> create(one, ALICE, spec)));
        Future<Boolean> renamed =
            threads.submit(() -> isDone(() -> rename(other, old, spec.label())));
        assertThat(List.of(made.get(), renamed.get())).containsExactlyInAnyOrder(true, false);
      }
      var _ = one.appPasswords().revokeAll(ALICE, "x", TestConfig.ACTOR);
    }
  }

  private static AppPassword rename(Store store, String id, String label) {
    return store.appPasswords().edit(id, AppPasswordEdit.rename(label), TestConfig.ACTOR);
  }

  private static boolean isDone(Supplier<?> work) {
    try {
      var _ = work.get();
      return true;
    } catch (RefusedException refused) {
      assertThat(refused.code()).isEqualTo(Code.CONFLICT);
      return false;
    }
  }

  @Test
  void holdsTheLimitAgainstManyAtOnce() throws InterruptedException, ExecutionException {
    Store store =
        open(
            new StoreConfig.AppPasswordRules(
                5, 16, Optional.empty(), Optional.empty(), Optional.empty()));
    add(store, ALICE);
    List<Future<?>> attempts = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 16; i++) {
        attempts.add(threads.submit(() -> create(store, ALICE)));
      }
    }
    long refused = 0;
    for (Future<?> attempt : attempts) {
      refused += attempt.state() == Future.State.FAILED ? 1 : 0;
    }
    assertThat(refused).isEqualTo(11);
    assertThat(store.appPasswords().list(ALICE)).hasSize(5);
  }

  @Test
  void anAppPasswordIsOfNoUseWithTheNameOfSomebodyElse() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    add(store, "carol@example.com");
    IssuedAppPassword alices = create(store, ALICE);
    IssuedAppPassword bobs = create(store, BOB);
    assertThat(refusal(store, BOB, alices.secret())).contains(RejectReason.WRONG_SECRET);
    assertThat(refusal(store, ALICE, bobs.secret())).contains(RejectReason.WRONG_SECRET);
    assertThat(refusal(store, "carol@example.com", alices.secret()))
        .as("a user without an app password")
        .contains(RejectReason.WRONG_SECRET);
    assertThat(refusal(store, ALICE, alices.secret())).isEmpty();
    assertThat(refusal(store, BOB, bobs.secret())).isEmpty();
  }

  @Test
  void listsNewestFirst() {
    Store store = open();
    add(store, ALICE);
    for (int i = 0; i < 3; i++) {
      var _ = create(store, ALICE, labelled("device " + i));
      clock.advance(Duration.ofMillis(1));
    }
    assertThat(store.appPasswords().list(ALICE))
        .extracting(AppPassword::label)
        .containsExactly("device 2", "device 1", "device 0");
  }

  @Test
  void suspendsResumesAndRevokes() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    String id = issued.appPassword().id();

    assertThat(store.appPasswords().suspend(id, "leave", TestConfig.ACTOR).state())
        .isEqualTo(new State.Suspended(clock.instant(), "leave"));
    assertThat(refusal(store, ALICE, issued.secret())).contains(RejectReason.SUSPENDED);
    assertThat(store.appPasswords().suspend(id, "again", TestConfig.ACTOR).state())
        .isEqualTo(new State.Suspended(clock.instant(), "leave"));
    assertThat(store.appPasswords().resume(id, TestConfig.ACTOR).state())
        .isEqualTo(new State.Active());
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();

    State revoked = new State.Revoked(clock.instant(), "lost");
    assertThat(store.appPasswords().revoke(id, "lost", TestConfig.ACTOR).state())
        .isEqualTo(revoked);
    clock.advance(HOUR);
    assertThat(store.appPasswords().revoke(id, "again", TestConfig.ACTOR).state())
        .isEqualTo(revoked);
    assertThat(refusal(store, ALICE, issued.secret())).contains(RejectReason.REVOKED);
    assertRefused(Code.STATE, () -> store.appPasswords().resume(id, TestConfig.ACTOR));
    assertRefused(Code.STATE, () -> store.appPasswords().suspend(id, "x", TestConfig.ACTOR));
    assertRefused(Code.STATE, () -> store.appPasswords().rotate(id, HOUR, TestConfig.ACTOR));
    assertRefused(
        Code.NOT_FOUND, () -> store.appPasswords().revoke("ap_no", "x", TestConfig.ACTOR));
    assertRefused(Code.INVALID, () -> store.appPasswords().revoke(id, "", TestConfig.ACTOR));
  }

  @Test
  void revokesAllOfAUserAndNobodyElses() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    IssuedAppPassword first = create(store, ALICE);
    IssuedAppPassword second = create(store, ALICE);
    IssuedAppPassword bobs = create(store, BOB);
    var _ = store.appPasswords().revoke(first.appPassword().id(), "lost", TestConfig.ACTOR);
    assertThat(store.appPasswords().revokeAll(ALICE, "left", TestConfig.ACTOR))
        .extracting(AppPassword::id)
        .containsExactly(second.appPassword().id());
    assertThat(refusal(store, ALICE, second.secret())).contains(RejectReason.REVOKED);
    assertThat(refusal(store, BOB, bobs.secret())).isEmpty();
    assertThat(store.appPasswords().revokeAll(ALICE, "left", TestConfig.ACTOR)).isEmpty();
  }

  @Test
  void recognisesThe24NewestRevoked() {
    Store store = open();
    add(store, ALICE);
    List<IssuedAppPassword> all = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      IssuedAppPassword issued = create(store, ALICE);
      all.add(issued);
      clock.advance(Duration.ofSeconds(1));
      var _ = store.appPasswords().revoke(issued.appPassword().id(), "lost", TestConfig.ACTOR);
    }
    assertThat(refusal(store, ALICE, all.get(0).secret())).contains(RejectReason.WRONG_SECRET);
    assertThat(refusal(store, ALICE, all.get(1).secret())).contains(RejectReason.REVOKED);
    assertThat(refusal(store, ALICE, all.get(24).secret())).contains(RejectReason.REVOKED);
  }

  // ---- own login names

  @Test
  void sharesOneNameSpaceWithUsers() {
    Store store = open();
    add(store, ALICE);
    add(store, "scanner");
    assertRefused(Code.CONFLICT, () -> create(store, ALICE, named("SCANNER")));
    IssuedAppPassword issued = create(store, ALICE, named("fax"));
    assertRefused(Code.CONFLICT, () -> create(store, ALICE, named("fax")));
    assertRefused(Code.CONFLICT, () -> add(store, "Fax"));
    assertRefused(
        Code.CONFLICT,
        () ->
            store
                .appPasswords()
                .createForAll(
                    List.of("fax"), TestConfig.spec("x"), true, TestConfig.ACTOR, _ -> {}));
    assertThat(refusal(store, "FAX", issued.secret())).isEmpty();
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "twenty-one-characters", "a@b", "a b", "a\tb"})
  void refusesABadOwnLoginName(String name) {
    Store store = open();
    add(store, ALICE);
    assertRefused(Code.INVALID, () -> create(store, ALICE, named(name)));
  }

  @Test
  void givesTheNameOfARevokedOneToWhoeverWantsIt() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    IssuedAppPassword first = create(store, ALICE, named("fax"));
    var _ = store.appPasswords().revoke(first.appPassword().id(), "broken", TestConfig.ACTOR);
    assertThat(refusal(store, "fax", first.secret())).contains(RejectReason.REVOKED);
    IssuedAppPassword second = create(store, BOB, named("fax"));
    assertThat(refusal(store, "fax", second.secret())).isEmpty();
    assertThat(refusal(store, "fax", first.secret())).contains(RejectReason.WRONG_SECRET);
  }

  // ---- rotation

  @Test
  void rotatesWithTheSameTerms() {
    Store store = open();
    add(store, ALICE);
    Instant end = clock.instant().plus(HOUR.multipliedBy(10));
    IssuedAppPassword old =
        create(
            store,
            ALICE,
            new NewAppPassword(
                "fax",
                Set.of(Scope.IMAP),
                Optional.of(end),
                Optional.of(HOUR),
                List.of(Cidr.parse("127.0.0.0/8")),
                Optional.of("fax")));
    clock.advance(Duration.ofMinutes(1));
    AppPassword fresh =
        store.appPasswords().rotate(old.appPassword().id(), HOUR, TestConfig.ACTOR).appPassword();
    assertThat(store.appPasswords().find(fresh.id())).contains(fresh);
    assertThat(fresh.id()).isNotEqualTo(old.appPassword().id());
    assertThat(fresh.label()).isEqualTo("fax");
    assertThat(fresh.scopes()).containsExactly(Scope.IMAP);
    assertThat(fresh.expiresAt()).contains(end);
    assertThat(fresh.idleExpiry()).contains(HOUR);
    assertThat(fresh.networks()).containsExactly(Cidr.parse("127.0.0.0/8"));
    assertThat(fresh.loginName()).contains("fax");
    assertThat(fresh.createdAt()).isEqualTo(clock.instant());
  }

  /** A node that saw the name before must not take its next owner for an old row put back. */
  @Test
  void anOwnLoginNameIsGivenAgainAfterItWentThroughManyHands() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    IssuedAppPassword old = store.appPasswords().create(ALICE, named("fax"), TestConfig.ACTOR);
    IssuedAppPassword fresh =
        store.appPasswords().rotate(old.appPassword().id(), HOUR, TestConfig.ACTOR);
    assertThat(refusal(store, "fax", fresh.secret())).isEmpty();
    for (String user : List.of(ALICE, BOB, ALICE)) {
      store.appPasswords().revokeAll(ALICE, "lost", TestConfig.ACTOR);
      store.appPasswords().revokeAll(BOB, "lost", TestConfig.ACTOR);
      IssuedAppPassword next = store.appPasswords().create(user, named("fax"), TestConfig.ACTOR);
      assertThat(refusal(store, "fax", next.secret())).as(user).isEmpty();
    }
    store.users().remove(ALICE, TestConfig.ACTOR);
    add(store, ALICE);
    IssuedAppPassword last = store.appPasswords().create(ALICE, named("fax"), TestConfig.ACTOR);
    assertThat(refusal(store, "fax", last.secret())).isEmpty();
  }

  @Test
  void endsTheOldOneAtOnceWithoutAnOverlap() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword old = create(store, ALICE);
    IssuedAppPassword fresh =
        store.appPasswords().rotate(old.appPassword().id(), Duration.ZERO, TestConfig.ACTOR);
    assertThat(refusal(store, ALICE, old.secret())).contains(RejectReason.REVOKED);
    assertThat(refusal(store, ALICE, fresh.secret())).isEmpty();
  }

  @Test
  void endsTheOldOneWhenTheOverlapIsOver() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword old = create(store, ALICE);
    String id = old.appPassword().id();
    var _ = store.appPasswords().rotate(id, HOUR, TestConfig.ACTOR);
    clock.advance(HOUR.minusMillis(1));
    assertThat(refusal(store, ALICE, old.secret())).isEmpty();
    assertThat(state(store, id)).isEqualTo("active");
    clock.advance(Duration.ofMillis(1));
    assertThat(refusal(store, ALICE, old.secret())).contains(RejectReason.REVOKED);
    assertThat(state(store, id)).isEqualTo("revoked");
    assertThat(refusal(open(), ALICE, old.secret())).contains(RejectReason.REVOKED);
  }

  @Test
  void endsTheOldOneAtTheFirstUseOfTheNew() {
    Store store = open();
    Store elsewhere = open();
    add(store, ALICE);
    IssuedAppPassword old = create(store, ALICE);
    String id = old.appPassword().id();
    IssuedAppPassword fresh = store.appPasswords().rotate(id, HOUR, TestConfig.ACTOR);
    assertThat(refusal(elsewhere, ALICE, old.secret())).isEmpty();
    assertThat(refusal(elsewhere, ALICE, fresh.secret())).isEmpty();
    await().untilAsserted(() -> assertThat(state(store, id)).isEqualTo("revoked"));
    await()
        .untilAsserted(
            () -> assertThat(refusal(store, ALICE, old.secret())).contains(RejectReason.REVOKED));
    assertThat(refusal(store, ALICE, fresh.secret())).isEmpty();
  }

  @Test
  void keepsAtMostTwoGenerations() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword first = create(store, ALICE);
    IssuedAppPassword second =
        store.appPasswords().rotate(first.appPassword().id(), HOUR, TestConfig.ACTOR);
    assertRefused(
        Code.STATE,
        () -> store.appPasswords().rotate(first.appPassword().id(), HOUR, TestConfig.ACTOR));
    IssuedAppPassword third =
        store.appPasswords().rotate(second.appPassword().id(), HOUR, TestConfig.ACTOR);
    assertThat(refusal(store, ALICE, first.secret())).contains(RejectReason.REVOKED);
    assertThat(refusal(store, ALICE, second.secret())).isEmpty();
    assertThat(refusal(store, ALICE, third.secret())).isEmpty();
  }

  @Test
  void refusesToRotateWhatDoesNotWork() {
    Store store = open();
    add(store, ALICE);
    String suspended = create(store, ALICE).appPassword().id();
    var _ = store.appPasswords().suspend(suspended, "leave", TestConfig.ACTOR);
    assertRefused(Code.STATE, () -> store.appPasswords().rotate(suspended, HOUR, TestConfig.ACTOR));
    String expired = create(store, ALICE, expiring(clock.instant().plus(HOUR))).appPassword().id();
    clock.advance(HOUR);
    assertRefused(Code.STATE, () -> store.appPasswords().rotate(expired, HOUR, TestConfig.ACTOR));
    assertRefused(
        Code.INVALID,
        () -> store.appPasswords().rotate(expired, Duration.ofDays(367), TestConfig.ACTOR));
    assertRefused(
        Code.INVALID,
        () -> store.appPasswords().rotate(expired, Duration.ofSeconds(-1), TestConfig.ACTOR));
    assertRefused(
        Code.NOT_FOUND, () -> store.appPasswords().rotate("ap_no", HOUR, TestConfig.ACTOR));
  }

  // ---- many at once

  @Test
  void createsForManyInOrderAndAddsTheMissing() {
    Store store = open();
    add(store, "user300@example.com");
    List<String> names =
        IntStream.range(0, 600).mapToObj(i -> "User" + i + "@example.com").toList();
    List<IssuedAppPassword> issued = new ArrayList<>();
    store
        .appPasswords()
        .createForAll(
            names,
            TestConfig.spec("bulk"),
            true,
            TestConfig.ACTOR,
            one -> {
              assertThat(store.appPasswords().find(one.appPassword().id()))
                  .contains(one.appPassword());
              issued.add(one);
            });
    assertThat(issued)
        .extracting(one -> one.appPassword().user())
        .containsExactlyElementsOf(names.stream().map(name -> "u" + name.substring(1)).toList());
    assertThat(refusal(store, "user0@example.com", issued.get(0).secret())).isEmpty();
    assertThat(refusal(store, "user300@example.com", issued.get(300).secret())).isEmpty();
    assertThat(refusal(store, "user599@example.com", issued.get(599).secret())).isEmpty();
  }

  @Test
  void stopsAtTheFirstRefusalWithEverythingBeforeItDone() {
    Store store = open();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      add(store, "user" + i);
      names.add("user" + i);
    }
    names.set(280, "nobody");
    List<IssuedAppPassword> issued = new ArrayList<>();
    assertRefused(
        Code.NOT_FOUND,
        () ->
            store
                .appPasswords()
                .createForAll(
                    names, TestConfig.spec("bulk"), false, TestConfig.ACTOR, issued::add));
    assertThat(issued).hasSize(280);
    assertThat(store.appPasswords().list("user279")).hasSize(1);
    assertThat(store.appPasswords().list("user281")).isEmpty();
  }

  @Test
  void stopsAtAnInvalidNameAndAtTheLimit() {
    Store store =
        open(
            new StoreConfig.AppPasswordRules(
                2, 16, Optional.empty(), Optional.empty(), Optional.empty()));
    add(store, "full");
    var _ = create(store, "full");
    var _ = create(store, "full");
    List<IssuedAppPassword> issued = new ArrayList<>();
    assertRefused(
        Code.LIMIT,
        () ->
            store
                .appPasswords()
                .createForAll(
                    List.of("a", "b", "full", "c", "b c"),
                    TestConfig.spec("bulk"),
                    true,
                    TestConfig.ACTOR,
                    issued::add));
    assertThat(issued).hasSize(2);
    assertRefused(
        Code.INVALID,
        () ->
            store
                .appPasswords()
                .createForAll(
                    List.of("d", "b c", "e"),
                    TestConfig.spec("bulk"),
                    true,
                    TestConfig.ACTOR,
                    issued::add));
    assertThat(issued).hasSize(3);
    assertThat(store.users().find("d")).isPresent();
    assertThat(store.users().find("e")).isEmpty();
    assertRefused(
        Code.INVALID,
        () ->
            store
                .appPasswords()
                .createForAll(
                    List.of("x", "y"), named("fax"), true, TestConfig.ACTOR, issued::add));
  }
}
