package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.UserChange;
import dev.postern.store.audit.Changes;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.User;
import dev.postern.store.auth.Users;
import dev.postern.store.testing.TestConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Other names of a user, on each database: what they lead to, and that nobody can forge them. */
abstract class AliasContract extends StoreContract {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final String SALES = "sales@example.com";

  @Test
  void aLoginByAnAliasIsOneOfTheUser() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    alias(store, ALICE, SALES);
    assertThat(verify(store, " Sales@EXAMPLE.com", issued.secret()))
        .isInstanceOfSatisfying(
            Accepted.class,
            accepted -> {
              assertThat(accepted.grant().user()).isEqualTo(ALICE);
              assertThat(accepted.grant().credentialId()).isEqualTo(issued.appPassword().id());
              assertThat(store.verifier().recheck(accepted.grant()).toCompletableFuture().join())
                  .isInstanceOf(Standing.Holds.class);
            });
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
    assertThat(store.users().find(SALES)).as("it is no user of its own").isEmpty();
  }

  @Test
  void aliasesAreNormalisedAndListedByBytes() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    alias(store, ALICE, "A\u0308RGER@BU\u0308CHER.example");
    alias(store, ALICE, "office");
    alias(store, ALICE, "Z@example.com");
    assertThat(store.users().aliases("ALICE@example.com"))
        .containsExactly("office", "z@example.com", "\u00e4rger@xn--bcher-kva.example");
    assertThat(refusal(store, "\u00c4RGER@B\u00dcCHER.example", issued.secret())).isEmpty();
    assertThat(refusal(store, "a\u0308rger@xn--bcher-kva.example", issued.secret())).isEmpty();
  }

  @Test
  void aNameBelongsToOneAlone() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    alias(store, ALICE, SALES);
    named(store, "scanner");
    for (String taken : List.of(ALICE, BOB, SALES, "scanner")) {
      assertRefused(Code.CONFLICT, () -> alias(store, BOB, taken));
    }
    assertRefused(Code.CONFLICT, () -> alias(store, ALICE, ALICE));
    assertRefused(Code.CONFLICT, () -> add(store, SALES));
    alias(store, ALICE, "fax");
    assertRefused(Code.CONFLICT, () -> named(store, "fax"));
    assertRefused(
        Code.CONFLICT,
        () ->
            store
                .appPasswords()
                .createForAll(
                    List.of(SALES), TestConfig.spec("bulk"), true, TestConfig.ACTOR, _ -> {}));
    assertThat(store.users().find(SALES)).isEmpty();
    assertThat(store.users().aliases(BOB)).isEmpty();
  }

  @Test
  void theNameOfAnAppPasswordThatHasEndedIsFree() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword phone = create(store, ALICE);
    IssuedAppPassword scanner = named(store, "scanner");
    assertThat(refusal(store, "scanner", scanner.secret())).isEmpty();
    var _ = store.appPasswords().revoke(scanner.appPassword().id(), "lost", TestConfig.ACTOR);
    alias(store, ALICE, "scanner");
    assertThat(refusal(store, "scanner", phone.secret())).isEmpty();
    assertThat(refusal(store, "scanner", scanner.secret())).contains(RejectReason.REVOKED);
  }

  @Test
  void addingTwiceIsOnceAndRemovingTwiceIsRefused() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    alias(store, ALICE, SALES);
    alias(store, ALICE, "SALES@example.com");
    assertThat(store.users().aliases(ALICE)).containsExactly(SALES);
    assertRefused(Code.NOT_FOUND, () -> unalias(store, BOB, SALES));
    assertRefused(Code.NOT_FOUND, () -> unalias(store, ALICE, ALICE));
    named(store, "scanner");
    assertRefused(Code.NOT_FOUND, () -> unalias(store, ALICE, "scanner"));
    unalias(store, ALICE, SALES);
    assertThat(store.users().aliases(ALICE)).isEmpty();
    assertRefused(Code.NOT_FOUND, () -> unalias(store, ALICE, SALES));
    assertRefused(Code.NOT_FOUND, () -> alias(store, "nobody", SALES));
    assertRefused(Code.NOT_FOUND, () -> store.users().aliases("nobody"));
    assertRefused(Code.INVALID, () -> alias(store, ALICE, "two words"));
    assertRefused(Code.INVALID, () -> alias(store, ALICE, "@example.com"));
    assertThat(actions(store))
        .containsExactly(
            "user.remove-alias", "app-password.create", "user.add-alias", "user.add", "user.add");
  }

  @Test
  void theirNumberIsBounded() {
    Store store = open();
    add(store, ALICE);
    for (int i = 0; i < Users.MOST_ALIASES; i++) {
      alias(store, ALICE, "a" + i);
    }
    assertRefused(Code.LIMIT, () -> alias(store, ALICE, "one-more"));
    alias(store, ALICE, "a0");
    unalias(store, ALICE, "a1");
    alias(store, ALICE, "one-more");
    assertThat(store.users().aliases(ALICE)).hasSize(Users.MOST_ALIASES);
  }

  @Test
  void theyGoWithTheUser() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    IssuedAppPassword bobs = create(store, BOB);
    alias(store, ALICE, SALES);
    alias(store, ALICE, "fax");
    store.users().remove(ALICE, TestConfig.ACTOR);
    assertThat(refusal(store, SALES, bobs.secret())).contains(RejectReason.UNKNOWN_USER);
    alias(store, BOB, SALES);
    assertThat(refusal(store, SALES, bobs.secret())).isEmpty();
    var _ = store.personalData().erase(BOB, TestConfig.ACTOR);
    assertThat(query("SELECT COUNT(*) FROM login_names")).isZero();
    assertThat(
            store.changes().list(Changes.Query.ALL, Optional.empty(), 100).stream()
                .filter(entry -> entry.after().orElse("").contains(SALES))
                .filter(entry -> entry.action().equals("user.add-alias")))
        .as("of who was erased nothing is left; of who was removed the record is")
        .hasSize(1);
  }

  @Test
  void otherNodesHearOfThem() {
    Store here = open();
    Store there = open();
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    awaitRefusal(there, issued, Optional.of(RejectReason.UNKNOWN_USER));
    alias(here, ALICE, SALES);
    awaitRefusal(there, issued, Optional.empty());
    unalias(here, ALICE, SALES);
    awaitRefusal(there, issued, Optional.of(RejectReason.UNKNOWN_USER));
    alias(here, ALICE, SALES);
    awaitRefusal(there, issued, Optional.empty());
    assertThat(here.statistics().rowAlarms().get()).isZero();
    assertThat(there.statistics().rowAlarms().get()).isZero();
  }

  // ---- the database cannot lie

  /** A row that leads to a user of whom somebody knows an app password. */
  @ParameterizedTest
  @ValueSource(strings = {"''", "'s1:AAAA'", "signature"})
  void noInsertedAliasLeadsAnywhere(String signature) {
    Store before = open();
    add(before, ALICE);
    IssuedAppPassword issued = create(before, ALICE);
    before.close();
    run(
        "INSERT INTO login_names (name, user_id, version, signature) SELECT '%s', user_id, version, %s FROM login_names"
            .formatted(SALES, signature));
    Store after = open();
    assertThat(refusal(after, SALES, issued.secret())).contains(RejectReason.UNKNOWN_USER);
    assertThat(after.statistics().rowAlarms().get()).isPositive();
    assertThat(after.users().aliases(ALICE)).isEmpty();
    assertRefused(Code.CONFLICT, () -> alias(after, ALICE, SALES));
    unalias(after, ALICE, SALES);
    alias(after, ALICE, SALES);
    assertThat(refusal(after, SALES, issued.secret())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name = 'boss@example.com'",
        "user_id = (SELECT id FROM users WHERE name = 'bob@example.com')",
        "app_password_id = (SELECT MIN(id) FROM app_passwords)",
        "version = version + 1",
        "signature = ''",
      })
  void noChangedAliasLeadsAnywhere(String change) {
    Store before = open();
    add(before, ALICE);
    add(before, BOB);
    IssuedAppPassword issued = create(before, ALICE);
    IssuedAppPassword bobs = create(before, BOB);
    alias(before, ALICE, SALES);
    before.close();
    run("UPDATE login_names SET " + change + " WHERE name = '" + SALES + "'");
    Store after = open();
    String name = change.startsWith("name") ? "boss@example.com" : SALES;
    assertThat(refusal(after, name, issued.secret())).contains(RejectReason.UNKNOWN_USER);
    assertThat(refusal(after, name, bobs.secret())).contains(RejectReason.UNKNOWN_USER);
    assertThat(after.statistics().rowAlarms().get()).isPositive();
  }

  /** Its signature is right still. */
  @Test
  void anAliasThatWasRemovedIsNotPutBackUnnoticed() {
    Store here = open();
    Store there = open();
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    alias(here, ALICE, SALES);
    awaitRefusal(there, issued, Optional.empty());
    run("CREATE TABLE kept AS SELECT * FROM login_names WHERE name = '" + SALES + "'");
    unalias(here, ALICE, SALES);
    heard(here, there);
    assertThat(refusal(there, SALES, issued.secret())).contains(RejectReason.UNKNOWN_USER);
    assertThat(there.statistics().rowAlarms().get()).isZero();

    run("INSERT INTO login_names SELECT * FROM kept");
    run(
        "INSERT INTO changes (number, user_id, login_name, at) SELECT number + 1, 'nobody', '"
            + SALES
            + "', 0 FROM change_counter");
    run("UPDATE change_counter SET number = number + 1");
    await()
        .atMost(SOON)
        .until(() -> {
          assertThat(refusal(there, SALES, issued.secret())).contains(RejectReason.UNKNOWN_USER);
          return there.statistics().rowAlarms().get() > 0;
        });
  }

  /** What had versions before, as the name of an app password that was rotated, begins higher. */
  @Test
  void anAliasThatComesAgainIsNoOldRow() {
    Store here = open();
    Store there = open();
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    IssuedAppPassword named = named(here, "sales");
    for (int i = 0; i < 3; i++) {
      named = here.appPasswords().rotate(named.appPassword().id(), Duration.ZERO, TestConfig.ACTOR);
      awaitRefusal(there, "sales", named, Optional.empty());
    }
    var _ = here.appPasswords().revoke(named.appPassword().id(), "lost", TestConfig.ACTOR);
    for (int i = 0; i < 3; i++) {
      alias(here, ALICE, "sales");
      awaitRefusal(there, "sales", issued, Optional.empty());
      unalias(here, ALICE, "sales");
      awaitRefusal(there, "sales", issued, Optional.of(RejectReason.UNKNOWN_USER));
    }
    IssuedAppPassword again = named(here, "sales");
    heard(here, there);
    awaitRefusal(there, "sales", again, Optional.empty());
    assertThat(there.statistics().rowAlarms().get()).isZero();
  }

  private static void alias(Store store, String user, String alias) {
    store.users().addAlias(user, alias, TestConfig.ACTOR);
  }

  private static void unalias(Store store, String user, String alias) {
    store.users().removeAlias(user, alias, TestConfig.ACTOR);
  }

  /** One of Alice's with a login name of its own. */
  private static IssuedAppPassword named(Store store, String loginName) {
    return store
        .appPasswords()
        .create(
            ALICE,
            new NewAppPassword(
                loginName,
                Set.of(Scope.IMAP),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.of(loginName)),
            TestConfig.ACTOR);
  }

  private static List<String> actions(Store store) {
    return store.changes().list(Changes.Query.ALL, Optional.empty(), 100).stream()
        .map(Changes.Entry::action)
        .toList();
  }

  /** Waits until the other store has heard of everything before. */
  private static void heard(Store here, Store there) {
    List<UserChange> told = new CopyOnWriteArrayList<>();
    there.onUserChanged(told::add);
    add(here, "last");
    String id = here.users().find("last").map(User::id).orElseThrow();
    await()
        .atMost(SOON)
        .until(() ->
            told.stream()
                .anyMatch(change ->
                    change instanceof UserChange.OfUser user && user.userId().equals(id)));
    here.users().remove("last", TestConfig.ACTOR);
  }

  private static void awaitRefusal(
      Store store, IssuedAppPassword issued, Optional<RejectReason> reason) {
    awaitRefusal(store, SALES, issued, reason);
  }

  private static void awaitRefusal(
      Store store, String name, IssuedAppPassword issued, Optional<RejectReason> reason) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(refusal(store, name, issued.secret())).isEqualTo(reason));
  }
}
