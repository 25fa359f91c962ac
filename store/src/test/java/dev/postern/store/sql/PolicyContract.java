package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig.AppPasswordRules;
import dev.postern.store.audit.Changes;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPasswordEdit;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Edit;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicyRules.Lifetime;
import dev.postern.store.auth.PolicyState;
import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.StorageForm;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.testing.TestConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose policy decides what a new app password is, on each database. */
abstract class PolicyContract extends StoreContract {
  private static final PolicySubject SITE = new PolicySubject.OfSite();
  private static final PolicySubject DOMAIN = new PolicySubject.OfDomain("example.com");
  private static final PolicySubject GROUP = new PolicySubject.OfGroup("finance");
  private static final PolicySubject USER = new PolicySubject.OfUser(ALICE);

  private static PolicyRules limit(int limit) {
    return new Rules().limit(limit).rules();
  }

  private static void set(Store store, PolicySubject subject, PolicyRules rules) {
    PolicyRules _ = store.policies().set(subject, rules, TestConfig.ACTOR);
  }

  private static void join(Store store, String user, String group) {
    var _ = store.users().edit(user, UserEdit.NONE.withGroup(Optional.of(group)), TestConfig.ACTOR);
  }

  private static void protect(Store store, boolean isProtected) {
    var _ = store.users().edit(ALICE, UserEdit.NONE.withProtected(isProtected), TestConfig.ACTOR);
  }

  private static AppPassword created(Store store, NewAppPassword spec) {
    IssuedAppPassword issued = store.appPasswords().create(ALICE, spec, TestConfig.ACTOR);
    issued.secret().close();
    return issued.appPassword();
  }

  private NewAppPassword spec(Set<Scope> scopes, List<Cidr> networks) {
    return new NewAppPassword(
        label(), scopes, Optional.empty(), Optional.empty(), networks, Optional.empty());
  }

  @Test
  void takesOneRuleAway() {
    Store store = open();
    set(store, SITE, new Rules().limit(4).length(20).rules());
    PolicyRules left =
        store
            .policies()
            .clear(SITE, Set.of(PolicyRules.Name.LIMIT, PolicyRules.Name.FORM), TestConfig.ACTOR);
    assertThat(left).isEqualTo(new Rules().length(20).rules());
    assertThat(store.policies().of(SITE)).isEqualTo(left);
    assertThat(store.policies().clear(GROUP, Set.of(PolicyRules.Name.LIMIT), TestConfig.ACTOR))
        .isEqualTo(PolicyRules.NONE);
    run("UPDATE policies SET rules = 'length=32' WHERE kind = 'site'");
    assertRefused(
        Code.STATE,
        () -> store.policies().clear(SITE, Set.of(PolicyRules.Name.LENGTH), TestConfig.ACTOR));
    store.policies().clear(SITE, TestConfig.ACTOR);
    assertThat(store.policies().inForce(SITE).length().value()).isEqualTo(16);
  }

  @Test
  void replacesThePolicyThatSomebodySawAlone() {
    Store store = open();
    add(store, ALICE);
    for (PolicySubject subject : List.of(SITE, DOMAIN, GROUP, USER)) {
      assertThat(store.policies().read(subject)).isEqualTo(new PolicyState(PolicyRules.NONE, 0));
      assertThat(replace(store, subject, PolicyRules.NONE, 0).version()).isZero();
      PolicyState first = replace(store, subject, new Rules().limit(4).length(20).rules(), 0);
      assertThat(first).isEqualTo(new PolicyState(new Rules().limit(4).length(20).rules(), 1));
      assertThat(store.policies().read(subject)).isEqualTo(first);
      assertRefused(Code.STALE, () -> replace(store, subject, limit(5), 0));
      PolicyState second = replace(store, subject, limit(5), 1);
      assertThat(second).isEqualTo(new PolicyState(limit(5), 2));
      assertRefused(Code.STALE, () -> replace(store, subject, limit(5), 1));
      assertThat(replace(store, subject, limit(5), 2)).isEqualTo(second);
      set(store, subject, limit(6));
      assertThat(store.policies().read(subject)).isEqualTo(new PolicyState(limit(6), 3));
      assertThat(replace(store, subject, PolicyRules.NONE, 3))
          .isEqualTo(new PolicyState(PolicyRules.NONE, 4));
      assertThat(store.policies().read(subject)).isEqualTo(new PolicyState(PolicyRules.NONE, 4));
    }
    assertThat(store.changes().list(Changes.Query.ALL, Optional.empty(), 5))
        .extracting(Changes.Entry::action)
        .containsExactly("policy.clear", "policy.set", "policy.set", "policy.set", "policy.clear");
    assertRefused(Code.NOT_FOUND, () -> store.policies().read(new PolicySubject.OfUser("nobody")));
  }

  @Test
  void replacesAPolicyThatWasAlteredForWhoeverExpectsNothing() {
    Store store = open();
    set(store, SITE, limit(4));
    run("UPDATE policies SET rules = 'limit=1000'");
    assertRefused(Code.STATE, () -> store.policies().read(SITE));
    assertRefused(Code.STATE, () -> replace(store, SITE, limit(5), 1));
    PolicyState repaired =
        store.policies().replace(SITE, limit(5), OptionalLong.empty(), TestConfig.ACTOR);
    assertThat(repaired.version()).isGreaterThan(2);
    assertThat(store.policies().read(SITE)).isEqualTo(repaired);
  }

  private static PolicyState replace(
      Store store, PolicySubject subject, PolicyRules rules, long expected) {
    return store.policies().replace(subject, rules, OptionalLong.of(expected), TestConfig.ACTOR);
  }

  @Test
  void aSuccessorIsWithinThePolicyOfToday() {
    Store store = open();
    add(store, ALICE);
    Cidr net = Cidr.parse("192.0.2.0/24");
    AppPassword old =
        created(
            store,
            spec(
                Set.of(Scope.IMAP, Scope.POP3),
                List.of(net, Cidr.parse("198.51.100.0/24"), Cidr.parse("203.0.113.0/25"))));
    set(
        store,
        DOMAIN,
        new PolicyRules(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(Set.of(Scope.IMAP)),
            Optional.of(List.of(Cidr.parse("192.0.2.64/26"), Cidr.parse("203.0.113.0/24"))),
            Optional.of(new Lifetime(Optional.of(Duration.ofDays(30)))),
            Optional.of(new Lifetime(Optional.of(Duration.ofDays(3)))),
            Optional.empty()));

    AppPassword fresh = rotated(store, old);

    assertThat(fresh.scopes()).containsExactly(Scope.IMAP);
    assertThat(fresh.networks())
        .containsExactly(Cidr.parse("203.0.113.0/25"), Cidr.parse("192.0.2.64/26"));
    assertThat(fresh.expiresAt()).contains(clock.instant().plus(Duration.ofDays(30)));
    assertThat(fresh.idleExpiry()).contains(Duration.ofDays(3));
    AppPassword anywhere = created(store, spec(Set.of(Scope.IMAP), List.of()));
    assertThat(rotated(store, anywhere).networks()).hasSize(2);
  }

  @Test
  void noSuccessorCanDoLessThanItsPredecessorIsFor() {
    Store store = open();
    add(store, ALICE);
    AppPassword both = created(store, spec(Set.of(Scope.IMAP, Scope.SUBMISSION), List.of()));
    AppPassword reading =
        created(store, spec(Set.of(Scope.IMAP), List.of(Cidr.parse("198.51.100.0/24"))));
    set(store, DOMAIN, scopes(Scope.SUBMISSION));
    assertThat(refusalToRotate(store, both))
        .contains("policy of domain example.com allows submission alone", "--for send");
    assertThat(refusalToRotate(store, reading)).contains("app-password create " + ALICE);
    set(store, DOMAIN, scopes(Scope.IMAP));
    assertThat(refusalToRotate(store, both)).contains("allows imap alone", "--for read");
    set(store, DOMAIN, networks("192.0.2.0/24"));
    assertThat(refusalToRotate(store, reading)).contains("none of its networks", "--network");
    assertThat(store.appPasswords().list(ALICE)).hasSize(2);
  }

  private static PolicyRules scopes(Scope scope) {
    return new PolicyRules(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(Set.of(scope)),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static PolicyRules networks(String network) {
    return new PolicyRules(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(List.of(Cidr.parse(network))),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static AppPassword rotated(Store store, AppPassword old) {
    IssuedAppPassword issued =
        store.appPasswords().rotate(old.id(), Duration.ofHours(1), TestConfig.ACTOR);
    issued.secret().close();
    return issued.appPassword();
  }

  private static String refusalToRotate(Store store, AppPassword old) {
    try {
      AppPassword fresh = rotated(store, old);
      throw new AssertionError("made " + fresh);
    } catch (RefusedException refused) {
      assertThat(refused.code()).isEqualTo(Code.STATE);
      return refused.getMessage() + " " + refused.remedy();
    }
  }

  @Test
  void theNarrowestPolicyThatSaysSomethingWinsRuleByRule() {
    Store store = open();
    add(store, ALICE);
    join(store, ALICE, "Finance");
    set(store, SITE, new Rules().limit(4).length(20).form(StorageForm.ARGON2ID).rules());
    set(store, DOMAIN, new Rules().limit(3).length(21).rules());
    set(store, GROUP, new Rules().limit(2).length(22).rules());
    set(store, USER, limit(1));

    AppPasswordPolicy policy = store.policies().inForce(USER);

    assertThat(policy.limit()).isEqualTo(new AppPasswordPolicy.Rule<>(1, Optional.of(USER)));
    assertThat(policy.length()).isEqualTo(new AppPasswordPolicy.Rule<>(22, Optional.of(GROUP)));
    assertThat(policy.form())
        .isEqualTo(new AppPasswordPolicy.Rule<>(StorageForm.ARGON2ID, Optional.of(SITE)));
    assertThat(policy.mayCreate()).isEqualTo(new AppPasswordPolicy.Rule<>(true, Optional.empty()));
    store.policies().clear(USER, TestConfig.ACTOR);
    assertThat(store.policies().inForce(USER).limit().value()).isEqualTo(2);
    var _ = store.users().edit(ALICE, UserEdit.NONE.withGroup(Optional.empty()), TestConfig.ACTOR);
    assertThat(store.policies().inForce(USER).limit().value()).isEqualTo(3);
    store.policies().clear(DOMAIN, TestConfig.ACTOR);
    assertThat(store.policies().inForce(USER).limit().value()).isEqualTo(4);
    store.policies().clear(SITE, TestConfig.ACTOR);
    assertThat(store.policies().inForce(USER).limit().value()).isEqualTo(40);
  }

  @Test
  void laterRulesJoinEarlierOnesAndLastOverARestart() {
    Store before = open();
    PolicyRules all =
        new Rules()
            .limit(7)
            .length(24)
            .form(StorageForm.ARGON2ID)
            .scopes(Set.of(Scope.IMAP, Scope.SUBMISSION))
            .networks(List.of(Cidr.parse("192.0.2.0/24"), Cidr.parse("2001:db8::/32")))
            .expiresAfter(Optional.of(Duration.ofDays(90)))
            .rules();
    set(before, DOMAIN, all);
    PolicyRules rest =
        new PolicyRules(
            Optional.of(false),
            Optional.of(8),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(List.of()),
            Optional.empty(),
            Optional.of(Lifetime.ENDLESS),
            Optional.of(new Lifetime(Optional.of(Duration.ofMillis(1)))));
    assertThat(before.policies().set(DOMAIN, rest, TestConfig.ACTOR)).isEqualTo(rest.over(all));
    before.close();
    assertThat(open().policies().of(new PolicySubject.OfDomain("EXAMPLE.com")))
        .isEqualTo(rest.over(all));
  }

  @Test
  void decidesWhatIsCreated() {
    Store store = open();
    add(store, ALICE);
    Duration day = Duration.ofDays(1);
    set(
        store,
        USER,
        new PolicyRules(
            Optional.empty(),
            Optional.of(2),
            Optional.of(23),
            Optional.empty(),
            Optional.of(Set.of(Scope.IMAP, Scope.SUBMISSION)),
            Optional.of(List.of(Cidr.parse("192.0.2.0/24"))),
            Optional.of(new Lifetime(Optional.of(day.multipliedBy(9)))),
            Optional.of(new Lifetime(Optional.of(day.multipliedBy(3)))),
            Optional.empty()));

    IssuedAppPassword issued =
        store
            .appPasswords()
            .create(ALICE, spec(Set.of(Scope.values()), List.of()), TestConfig.ACTOR);

    assertThat(issued.secret().length()).isEqualTo(23);
    AppPassword made = issued.appPassword();
    assertThat(made.scopes()).containsExactlyInAnyOrder(Scope.IMAP, Scope.SUBMISSION);
    assertThat(made.networks()).containsExactly(Cidr.parse("192.0.2.0/24"));
    assertThat(made.expiresAt()).contains(clock.instant().plus(day.multipliedBy(9)));
    assertThat(made.idleExpiry()).contains(day.multipliedBy(3));
    assertThat(
            created(store, spec(Set.of(Scope.IMAP), List.of(Cidr.parse("192.0.2.8/29"))))
                .networks())
        .containsExactly(Cidr.parse("192.0.2.8/29"));
    assertRefused(Code.LIMIT, () -> created(store, spec(Set.of(Scope.IMAP), List.of())));
  }

  @Test
  void refusesWhatPolicyDoesNotAllow() {
    Store store = open();
    add(store, ALICE);
    set(
        store,
        USER,
        new Rules()
            .scopes(Set.of(Scope.SUBMISSION))
            .networks(List.of(Cidr.parse("192.0.2.0/24")))
            .rules());
    assertRefused(Code.INVALID, () -> created(store, spec(Set.of(Scope.values()), List.of())));
    assertRefused(Code.INVALID, () -> created(store, spec(Set.of(Scope.POP3), List.of())));
    for (String outside : List.of("192.0.3.0/24", "192.0.0.0/16", "0.0.0.0/0", "::/0")) {
      assertRefused(
          Code.INVALID,
          () -> created(store, spec(Set.of(Scope.SUBMISSION), List.of(Cidr.parse(outside)))));
    }
    set(store, USER, mayCreate(false));
    assertRefused(Code.STATE, () -> created(store, spec(Set.of(Scope.SUBMISSION), List.of())));
    assertThat(store.appPasswords().list(ALICE)).isEmpty();
  }

  private static PolicyRules mayCreate(boolean may) {
    return new PolicyRules(
        Optional.of(may),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static AppPassword edited(Store store, IssuedAppPassword which, Set<Scope> scopes) {
    return store
        .appPasswords()
        .edit(
            which.appPassword().id(),
            new AppPasswordEdit(
                new Edit.Keep<>(),
                new Edit.To<>(scopes),
                new Edit.Keep<>(),
                new Edit.Keep<>(),
                new Edit.Keep<>()),
            TestConfig.ACTOR);
  }

  @Test
  void aProtectedUserGetsNoneAndKeepsWhatThereIs() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword old = create(store, ALICE);
    protect(store, true);
    assertRefused(Code.STATE, () -> create(store, ALICE));
    assertRefused(
        Code.STATE,
        () ->
            store
                .appPasswords()
                .rotate(old.appPassword().id(), Duration.ofHours(1), TestConfig.ACTOR));
    AppPassword narrowed = edited(store, old, Set.of(Scope.IMAP));
    assertThat(narrowed.scopes()).containsExactly(Scope.IMAP);
    assertRefused(Code.STATE, () -> edited(store, old, Set.of(Scope.IMAP, Scope.SUBMISSION)));
    assertThat(refusal(store, ALICE, old.secret())).isEmpty();
    protect(store, false);
    var _ = create(store, ALICE);
  }

  @Test
  void stopsABatchAtTheFirstUserWhoMayHaveNoneAndAddsNobodyInVain() {
    Store store = open();
    set(store, new PolicySubject.OfDomain("closed.example"), mayCreate(false));
    List<String> made = new ArrayList<>();
    assertRefused(
        Code.STATE,
        () ->
            store
                .appPasswords()
                .createForAll(
                    List.of("a@open.example", "b@closed.example", "c@open.example"),
                    TestConfig.spec("x"),
                    true,
                    TestConfig.ACTOR,
                    issued -> made.add(issued.appPassword().user())));
    assertThat(made).containsExactly("a@open.example");
    assertThat(store.users().find("b@closed.example")).isEmpty();
    assertThat(store.users().find("c@open.example")).isEmpty();
  }

  @Test
  void storesTheFormThatPolicyDemands() {
    Store store = open(TestConfig.RULES);
    add(store, ALICE);
    set(store, DOMAIN, new Rules().form(StorageForm.ARGON2ID).rules());
    List<IssuedAppPassword> issued = new ArrayList<>();
    store
        .appPasswords()
        .createForAll(
            List.of(ALICE, BOB, "carol@example.net"),
            TestConfig.spec("x"),
            true,
            TestConfig.ACTOR,
            issued::add);
    assertThat(issued).hasSize(3);
    assertThat(storedLike("$postern-argon2id$%")).isEqualTo(2);
    assertThat(storedLike("$postern-hmac-sha256$%")).isEqualTo(1);
    for (IssuedAppPassword one : issued) {
      assertThat(refusal(store, one.appPassword().user(), one.secret())).isEmpty();
    }
    IssuedAppPassword next =
        store
            .appPasswords()
            .rotate(issued.getFirst().appPassword().id(), Duration.ZERO, TestConfig.ACTOR);
    assertThat(storedLike("$postern-argon2id$%")).isEqualTo(3);
    assertThat(refusal(store, ALICE, next.secret())).isEmpty();
  }

  @Test
  void theConfigurationCanDemandAForm() {
    Store store =
        open(
            new AppPasswordRules(
                40,
                16,
                StorageForm.ARGON2ID,
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    assertThat(storedLike("$postern-argon2id$%")).isEqualTo(1);
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
  }

  private int storedLike(String pattern) {
    try (Database direct = Database.open(database, false)) {
      return direct.read(handle ->
          handle
              .createQuery("SELECT COUNT(*) FROM app_passwords WHERE secret LIKE :pattern")
              .bind("pattern", pattern)
              .mapTo(Integer.class)
              .one());
    }
  }

  /** Fail closed: nothing is made under a policy that somebody altered, until it is repaired. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rules = 'limit=1000'",
        "rules = ''",
        "rules = rules || ' nonsense'",
        "subject = 'example.org'",
        "kind = 'group'",
        "version = version + 1",
        "version = 9223372036854775807",
        "signature = ''",
      })
  void nothingIsMadeUnderAPolicyThatSomebodyAltered(String change) {
    Store before = open();
    add(before, ALICE);
    var _ =
        before.users().add("x@example.org", Optional.empty(), Optional.empty(), TestConfig.ACTOR);
    var _ =
        before
            .users()
            .edit(
                "x@example.org",
                UserEdit.NONE.withGroup(Optional.of("example.com")),
                TestConfig.ACTOR);
    IssuedAppPassword old = create(before, ALICE);
    set(before, DOMAIN, limit(3));
    before.close();
    run("UPDATE policies SET " + change);
    PolicySubject altered =
        switch (change) {
          case "subject = 'example.org'" -> new PolicySubject.OfDomain("example.org");
          case "kind = 'group'" -> new PolicySubject.OfGroup("example.com");
          default -> DOMAIN;
        };
    String user = altered.equals(DOMAIN) ? ALICE : "x@example.org";

    Store store = open();
    assertRefused(Code.STATE, () -> create(store, user));
    assertThat(store.statistics().rowAlarms().get()).isPositive();
    assertThat(refusal(store, ALICE, old.secret())).as("existing logins go on").isEmpty();
    assertRefused(Code.STATE, () -> store.policies().inForce(altered));

    set(store, altered, limit(4));
    assertThat(store.policies().of(altered)).isEqualTo(limit(4));
    var _ = create(store, user);
  }

  @Test
  void aRunningNodeRefusesAnOlderPolicyThanItHasSeen() {
    Store store = open();
    add(store, ALICE);
    set(store, DOMAIN, limit(30));
    run("CREATE TABLE kept AS SELECT * FROM policies");
    set(store, DOMAIN, limit(3));
    var _ = create(store, ALICE);
    run("DELETE FROM policies");
    run("INSERT INTO policies SELECT * FROM kept");
    assertRefused(Code.STATE, () -> create(store, ALICE));
    store.policies().clear(DOMAIN, TestConfig.ACTOR);
    var _ = create(store, ALICE);
  }

  @Test
  void nobodyInheritsThePolicyOfAUserWithTheName() {
    Store store = open();
    add(store, ALICE);
    set(store, USER, limit(1));
    store.users().remove(ALICE, TestConfig.ACTOR);
    add(store, ALICE);
    assertThat(store.policies().of(USER)).isEqualTo(PolicyRules.NONE);
  }

  @Test
  void knowsAGroupByItsMembersOrItsPolicy() {
    Store store = open();
    add(store, ALICE);
    assertThat(store.users().isGroup("finance")).isFalse();
    join(store, ALICE, "finance");
    assertThat(store.users().isGroup("Finance")).isTrue();
    set(store, new PolicySubject.OfGroup("scanners"), limit(1));
    assertThat(store.users().isGroup("scanners")).isTrue();
    store.policies().clear(new PolicySubject.OfGroup("scanners"), TestConfig.ACTOR);
    assertThat(store.users().isGroup("scanners")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\nb", "\u202eabc", "-x", "a@b"})
  void refusesBadNamesOfGroupsAndDomains(String name) {
    Store store = open();
    add(store, ALICE);
    assertRefused(Code.INVALID, () -> join(store, ALICE, name));
    assertRefused(Code.INVALID, () -> set(store, new PolicySubject.OfGroup(name), limit(1)));
    if (!name.equals("-x")) {
      assertRefused(Code.INVALID, () -> set(store, new PolicySubject.OfDomain(name), limit(1)));
    }
    assertRefused(
        Code.INVALID, () -> set(store, new PolicySubject.OfGroup("x".repeat(10_000)), limit(1)));
    assertRefused(Code.NOT_FOUND, () -> set(store, new PolicySubject.OfUser("nobody"), limit(1)));
  }

  @Test
  void refusesRulesThatMakeNoSense() {
    assertRefused(Code.INVALID, () -> limit(0));
    assertRefused(Code.INVALID, () -> limit(1001));
    assertRefused(Code.INVALID, () -> new Rules().length(15).rules());
    assertRefused(Code.INVALID, () -> new Rules().length(33).rules());
    assertRefused(Code.INVALID, () -> new Rules().scopes(Set.of()).rules());
    assertRefused(
        Code.INVALID,
        () ->
            new Rules()
                .networks(java.util.Collections.nCopies(65, Cidr.parse("192.0.2.0/24")))
                .rules());
    for (Duration bad :
        List.of(Duration.ZERO, Duration.ofDays(-1), Duration.ofSeconds(Long.MAX_VALUE))) {
      assertRefused(Code.INVALID, () -> new Rules().expiresAfter(Optional.of(bad)).rules());
    }
  }

  /** Rules said one by one. */
  private static final class Rules {
    private PolicyRules rules = PolicyRules.NONE;

    Rules limit(int limit) {
      return with(
          new PolicyRules(
              Optional.empty(),
              Optional.of(limit),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty()));
    }

    Rules length(int length) {
      return with(
          new PolicyRules(
              Optional.empty(),
              Optional.empty(),
              Optional.of(length),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty()));
    }

    Rules form(StorageForm form) {
      return with(
          new PolicyRules(
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.of(form),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty()));
    }

    Rules scopes(Set<Scope> scopes) {
      return with(
          new PolicyRules(
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.of(scopes),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty()));
    }

    Rules networks(List<Cidr> networks) {
      return with(
          new PolicyRules(
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.of(networks),
              Optional.empty(),
              Optional.empty(),
              Optional.empty()));
    }

    Rules expiresAfter(Optional<Duration> after) {
      return with(
          new PolicyRules(
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.of(new Lifetime(after)),
              Optional.empty(),
              Optional.empty()));
    }

    private Rules with(PolicyRules more) {
      rules = more.over(rules);
      return this;
    }

    PolicyRules rules() {
      return rules;
    }
  }
}
