package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NameRules;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.testing.TestConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Short names and names with a detail, on each database and on two nodes. */
abstract class SpellingContract extends StoreContract {
  private static final Duration SOON = Duration.ofSeconds(5);

  private Store lenient() {
    StoreConfig exact = TestConfig.of(database);
    return open(
        new StoreConfig(
            exact.database(),
            exact.pepper(),
            exact.sealingKeys(),
            exact.integrityKeys(),
            exact.appPasswords(),
            exact.databaseGrace(),
            exact.audit(),
            new NameRules(Optional.of("example.com"), Optional.of('+'))),
        clock);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alice",
        " ALICE ",
        "alice+phone",
        "alice+phone+2",
        "alice+phone@example.com",
        "Alice+Phone@EXAMPLE.com",
        "\uff21\uff2c\uff29\uff23\uff25"
      })
  void leadsToTheUserWhoHasTheLongName(String typed) {
    Store store = lenient();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    for (int i = 0; i < 2; i++) {
      assertThat(verify(store, typed, issued.secret()))
          .isInstanceOfSatisfying(
              Accepted.class, accepted -> assertThat(accepted.grant().user()).isEqualTo(ALICE));
    }
    assertThat(refusal(open(), typed.strip(), issued.secret()))
        .as("nowhere without the rules")
        .contains(RejectReason.UNKNOWN_USER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"alice@example.org", "alice+x@example.org", "ali", "+alice", "x+alice", "alice-x"})
  void leadsNowhereElse(String typed) {
    Store store = lenient();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    assertThat(refusal(store, typed, issued.secret())).contains(RejectReason.UNKNOWN_USER);
  }

  @Test
  void umlautsFindTheAccountHoweverTheyAreTyped() {
    Store store = lenient();
    add(store, "\u00e4rger@b\u00fccher.example");
    IssuedAppPassword issued = create(store, "\u00e4rger@b\u00fccher.example");
    for (String typed :
        List.of(
            "\u00c4RGER@B\u00dcCHER.example",
            "A\u0308RGER@BU\u0308CHER.example",
            "\u00e4rger+fax@XN--BCHER-KVA.example")) {
      assertThat(refusal(store, typed, issued.secret())).as(typed).isEmpty();
    }
  }

  /** Who leaves out the domain would be at the door of that device, with his secret. */
  @Test
  void noAppPasswordIsCalledWhatSomebodyElseIsForShort() {
    Store store = lenient();
    add(store, ALICE);
    add(store, BOB);
    IssuedAppPassword issued = create(store, BOB);
    for (String shortened : List.of("bob", "BOB", "bob+scan")) {
      assertRefused(RefusedException.Code.CONFLICT, () -> named(store, ALICE, shortened));
    }
    assertThat(refusal(store, "bob", issued.secret())).isEmpty();

    assertThat(named(store, BOB, "bob").appPassword().loginName()).contains("bob");
    assertThat(named(store, ALICE, "bobby").appPassword().loginName()).contains("bobby");
    add(open(), "carol@example.com");
    assertThat(named(open(), ALICE, "carol").appPassword().loginName())
        .as("nothing is short for anything without the rules")
        .contains("carol");
  }

  private IssuedAppPassword named(Store store, String user, String loginName) {
    return store
        .appPasswords()
        .create(
            user,
            new NewAppPassword(
                label(),
                Set.of(Scope.IMAP),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.of(loginName)),
            TestConfig.ACTOR);
  }

  @Test
  void aliasesAndNamesOfAppPasswordsHaveSpellingsToo() {
    Store store = lenient();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    store.users().addAlias(ALICE, "sales@example.com", TestConfig.ACTOR);
    assertThat(refusal(store, "sales", issued.secret())).isEmpty();
    assertThat(refusal(store, "sales+x@example.com", issued.secret())).isEmpty();
    IssuedAppPassword scanner =
        store
            .appPasswords()
            .create(
                ALICE,
                new NewAppPassword(
                    "scanner",
                    Set.of(Scope.IMAP),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.of("scanner")),
                TestConfig.ACTOR);
    assertThat(refusal(store, "scanner", scanner.secret())).isEmpty();
    assertThat(refusal(store, "scanner+2", scanner.secret())).isEmpty();
    assertThat(refusal(store, "scanner", issued.secret())).contains(RejectReason.WRONG_SECRET);
  }

  /** Somebody gets the exact short name, or a more exact one, and loses it again. */
  @ParameterizedTest
  @ValueSource(strings = {"alice+phone", "alice+phone@example.com", "alice"})
  void whoGetsANameThatIsMoreExactHasItAtOnceOnEveryNode(String exact) {
    Store here = lenient();
    Store there = lenient();
    add(here, ALICE);
    IssuedAppPassword alices = create(here, ALICE);
    awaitRefusal(there, "alice+phone", alices, Optional.empty());
    awaitRefusal(here, "alice+phone", alices, Optional.empty());

    add(here, exact);
    IssuedAppPassword others = create(here, exact);
    for (Store store : List.of(here, there)) {
      awaitRefusal(store, "alice+phone", others, Optional.empty());
      awaitRefusal(store, "alice+phone", alices, Optional.of(RejectReason.WRONG_SECRET));
      assertThat(refusal(store, ALICE, alices.secret())).isEmpty();
    }

    here.users().remove(exact, TestConfig.ACTOR);
    for (Store store : List.of(here, there)) {
      awaitRefusal(store, "alice+phone", alices, Optional.empty());
      awaitRefusal(store, "alice+phone", others, Optional.of(RejectReason.WRONG_SECRET));
    }
    assertThat(there.statistics().rowAlarms().get()).isZero();
  }

  @Test
  void whoLosesTheLongNameLosesTheShortOnesAtOnceOnEveryNode() {
    Store here = lenient();
    Store there = lenient();
    add(here, ALICE);
    IssuedAppPassword issued = create(here, ALICE);
    List<String> names = List.of("alice", "alice+phone", "alice+phone@example.com");
    for (Store store : List.of(here, there)) {
      names.forEach(name -> awaitRefusal(store, name, issued, Optional.empty()));
    }
    var _ = here.users().disable(ALICE, "left", TestConfig.ACTOR);
    for (Store store : List.of(here, there)) {
      names.forEach(
          name -> awaitRefusal(store, name, issued, Optional.of(RejectReason.USER_DISABLED)));
    }
    here.users().remove(ALICE, TestConfig.ACTOR);
    for (Store store : List.of(here, there)) {
      names.forEach(
          name -> awaitRefusal(store, name, issued, Optional.of(RejectReason.UNKNOWN_USER)));
    }
    add(here, ALICE);
    IssuedAppPassword next = create(here, ALICE);
    for (Store store : List.of(here, there)) {
      names.forEach(name -> awaitRefusal(store, name, next, Optional.empty()));
    }
  }

  /** A forged row takes a short name away, as it takes a long one away; it never gives one. */
  @Test
  void aForgedRowOfTheShortNameLeadsNowhere() {
    Store before = lenient();
    add(before, ALICE);
    add(before, BOB);
    IssuedAppPassword alices = create(before, ALICE);
    IssuedAppPassword bobs = create(before, BOB);
    before.close();
    run(
        "INSERT INTO login_names (name, user_id, version, signature) SELECT 'alice', user_id,"
            + " version, signature FROM login_names WHERE name = '"
            + BOB
            + "'");
    Store after = lenient();
    assertThat(refusal(after, "alice", bobs.secret())).contains(RejectReason.WRONG_SECRET);
    assertThat(after.statistics().rowAlarms().get()).isPositive();
    assertThat(refusal(after, "alice", alices.secret())).isEmpty();
    assertThat(refusal(after, ALICE, alices.secret())).isEmpty();
  }

  private static void awaitRefusal(
      Store store, String name, IssuedAppPassword issued, Optional<RejectReason> reason) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(refusal(store, name, issued.secret())).isEqualTo(reason));
  }
}
