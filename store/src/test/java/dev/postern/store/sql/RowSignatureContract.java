package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig.AppPasswordRules;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.TestConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The database cannot lie: whatever direct SQL does to a row, it never makes a login. */
abstract class RowSignatureContract extends StoreContract {
  private static final AppPasswordRules RULES =
      new AppPasswordRules(
          40, 16, Optional.empty(), Optional.empty(), Optional.of(Duration.ofDays(30)));

  /** Everything that means something, changed to what whoever changes it would like. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "id = 'ap_0000000000000000'",
        "label = 'other'",
        "scopes = 'imap,submission,pop3'",
        "scopes = 'imap'",
        "networks = '127.0.0.0/8'",
        "networks = '10.0.0.0/8'",
        "machine_made = 0",
        "expires_at = NULL",
        "expires_at = 9999999999999",
        "idle_expiry = NULL",
        "idle_expiry = 99999999999",
        "unused_expires_at = NULL",
        "unused_expires_at = 9999999999999",
        "replaces = 'ap_0000000000000000'",
        "overlap_ends_at = 9999999999999",
        "state = 'suspended', state_at = 1, state_reason = 'x'",
        "created_at = 1",
        "created_by = 'somebody'",
        "version = version + 1",
        "version = version - 1",
        "signature = ''",
        "signature = 's1:AAAA'",
        "signature = (SELECT signature FROM users WHERE name = 'alice@example.com')",
      })
  void noChangedAppPasswordLogsIn(String change) {
    Store before = open(RULES);
    add(before, BOB);
    IssuedAppPassword issued = full(before);
    before.close();
    run("UPDATE app_passwords SET " + change);
    assertRefusedAlarmed(issued, RejectReason.WRONG_SECRET);
  }

  /** The three columns of a state one by one: none of them is only as good as the others. */
  @ParameterizedTest
  @ValueSource(strings = {"state = 'suspended'", "state_at = 1", "state_reason = 'x'"})
  void noRevokedAppPasswordIsChangedUnnoticed(String change) {
    Store before = open();
    IssuedAppPassword issued = full(before);
    var _ = before.appPasswords().revoke(issued.appPassword().id(), "lost", TestConfig.ACTOR);
    before.close();
    run("UPDATE app_passwords SET " + change);
    assertRefusedAlarmed(issued, RejectReason.WRONG_SECRET);
  }

  @Test
  void noAppPasswordGivenToSomebodyElseLogsIn() {
    Store before = open(RULES);
    add(before, BOB);
    IssuedAppPassword issued = full(before);
    before.close();
    run("UPDATE app_passwords SET user_id = (SELECT id FROM users WHERE name = '" + BOB + "')");
    Store after = open();
    assertThat(refusal(after, ALICE, issued.secret())).contains(RejectReason.WRONG_SECRET);
    assertThat(refusal(after, BOB, issued.secret())).contains(RejectReason.WRONG_SECRET);
    assertThat(after.statistics().rowAlarms().get()).isPositive();
  }

  @Test
  void noSecretOfAnotherRowLogsIn() {
    Store before = open();
    IssuedAppPassword narrow = full(before);
    IssuedAppPassword other = create(before, ALICE);
    before.close();
    run(
        "UPDATE app_passwords SET secret = (SELECT secret FROM app_passwords WHERE id = '"
            + narrow.appPassword().id()
            + "') WHERE id = '"
            + other.appPassword().id()
            + "'");
    assertRefusedAlarmed(other, RejectReason.WRONG_SECRET);
  }

  @Test
  void noInsertedRowLogsIn() {
    Store before = open();
    IssuedAppPassword issued = full(before);
    before.close();
    run(
        """
        INSERT INTO app_passwords (id, user_id, label, scopes, networks, secret, state, created_at,
            created_by, version, signature)
        SELECT 'ap_1111111111111111', user_id, label, 'imap,submission', '', secret, 'active',
            created_at, created_by, version, signature FROM app_passwords
        """);
    run("DELETE FROM app_passwords WHERE id <> 'ap_1111111111111111'");
    assertRefusedAlarmed(issued, RejectReason.WRONG_SECRET);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name = 'mallory@example.com'",
        "upstream = 'other'",
        "upstream_user = 'boss@example.com'",
        "group_name = 'admins'",
        "protected = 1",
        "disabled_at = NULL, disabled_reason = NULL",
        "disabled_at = 1, disabled_reason = 'x'",
        "created_at = 1",
        "created_by = 'somebody'",
        "version = version + 1",
        "signature = ''",
      })
  void noAppPasswordOfAChangedUserLogsIn(String change) {
    Store before = open();
    IssuedAppPassword issued = full(before);
    if (change.startsWith("disabled_at = NULL")) {
      var _ = before.users().disable(ALICE, "left", TestConfig.ACTOR);
    }
    before.close();
    run("UPDATE users SET " + change + " WHERE name = '" + ALICE + "'");
    assertRefusedAlarmed(issued, RejectReason.UNKNOWN_USER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"disabled_at = 1", "disabled_reason = 'x'"})
  void noDisabledUserIsChangedUnnoticed(String change) {
    Store before = open();
    IssuedAppPassword issued = full(before);
    var _ = before.users().disable(ALICE, "left", TestConfig.ACTOR);
    before.close();
    run("UPDATE users SET " + change + " WHERE name = '" + ALICE + "'");
    assertRefusedAlarmed(issued, RejectReason.UNKNOWN_USER);
  }

  /** Whose mail a login opens is in the row of the user that the app password belongs to. */
  @Test
  void noAppPasswordLogsInUnderTheRowOfAnotherUser() {
    Store before = open();
    add(before, BOB);
    IssuedAppPassword bobs = create(before, BOB);
    var _ = full(before);
    before.close();
    run("CREATE TABLE kept AS SELECT * FROM users");
    run("UPDATE users SET name = 'moved' WHERE name = '" + ALICE + "'");
    run(
        """
        UPDATE users SET name = 'alice@example.com',
            created_at = (SELECT created_at FROM kept WHERE name = 'alice@example.com'),
            signature = (SELECT signature FROM kept WHERE name = 'alice@example.com')
        WHERE name = 'bob@example.com'
        """);
    Store after = open();
    assertThat(refusal(after, BOB, bobs.secret())).contains(RejectReason.UNKNOWN_USER);
    assertThat(after.statistics().rowAlarms().get()).isPositive();
  }

  @ParameterizedTest
  @CsvSource({"name", "user_id", "app_password_id", "version", "signature"})
  void noChangedLoginNameLeadsAnywhere(String column) {
    Store before = open();
    add(before, BOB);
    IssuedAppPassword issued = full(before);
    before.close();
    String value =
        switch (column) {
          case "name" -> "'victim'";
          case "user_id" -> "(SELECT id FROM users WHERE name = 'bob@example.com')";
          case "app_password_id" -> "'" + issued.appPassword().id() + "'";
          case "version" -> "7";
          default -> "''";
        };
    run("UPDATE login_names SET " + column + " = " + value + " WHERE name = '" + ALICE + "'");
    Store after = open();
    assertThat(refusal(after, column.equals("name") ? "victim" : ALICE, issued.secret()))
        .contains(RejectReason.UNKNOWN_USER);
    assertThat(after.statistics().rowAlarms().get()).isPositive();
  }

  @Test
  void noSwappedOrChangedUpstreamPasswordIsGranted() {
    Store before = open();
    add(before, BOB);
    IssuedAppPassword issued = full(before);
    try (Secret mine = Secret.ofText("mine");
        Secret bobs = Secret.ofText("bobs")) {
      before.users().setUpstreamPassword(ALICE, "mail", mine, TestConfig.ACTOR);
      before.users().setUpstreamPassword(BOB, "mail", bobs, TestConfig.ACTOR);
    }
    before.close();
    run(
        "UPDATE upstream_passwords SET sealed = (SELECT p.sealed FROM upstream_passwords p JOIN"
            + " users u ON u.id = p.user_id WHERE u.name = 'bob@example.com')");
    Store after = open();
    assertThat(verify(after, ALICE, issued.secret()))
        .isInstanceOfSatisfying(
            Accepted.class, accepted -> assertThat(accepted.grant().upstreamPasswords()).isEmpty());
    assertThat(after.statistics().rowAlarms().get()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "user_id = (SELECT id FROM users WHERE name = 'bob@example.com')",
        "upstream = 'other'",
        "version = version + 1",
        "signature = ''",
      })
  void noMovedUpstreamPasswordIsGranted(String change) {
    Store before = open();
    add(before, BOB);
    IssuedAppPassword bobs = create(before, BOB);
    IssuedAppPassword issued = full(before);
    try (Secret mine = Secret.ofText("mine")) {
      before.users().setUpstreamPassword(ALICE, "mail", mine, TestConfig.ACTOR);
    }
    before.close();
    run("UPDATE upstream_passwords SET " + change);
    Store after = open();
    boolean isBobs = change.startsWith("user_id");
    assertThat(verify(after, isBobs ? BOB : ALICE, (isBobs ? bobs : issued).secret()))
        .isInstanceOfSatisfying(
            Accepted.class, accepted -> assertThat(accepted.grant().upstreamPasswords()).isEmpty());
    assertThat(after.statistics().rowAlarms().get()).isPositive();
  }

  /** An old row, whose signature is right, is noticed by whoever has seen a newer one. */
  @Test
  void aRunningNodeRefusesAnOlderRowThanItHasSeen() {
    Store here = open();
    IssuedAppPassword issued = full(here);
    run("CREATE TABLE kept AS SELECT * FROM app_passwords");
    var _ = here.appPasswords().revoke(issued.appPassword().id(), "lost", TestConfig.ACTOR);
    assertThat(refusal(here, ALICE, issued.secret())).contains(RejectReason.REVOKED);
    run("DELETE FROM app_passwords");
    run("INSERT INTO app_passwords SELECT * FROM kept");
    var _ = here.users().disable(ALICE, "so that the cache reads anew", TestConfig.ACTOR);
    var _ = here.users().enable(ALICE, TestConfig.ACTOR);
    assertThat(refusal(here, ALICE, issued.secret())).contains(RejectReason.WRONG_SECRET);
    assertThat(here.statistics().rowAlarms().get()).isPositive();
  }

  @Test
  void theLastUseIsNotPartOfTheSignature() {
    Store before = open();
    IssuedAppPassword issued = full(before);
    before.close();
    run(
        "UPDATE app_passwords SET last_used_at = 1, last_used_from = '127.0.0.1',"
            + " last_used_scope = 'imap', last_used_client = 'x',"
            + " last_used_protection = 'a newer one', exposed_at = 1");
    Store after = open();
    assertThat(refusal(after, ALICE, issued.secret())).contains(RejectReason.IDLE_EXPIRED);
    assertThat(after.statistics().rowAlarms().get()).isZero();
  }

  /** One that has something in every column that could be emptied. */
  private IssuedAppPassword full(Store store) {
    add(store, ALICE);
    return store
        .appPasswords()
        .create(
            ALICE,
            new NewAppPassword(
                label(),
                Set.of(Scope.IMAP, Scope.SUBMISSION),
                Optional.of(clock.instant().plus(Duration.ofDays(10))),
                Optional.of(Duration.ofDays(5)),
                List.of(),
                Optional.empty()),
            TestConfig.ACTOR);
  }

  private void assertRefusedAlarmed(IssuedAppPassword issued, RejectReason reason) {
    Store after = open();
    assertThat(refusal(after, ALICE, issued.secret())).contains(reason);
    assertThat(after.statistics().rowAlarms().get()).isPositive();
  }
}
