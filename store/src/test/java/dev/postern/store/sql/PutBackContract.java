package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.UserChange;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.Standing;
import dev.postern.store.seal.Sealed;
import dev.postern.store.testing.TestConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/**
 * Old rows, whose signatures are right, put back under a running node that has read newer ones: for
 * a login, or because the user had a session.
 */
abstract class PutBackContract extends StoreContract {
  private static final String MAIL = "mail";
  private static final String FAX = "fax";

  // ---- read for a login

  @Test
  void whoWasDisabledIsNotLetInByTheOldRow() {
    Store here = open();
    IssuedAppPassword issued = user(here);
    keep("users");
    var _ = here.users().disable(ALICE, "left", TestConfig.ACTOR);
    forgetRows(here);
    assertThat(refusal(here, ALICE, issued.secret())).contains(RejectReason.USER_DISABLED);
    assertNoAlarm(here);

    putBackUser();
    forgetRows(here);
    assertThat(refusal(here, ALICE, issued.secret())).contains(RejectReason.UNKNOWN_USER);
    assertAlarm(here);
  }

  @Test
  void anOldAppPasswordDoesNotLogIn() {
    Store here = open();
    IssuedAppPassword issued = user(here);
    keep("app_passwords");
    var _ = here.appPasswords().revoke(issued.appPassword().id(), "lost", TestConfig.ACTOR);
    forgetRows(here);
    assertThat(refusal(here, ALICE, issued.secret())).contains(RejectReason.REVOKED);
    assertNoAlarm(here);

    putBackAppPassword();
    forgetRows(here);
    assertThat(refusal(here, ALICE, issued.secret())).contains(RejectReason.WRONG_SECRET);
    assertAlarm(here);
  }

  @Test
  void anOldUpstreamPasswordIsNotGranted() {
    Store here = open();
    IssuedAppPassword issued = user(here);
    set(here, "old");
    keep("upstream_passwords");
    set(here, "new");
    forgetRows(here);
    assertThat(granted(here, issued)).hasSize(1);
    assertNoAlarm(here);

    putBackUpstreamPassword();
    forgetRows(here);
    assertThat(granted(here, issued)).isEmpty();
    assertAlarm(here);
  }

  /** Otherwise a name would lead to the predecessor again, of which somebody knows the secret. */
  @Test
  void anOwnLoginNameDoesNotLeadWhereItLedBefore() {
    Store here = open();
    add(here, ALICE);
    IssuedAppPassword old = here.appPasswords().create(ALICE, named(FAX), TestConfig.ACTOR);
    keep("login_names");
    IssuedAppPassword fresh =
        here.appPasswords().rotate(old.appPassword().id(), Duration.ofHours(1), TestConfig.ACTOR);
    forgetRows(here);
    // With the old one, which works during the overlap: the first use of the new one ends it.
    assertThat(refusal(here, FAX, old.secret())).isEmpty();
    assertNoAlarm(here);

    putBack("login_names", "name", "app_password_id, version, signature");
    forgetRows(here);
    assertThat(refusal(here, FAX, old.secret())).contains(RejectReason.UNKNOWN_USER);
    assertThat(refusal(here, FAX, fresh.secret())).contains(RejectReason.UNKNOWN_USER);
    assertAlarm(here);
  }

  // ---- read because of a session

  @Test
  void whoseSessionsHadToEndIsNotLetInByTheOldRow() {
    Store here = open();
    IssuedAppPassword issued = user(here);
    Grant grant = grant(here, issued);
    keep("users");
    var _ = here.users().disable(ALICE, "left", TestConfig.ACTOR);
    forgetRows(here);
    assertThat(standing(here, grant)).isEqualTo(new Standing.Ended(RejectReason.USER_DISABLED));
    assertNoAlarm(here);

    putBackUser();
    assertThat(refusal(here, ALICE, issued.secret())).contains(RejectReason.UNKNOWN_USER);
    assertAlarm(here);
  }

  @Test
  void anAppPasswordWhoseSessionsHadToEndIsNotPutBack() {
    Store here = open();
    IssuedAppPassword issued = user(here);
    Grant grant = grant(here, issued);
    keep("app_passwords");
    var _ = here.appPasswords().revoke(issued.appPassword().id(), "lost", TestConfig.ACTOR);
    forgetRows(here);
    assertThat(standing(here, grant)).isEqualTo(new Standing.Ended(RejectReason.REVOKED));
    assertNoAlarm(here);

    putBackAppPassword();
    assertThat(refusal(here, ALICE, issued.secret())).contains(RejectReason.WRONG_SECRET);
    assertAlarm(here);
  }

  @Test
  void anUpstreamPasswordThatChangedDuringASessionIsNotPutBack() {
    Store here = open();
    IssuedAppPassword issued = user(here);
    set(here, "old");
    Grant grant = grant(here, issued);
    keep("upstream_passwords");
    set(here, "new");
    forgetRows(here);
    assertThat(standing(here, grant)).isInstanceOf(Standing.Holds.class);
    assertNoAlarm(here);

    putBackUpstreamPassword();
    assertThat(granted(here, issued)).isEmpty();
    assertAlarm(here);
  }

  private IssuedAppPassword user(Store store) {
    add(store, ALICE);
    return create(store, ALICE);
  }

  private static NewAppPassword named(String loginName) {
    return new NewAppPassword(
        loginName,
        Set.of(Scope.IMAP),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.of(loginName));
  }

  private static void set(Store store, String password) {
    try (Secret secret = Secret.ofText(password)) {
      store.users().setUpstreamPassword(ALICE, MAIL, secret, TestConfig.ACTOR);
    }
  }

  private static Grant grant(Store store, IssuedAppPassword issued) {
    return verify(store, ALICE, issued.secret()) instanceof Accepted(Grant grant)
        ? grant
        : fail("refused");
  }

  private static Collection<Sealed> granted(Store store, IssuedAppPassword issued) {
    return grant(store, issued).upstreamPasswords().values();
  }

  private static Standing standing(Store store, Grant grant) {
    return store.verifier().recheck(grant).toCompletableFuture().join();
  }

  private void keep(String table) {
    run("CREATE TABLE kept AS SELECT * FROM " + table);
  }

  private void putBackUser() {
    putBack("users", "id", "disabled_at, disabled_reason, version, signature");
  }

  private void putBackAppPassword() {
    putBack("app_passwords", "id", "state, state_at, state_reason, version, signature");
  }

  private void putBackUpstreamPassword() {
    putBack("upstream_passwords", "user_id", "version, sealed, signature");
  }

  private void putBack(String table, String key, String columns) {
    run(
        "UPDATE %1$s SET (%3$s) = (SELECT %3$s FROM kept WHERE kept.%2$s = %1$s.%2$s)"
            .formatted(table, key, columns));
  }

  /**
   * Makes a node read the rows again, after it has heard of all changes: one that came while it
   * reads for a login would make it read as for a session.
   */
  private void forgetRows(Store store) {
    List<UserChange> told = new CopyOnWriteArrayList<>();
    store.onUserChanged(told::add);
    run(
        "INSERT INTO changes (number, user_id, at)"
            + " SELECT number + 1, users.id, 0 FROM change_counter, users");
    run(
        "INSERT INTO changes (number, user_id, at)"
            + " SELECT number + 2, 'nobody', 0 FROM change_counter");
    run("UPDATE change_counter SET number = number + 2");
    await()
        .atMost(Duration.ofSeconds(5))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> told.contains(new UserChange.OfUser("nobody", Instant.EPOCH)));
  }

  private static void assertNoAlarm(Store store) {
    assertThat(store.statistics().rowAlarms().get()).isZero();
  }

  private static void assertAlarm(Store store) {
    assertThat(store.statistics().rowAlarms().get()).isPositive();
  }
}
