package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.imports.ForeignSecret;
import dev.postern.store.imports.Imports;
import dev.postern.store.imports.Imports.Verdict;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What becomes of hashes of other systems, on each database. */
abstract class ImportsContract extends StoreContract {
  private static final String HASH = "{SSHA256}+E+iFJ27Yu1ODPH1UNKUmzOmUT06dwfghQJRHHnMsO5zYWx0";
  private static final String OTHER_HASH =
      "{SSHA256}8DJnGuSPDUWHJWNDOIjFGfwLAHnWjOdbNJ3VZCnkfWlzYWx0";

  private static final String PASSWORD = "{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=";

  @Test
  void addsOnceAndReplacesAHashThatChanged() {
    Store store = open();
    assertThat(rehearse(store, secret("1", ALICE, HASH))).isInstanceOf(Verdict.Added.class);
    assertThat(query("SELECT COUNT(*) FROM users")).isZero();

    Verdict added = take(store, secret("1", ALICE, HASH));
    assertThat(added).isInstanceOf(Verdict.Added.class);
    assertThat(take(store, secret("1", ALICE, HASH))).isEqualTo(new Verdict.Unchanged(id(added)));
    assertThat(rehearse(store, secret("1", ALICE, OTHER_HASH)))
        .isEqualTo(new Verdict.Replaced(id(added)));
    assertThat(take(store, secret("1", ALICE, OTHER_HASH)))
        .isEqualTo(new Verdict.Replaced(id(added)));
    assertThat(take(store, secret("1", ALICE, OTHER_HASH)))
        .isEqualTo(new Verdict.Unchanged(id(added)));
    assertThat(query("SELECT COUNT(*) FROM app_passwords")).isEqualTo(1);
  }

  @Test
  void takesTheFirstOfTwoFromTheSamePlace() {
    Store store = open();
    List<Verdict> verdicts =
        store
            .imports()
            .take(
                List.of(secret("1", ALICE, HASH), secret("1", ALICE, OTHER_HASH)),
                false,
                TestConfig.ACTOR);
    assertThat(verdicts.getFirst()).isInstanceOf(Verdict.Added.class);
    assertThat(verdicts.getLast())
        .isEqualTo(new Verdict.Refused("stands here for the second time"));
  }

  @Test
  void neverBringsBackWhatWasRevoked() {
    Store store = open();
    String id = id(take(store, secret("1", ALICE, HASH)));
    var _ = store.appPasswords().revoke(id, "lost", TestConfig.ACTOR);
    assertThat(take(store, secret("1", ALICE, OTHER_HASH))).isEqualTo(new Verdict.Unchanged(id));
    assertThat(state(store, id)).isEqualTo("revoked");
  }

  @Test
  void whatIsSomebodyElsesNowIsAnotherAppPassword() {
    Store store = open();
    String alices = id(take(store, secret("1", ALICE, HASH)));
    String bobs = id(take(store, secret("1", BOB, OTHER_HASH)));
    assertThat(bobs).isNotEqualTo(alices);
    assertThat(store.appPasswords().list(ALICE)).hasSize(1);
  }

  @Test
  void takesAUserWhoWasRemovedLikeANewOne() {
    Store store = open();
    String first = id(take(store, secret("1", ALICE, PASSWORD)));
    for (int i = 0; i < 3; i++) {
      var _ = store.appPasswords().suspend(first, "away", TestConfig.ACTOR);
      var _ = store.appPasswords().resume(first, TestConfig.ACTOR);
    }
    assertThat(typed(store, "password")).as("its latest version was seen").isEmpty();
    store.users().remove(ALICE, TestConfig.ACTOR);
    assertThat(take(store, secret("1", ALICE, PASSWORD))).isInstanceOf(Verdict.Added.class);
    assertThat(typed(store, "password")).isEmpty();
  }

  @Test
  void letsInByTheHashOfNow() {
    Store store = open();
    var _ = take(store, secret("1", ALICE, HASH));
    assertThat(typed(store, "password")).contains(RejectReason.WRONG_SHAPE);
    var _ = take(store, secret("1", ALICE, PASSWORD));
    assertThat(typed(store, "password")).isEmpty();
  }

  /** Until then it need not ask the database about secrets that cannot be ours. */
  @Test
  void aNodeThatRunsHearsOfTheFirstImport() {
    Store node = open();
    add(node, ALICE);
    assertThat(typed(node, "password")).contains(RejectReason.WRONG_SHAPE);

    Store command = open();
    assertThat(rehearse(command, secret("1", ALICE, PASSWORD))).isInstanceOf(Verdict.Added.class);
    assertThat(query("SELECT has_imports FROM change_counter")).isZero();
    var _ = take(command, secret("1", ALICE, PASSWORD));

    assertThat(typed(command, "password")).isEmpty();
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(typed(node, "password")).isEmpty());
    assertThat(typed(open(), "password")).as("one that starts later").isEmpty();
  }

  @Test
  void aDatabaseOfBeforeSaysWhetherThereAreImports() {
    Store store = open();
    add(store, ALICE);
    var _ = create(store, ALICE);
    assertThat(hasImportsAfterMigration()).isFalse();
    var _ = take(store, secret("1", ALICE, PASSWORD));
    assertThat(hasImportsAfterMigration()).isTrue();
    run("DELETE FROM app_passwords WHERE secret LIKE '$postern-imported$%'");
    assertThat(hasImportsAfterMigration()).isFalse();
    run("UPDATE app_passwords SET secret = '$postern-hmac-sha256$k=p1,o=typed$AAAA'");
    assertThat(hasImportsAfterMigration()).isTrue();
  }

  private boolean hasImportsAfterMigration() {
    run("DROP INDEX users_by_domain");
    run("DROP INDEX users_disabled");
    run("DROP INDEX users_protected");
    run("DROP INDEX app_passwords_active");
    run("DROP INDEX app_passwords_suspended");
    run("DROP INDEX app_passwords_revoked");
    run("DROP INDEX app_passwords_expired");
    run("DROP INDEX app_passwords_legacy");
    run("ALTER TABLE change_counter DROP COLUMN has_imports");
    run("ALTER TABLE app_passwords DROP COLUMN last_used_protection");
    run("ALTER TABLE app_passwords DROP COLUMN exposed_at");
    run("ALTER TABLE app_passwords DROP COLUMN lane");
    run("ALTER TABLE changes DROP COLUMN kind");
    run("ALTER TABLE changes DROP COLUMN detail");
    run("DROP TABLE sessions");
    run("DROP TABLE bans");
    run("ALTER TABLE nodes DROP COLUMN draining_since");
    run("DROP TABLE ticket_keys");
    run("DROP TABLE oauth_accounts");
    run("DROP TABLE oauth_leases");
    run("DROP TABLE oauth_links");
    run("DROP TABLE own_password_notices");
    run("DROP INDEX admin_changes_by_name");
    run("DROP INDEX admin_changes_by_actor");
    run("DROP INDEX admin_changes_by_action");
    run("DROP INDEX sign_ins_by_reason");
    run("ALTER TABLE admin_changes DROP COLUMN peer");
    run("DROP TABLE api_tokens");
    run("DROP TABLE replays");
    run("DROP TABLE webhook_events");
    run("DROP TABLE webhook_receivers");
    run("DROP TABLE webhook_marks");
    run("DROP INDEX admin_changes_numbered");
    run("DROP INDEX admin_changes_unnumbered");
    run("ALTER TABLE admin_changes DROP COLUMN number");
    run("DROP INDEX sign_ins_numbered");
    run("DROP INDEX sign_ins_unnumbered");
    run("ALTER TABLE sign_ins DROP COLUMN number");
    run("DROP TABLE ended_sessions");
    run("DROP TABLE export_counters");
    run("DROP TABLE traces");
    run("DROP TABLE upstream_states");
    run(
        "DELETE FROM postern_schema_history"
            + " WHERE version IN ('5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19', '20', '21')");
    run("UPDATE meta SET value = '4' WHERE name = 'oldest-program'");
    open().close();
    return query("SELECT has_imports FROM change_counter") == 1;
  }

  /** As when the row that says so was put back from before. */
  @Test
  void importingAgainSaysThatThereAreImports() {
    Store store = open();
    var _ = take(store, secret("1", ALICE, PASSWORD));
    run("UPDATE change_counter SET has_imports = 0");
    assertThat(take(store, secret("1", ALICE, PASSWORD))).isInstanceOf(Verdict.Unchanged.class);
    assertThat(query("SELECT has_imports FROM change_counter")).isOne();
  }

  @Test
  void repairsNoRowThatWasChanged() {
    Store store = open();
    String id = id(take(store, secret("1", ALICE, HASH)));
    run("UPDATE app_passwords SET label = 'other' WHERE id = '" + id + "'");
    assertThat(take(store, secret("1", ALICE, OTHER_HASH)))
        .isEqualTo(new Verdict.Refused("its row was changed by somebody else than Postern"));
  }

  @Test
  void addsNothingForAProtectedUser() {
    Store store = open();
    add(store, ALICE);
    var _ = store.users().edit(ALICE, UserEdit.NONE.withProtected(true), TestConfig.ACTOR);
    assertThat(take(store, secret("1", ALICE, HASH)))
        .isEqualTo(new Verdict.Refused("the user is protected"));
  }

  @Test
  void addsNoUserWhoseNameIsThatOfAnAppPassword() {
    Store store = open();
    add(store, ALICE);
    var _ =
        store
            .appPasswords()
            .create(
                ALICE,
                new NewAppPassword(
                    "printer",
                    Set.of(Scope.SUBMISSION),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.of("printer")),
                TestConfig.ACTOR);
    assertThat(take(store, secret("1", "printer", HASH)))
        .isEqualTo(new Verdict.Refused("the name is taken by an alias or an app password"));
  }

  @Test
  void givesAUserNoMoreThanALoginCanTry() {
    Store store = open();
    var _ = take(store, secret("0", ALICE, HASH));
    List<Verdict> verdicts =
        store
            .imports()
            .take(
                IntStream.rangeClosed(1, Imports.MOST_PER_USER)
                    .mapToObj(i -> secret("" + i, ALICE, HASH))
                    .toList(),
                false,
                TestConfig.ACTOR);
    assertThat(verdicts.subList(0, Imports.MOST_PER_USER - 1))
        .allMatch(Verdict.Added.class::isInstance);
    assertThat(verdicts.getLast()).isInstanceOf(Verdict.Refused.class);
    assertThat(take(store, secret("more", ALICE, HASH))).isInstanceOf(Verdict.Refused.class);
  }

  /** What becomes of Alice when she types that. */
  private static Optional<RejectReason> typed(Store store, String password) {
    AuthOutcome outcome =
        store
            .verifier()
            .verify(
                new Attempt(
                    ALICE,
                    Secret.ofText(password),
                    Scope.IMAP,
                    Protection.TLS_1_3,
                    "plain",
                    InetAddress.getLoopbackAddress(),
                    "test"))
            .toCompletableFuture()
            .join();
    return outcome instanceof AuthOutcome.Rejected(RejectReason reason)
        ? Optional.of(reason)
        : Optional.empty();
  }

  private static Verdict take(Store store, ForeignSecret secret) {
    return store.imports().take(List.of(secret), false, TestConfig.ACTOR).getFirst();
  }

  private static Verdict rehearse(Store store, ForeignSecret secret) {
    return store.imports().take(List.of(secret), true, TestConfig.ACTOR).getFirst();
  }

  private static String id(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Added.class);
    return ((Verdict.Added) verdict).id();
  }

  private static ForeignSecret secret(String origin, String user, String hash) {
    return new ForeignSecret(
        origin,
        user,
        "phone",
        Secret.ofText(hash),
        Set.of(Scope.IMAP),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false);
  }
}
