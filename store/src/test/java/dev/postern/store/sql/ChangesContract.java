package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.audit.Changes;
import dev.postern.store.audit.Changes.Entry;
import dev.postern.store.audit.Changes.Query;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.PersonalData;
import dev.postern.store.audit.SignIn;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.AppPasswordEdit;
import dev.postern.store.auth.AppPasswords;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Policies;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.Revocation;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.auth.Users;
import dev.postern.store.imports.ForeignSecret;
import dev.postern.store.imports.Imports;
import dev.postern.store.integrity.RowAlarm;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.integrity.SeenVersions;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.Keys;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.Sessions;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The record of changes and alarms, and what is left of a person who was erased. */
abstract class ChangesContract extends StoreContract {
  private static final String HASH = "{SSHA}NI2yq2LBlxPtDBMbSWDgjtEzGuw6LY1v";
  private static final String OTHER_HASH =
      "{SSHA256}k6+0QzB2JlMHTXCePown2jkvnMOwh9f7MdoBWpx0DfkzZy19";
  private static final RowChecks SIGNED_BY_S2 =
      new RowChecks(
          new RowSignatures(
              List.of(), List.of(TestConfig.key("s1", 101), TestConfig.key("s2", 102))),
          new SeenVersions(1),
          (_, _, _) -> {});
  private static final PolicyRules LIMIT =
      new PolicyRules(
          Optional.empty(),
          Optional.of(7),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
  private static final Actor HELPDESK = new Actor("carol", "helpdesk", Channel.API);

  private static List<Entry> all(Store store) {
    return store.changes().list(Query.ALL, Optional.empty(), Changes.LONGEST_PAGE);
  }

  private static List<String> actions(List<Entry> entries) {
    return entries.stream().map(Entry::action).toList();
  }

  @Test
  void recordsEveryChangeOfAUserWithBeforeAndAfter() {
    Store store = open();
    add(store, ALICE);
    store.users().disable(ALICE, "left \"the\" house\\", HELPDESK);
    store.users().disable(ALICE, "again", HELPDESK);
    store.users().enable(ALICE, HELPDESK);
    try (Secret secret = Secret.ofText("hunter2")) {
      store.users().setUpstreamPassword(ALICE, "mailstore", secret, HELPDESK);
    }
    store.users().remove(ALICE, HELPDESK);
    List<Entry> entries = all(store);
    assertThat(actions(entries))
        .containsExactly(
            "user.remove", "user.upstream-password", "user.enable", "user.disable", "user.add");
    Entry disabled = entries.get(3);
    assertThat(disabled.actor()).isEqualTo(HELPDESK);
    assertThat(disabled.at()).isEqualTo(clock.instant());
    assertThat(disabled.subject().kind()).isEqualTo("user");
    assertThat(disabled.subject().name()).contains(ALICE);
    assertThat(disabled.reason()).contains("left \"the\" house\\");
    assertThat(disabled.before().orElseThrow())
        .contains("\"user\":\"" + ALICE + "\"", "\"state\":\"active\"", "\"reason\":null");
    assertThat(disabled.after().orElseThrow())
        .contains("\"state\":\"disabled\"", "\"reason\":\"left \\\"the\\\" house\\\\\"");
    assertThat(entries.getLast().before()).isEmpty();
    assertThat(entries.getLast().actor()).isEqualTo(TestConfig.ACTOR);
    assertThat(entries.getFirst().after()).isEmpty();
    assertThat(entries.get(1).after()).contains("{\"upstream\":\"mailstore\"}");
    assertThat(entries.toString()).doesNotContain("hunter2");
  }

  @Test
  void recordsTheLifeOfAnAppPasswordAndNothingOfItsSecret() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    String id = issued.appPassword().id();
    store.appPasswords().suspend(id, "lost", HELPDESK);
    store.appPasswords().resume(id, HELPDESK);
    IssuedAppPassword next = store.appPasswords().rotate(id, Duration.ofHours(1), HELPDESK);
    store.appPasswords().revoke(id, "found", HELPDESK);
    store.appPasswords().revoke(id, "twice", HELPDESK);
    store.appPasswords().revokeAll(ALICE, "all", HELPDESK);
    List<Entry> entries = all(store);
    assertThat(actions(entries))
        .containsExactly(
            "app-password.revoke",
            "app-password.revoke",
            "app-password.rotate",
            "app-password.create",
            "app-password.resume",
            "app-password.suspend",
            "app-password.create",
            "user.add");
    assertThat(entries.getFirst().subject().id()).isEqualTo(next.appPassword().id());
    assertThat(entries.get(1).before().orElseThrow()).contains("\"state\":\"active\"");
    assertThat(entries.get(1).after().orElseThrow())
        .contains("\"state\":\"revoked\"", "\"reason\":\"found\"");
    assertThat(entries.toString()).doesNotContain(plain(issued), plain(next), "$");
    assertThat(actions(store.changes().list(Query.ALL.ofUser(ALICE), Optional.empty(), 100)))
        .hasSize(8);
    Query bySuspension =
        new Query(
            Optional.of(ALICE),
            Optional.of("carol"),
            Optional.of("app-password.suspend"),
            Optional.of(clock.instant()),
            Optional.of(clock.instant().plusMillis(1)));
    assertThat(store.changes().list(bySuspension, Optional.empty(), 100)).hasSize(1);
    assertThat(store.changes().list(Query.ALL.ofUser(BOB), Optional.empty(), 100)).isEmpty();
    Query users =
        new Query(
            Optional.empty(),
            Optional.empty(),
            Optional.of("user"),
            Optional.empty(),
            Optional.empty());
    assertThat(actions(store.changes().list(users, Optional.empty(), 100)))
        .containsExactly("user.add");
  }

  @Test
  void readsAnEntryWhoseChannelNobodyKnows() {
    Store store = open();
    add(store, ALICE);
    run("UPDATE admin_changes SET channel = 'carrier-pigeon'");
    assertThat(all(store))
        .singleElement()
        .satisfies(entry -> assertThat(entry.actor().channel()).isEqualTo(Channel.OTHER));
  }

  @Test
  void findsAnEntryAndWhatWasBefore() {
    Store store = open();
    add(store, ALICE);
    clock.advance(Duration.ofMillis(1));
    add(store, BOB);
    for (Entry entry : all(store)) {
      assertThat(store.changes().find(entry.id())).contains(entry);
    }
    assertThat(store.changes().find("no")).isEmpty();
    Query before =
        new Query(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(clock.instant()));
    assertThat(store.changes().list(before, Optional.empty(), 100))
        .singleElement()
        .satisfies(entry -> assertThat(entry.subject().name()).contains(ALICE));
  }

  @Test
  void recordsWhatPosternEndsByItself() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword first = create(store, ALICE);
    String second =
        store
            .appPasswords()
            .rotate(first.appPassword().id(), Duration.ofHours(1), HELPDESK)
            .appPassword()
            .id();
    store.appPasswords().rotate(second, Duration.ofHours(1), HELPDESK);
    assertThat(all(store))
        .filteredOn(entry -> entry.actor().equals(ChangeLog.SYSTEM))
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.subject().id()).isEqualTo(first.appPassword().id());
          assertThat(entry.reason()).contains(Rotation.ROTATED_AGAIN);
        });
  }

  /** Something that an administrator can do, or Postern does, and what it leaves in the record. */
  private record Operation(String method, Act act, List<String> actions) {
    static Operation of(String method, Act act, String... actions) {
      return new Operation(method, act, List.of(actions));
    }
  }

  private interface Act {
    Object run();
  }

  private static String method(Class<?> port, String name, int parameters) {
    return port.getSimpleName() + "." + name + "/" + parameters;
  }

  private Store openWithPeppers() {
    StoreConfig base = TestConfig.of(database);
    return open(
        new StoreConfig(
            database,
            List.of(TestConfig.key("p1", 1), TestConfig.key("p2", 2), TestConfig.key("p3", 3)),
            List.of(TestConfig.key("s1", 101), TestConfig.key("s2", 102)),
            List.of(),
            base.appPasswords(),
            base.databaseGrace(),
            base.audit()),
        clock);
  }

  private static ForeignSecret foreign(String hash) {
    return new ForeignSecret(
        "dovecot/" + BOB,
        BOB,
        "old",
        Secret.ofText(hash),
        Set.of(Scope.IMAP),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  /**
   * Each method that is told who acts is here, so that none is forgotten: the list is compared with
   * the interfaces.
   */
  @Test
  void everyOperationIsOnRecord() {
    Store store = openWithPeppers();
    PolicySubject user = new PolicySubject.OfUser(ALICE);
    PolicyRules rules = LIMIT;
    List<String> made = new ArrayList<>();
    NewAppPassword spec = TestConfig.spec("phone");
    Supplier<Revocation> ofDomain =
        () ->
            new Revocation(
                Optional.empty(), Optional.of("example.com"), Optional.empty(), Optional.empty());
    List<Operation> operations =
        List.of(
            Operation.of(
                method(Users.class, "add", 4),
                () -> store.users().add(ALICE, Optional.empty(), Optional.empty(), HELPDESK),
                "user.add"),
            Operation.of(
                method(Users.class, "edit", 3),
                () ->
                    store.users().edit(ALICE, UserEdit.NONE.withGroup(Optional.of("g")), HELPDESK),
                "user.edit"),
            Operation.of(
                method(Users.class, "disable", 4),
                () -> store.users().disable(ALICE, "r", HELPDESK),
                "user.disable"),
            Operation.of(
                method(Users.class, "enable", 3),
                () -> store.users().enable(ALICE, HELPDESK),
                "user.enable"),
            Operation.of(
                method(Users.class, "addAlias", 3),
                () -> {
                  store.users().addAlias(ALICE, "sales@example.com", HELPDESK);
                  return ALICE;
                },
                "user.add-alias"),
            Operation.of(
                method(Users.class, "removeAlias", 3),
                () -> {
                  store.users().removeAlias(ALICE, "sales@example.com", HELPDESK);
                  return ALICE;
                },
                "user.remove-alias"),
            Operation.of(
                method(Users.class, "setUpstreamPassword", 4),
                () -> {
                  try (Secret secret = Secret.ofText("hunter2")) {
                    store.users().setUpstreamPassword(ALICE, "mailstore", secret, HELPDESK);
                    return ALICE;
                  }
                },
                "user.upstream-password"),
            Operation.of(
                method(Policies.class, "set", 3),
                () -> store.policies().set(user, rules, HELPDESK),
                "policy.set"),
            Operation.of(
                method(Policies.class, "replace", 4),
                () ->
                    store
                        .policies()
                        .replace(new PolicySubject.OfSite(), rules, OptionalLong.empty(), HELPDESK),
                "policy.set"),
            Operation.of(
                method(Policies.class, "clear", 3),
                () -> store.policies().clear(user, Set.of(PolicyRules.Name.LIMIT), HELPDESK),
                "policy.clear"),
            Operation.of(
                method(Policies.class, "clear", 2),
                () -> {
                  PolicyRules _ = store.policies().set(user, rules, HELPDESK);
                  store.policies().clear(user, HELPDESK);
                  return user;
                },
                "policy.set",
                "policy.clear"),
            Operation.of(
                method(AppPasswords.class, "create", 3),
                () ->
                    made.add(store.appPasswords().create(ALICE, spec, HELPDESK).appPassword().id()),
                "app-password.create"),
            Operation.of(
                method(AppPasswords.class, "createForAll", 5),
                () -> {
                  store.appPasswords().createForAll(List.of("carl"), spec, true, HELPDESK, _ -> {});
                  return "carl";
                },
                "user.add",
                "app-password.create"),
            Operation.of(
                method(AppPasswords.class, "edit", 3),
                () ->
                    store
                        .appPasswords()
                        .edit(made.getFirst(), AppPasswordEdit.rename("x"), HELPDESK),
                "app-password.edit"),
            Operation.of(
                method(AppPasswords.class, "suspend", 4),
                () -> store.appPasswords().suspend(made.getFirst(), "r", HELPDESK),
                "app-password.suspend"),
            Operation.of(
                method(AppPasswords.class, "resume", 3),
                () -> store.appPasswords().resume(made.getFirst(), HELPDESK),
                "app-password.resume"),
            Operation.of(
                method(AppPasswords.class, "rotate", 4),
                () -> {
                  made.addFirst(
                      store
                          .appPasswords()
                          .rotate(made.getFirst(), Duration.ofHours(1), HELPDESK)
                          .appPassword()
                          .id());
                  return made;
                },
                "app-password.create",
                "app-password.rotate"),
            Operation.of(
                method(AppPasswords.class, "revoke", 4),
                () -> store.appPasswords().revoke(made.getFirst(), "r", HELPDESK),
                "app-password.revoke"),
            Operation.of(
                method(AppPasswords.class, "revokeAll", 3),
                () -> store.appPasswords().revokeAll(ALICE, "r", HELPDESK),
                "app-password.revoke"),
            Operation.of(
                method(AppPasswords.class, "revokeAll", 4),
                () -> {
                  var _ = store.appPasswords().create(ALICE, spec, HELPDESK);
                  return store.appPasswords().revokeAll(ofDomain.get(), "r", HELPDESK, _ -> {});
                },
                "app-password.create",
                "app-password.revoke"),
            Operation.of(
                method(Imports.class, "take", 3),
                () -> store.imports().take(List.of(foreign(HASH)), false, HELPDESK),
                "user.add",
                "app-password.import"),
            Operation.of(
                method(Imports.class, "take", 3),
                () -> store.imports().take(List.of(foreign(OTHER_HASH)), false, HELPDESK),
                "app-password.replace-hash"),
            Operation.of(
                method(Keys.class, "add", 3),
                () -> {
                  store.keys().add(KeyKind.PEPPER, TestConfig.key("p4", 4), HELPDESK);
                  return "p4";
                },
                "key.add"),
            Operation.of(
                method(Keys.class, "activate", 3),
                () -> store.keys().activate(KeyKind.PEPPER, "p1", HELPDESK),
                "key.activate"),
            Operation.of(
                method(Keys.class, "retirePepper", 4),
                () -> store.keys().retirePepper("p3", clock.instant(), HELPDESK, _ -> {}),
                "key.retire",
                "key.end",
                "app-password.revoke",
                "key.finish"),
            Operation.of(
                method(Keys.class, "retire", 4),
                () -> store.keys().retire(KeyKind.SEALING, "s1", HELPDESK, _ -> {}),
                "key.retire",
                "key.finish",
                "key.finish"),
            Operation.of(
                "expiry",
                () -> {
                  var _ =
                      store
                          .appPasswords()
                          .create(
                              ALICE,
                              new NewAppPassword(
                                  "x",
                                  Set.of(Scope.IMAP),
                                  Optional.of(clock.instant().plusSeconds(1)),
                                  Optional.empty(),
                                  List.of(),
                                  Optional.empty()),
                              HELPDESK);
                  clock.advance(Duration.ofSeconds(1));
                  sweep(SIGNED_BY_S2);
                  return made;
                },
                "app-password.create",
                "app-password.expire"),
            Operation.of(
                method(Users.class, "remove", 3),
                () -> {
                  store.users().remove(ALICE, OptionalLong.empty(), HELPDESK);
                  return ALICE;
                },
                "user.remove"),
            Operation.of(
                method(Sessions.class, "kick", 3),
                () -> store.sessions().kick(SessionFilter.ALL, "maintenance", HELPDESK),
                "session.kick"),
            Operation.of(
                method(PersonalData.class, "erase", 2),
                () -> store.personalData().erase(BOB, HELPDESK),
                "user.erase"));
    assertThat(operations.stream().map(Operation::method).collect(Collectors.toSet()))
        .containsAll(
            Stream.of(
                    Users.class,
                    AppPasswords.class,
                    Policies.class,
                    Imports.class,
                    Keys.class,
                    PersonalData.class,
                    Sessions.class)
                .flatMap(port -> Stream.of(port.getMethods()))
                .filter(one -> List.of(one.getParameterTypes()).contains(Actor.class))
                .filter(one -> !one.isDefault())
                .map(one -> method(one.getDeclaringClass(), one.getName(), one.getParameterCount()))
                .collect(Collectors.toSet()));
    for (Operation operation : operations) {
      Set<String> before = all(store).stream().map(Entry::id).collect(Collectors.toSet());
      clock.advance(Duration.ofMillis(1));
      assertThat(operation.act().run()).isNotNull();
      List<Entry> fresh =
          all(store).reversed().stream().filter(entry -> !before.contains(entry.id())).toList();
      assertThat(actions(fresh)).as(operation.method()).isEqualTo(operation.actions());
      assertThat(fresh)
          .as(operation.method())
          .allMatch(
              entry -> entry.actor().equals(HELPDESK) || entry.actor().equals(ChangeLog.SYSTEM));
    }
  }

  @Test
  void recordsWhyATimeRanOutAndWhatAPolicySaidBefore() {
    Store store = open();
    add(store, ALICE);
    var _ =
        store
            .appPasswords()
            .create(
                ALICE,
                new NewAppPassword(
                    "x",
                    Set.of(Scope.IMAP),
                    Optional.empty(),
                    Optional.of(Duration.ofDays(1)),
                    List.of(),
                    Optional.empty()),
                HELPDESK);
    PolicySubject site = new PolicySubject.OfSite();
    PolicyRules _ = store.policies().set(site, LIMIT, HELPDESK);
    PolicyRules _ = store.policies().set(site, LIMIT, HELPDESK);
    store.policies().clear(site, HELPDESK);
    store.policies().clear(site, HELPDESK);
    clock.advance(Duration.ofDays(2));
    sweep(TestConfig.rowChecks());
    sweep(TestConfig.rowChecks());
    List<Entry> entries = all(store);
    assertThat(actions(entries))
        .containsExactly(
            "app-password.expire", "policy.clear", "policy.set", "app-password.create", "user.add");
    assertThat(entries.getFirst().actor()).isEqualTo(ChangeLog.SYSTEM);
    assertThat(entries.getFirst().reason()).contains("idle");
    assertThat(entries.getFirst().before().orElseThrow()).contains("\"state\":\"active\"");
    assertThat(entries.getFirst().after().orElseThrow()).contains("\"state\":\"expired\"");
    assertThat(entries.get(1).before().orElseThrow()).contains("limit=7");
    assertThat(entries.get(1).after()).isEmpty();
    assertThat(entries.get(2).before()).isEmpty();
  }

  @Test
  void erasesThePolicyOfAPerson() {
    Store store = open();
    add(store, ALICE);
    PolicyRules _ = store.policies().set(new PolicySubject.OfUser(ALICE), LIMIT, HELPDESK);
    assertThat(query("SELECT COUNT(*) FROM policies")).isEqualTo(1);
    var _ = store.personalData().erase(ALICE, HELPDESK);
    assertThat(query("SELECT COUNT(*) FROM policies")).isZero();
  }

  /** One round, as every node makes it once a minute. */
  private void sweep(RowChecks rowChecks) {
    try (Database direct = Database.open(database, false)) {
      Writes writes = new Writes(direct, clock, _ -> {});
      AppPasswordTable table = new AppPasswordTable(rowChecks);
      ChangeLog changeLog = new ChangeLog(new SecureRandom());
      new Housekeeping(
              direct,
              writes,
              new Rotation(table, direct.dialect(), changeLog),
              new Expiration(table, writes, changeLog),
              () -> StoreConfig.AuditRules.DEFAULTS)
          .run();
    }
  }

  @Test
  void recordsNothingOfAChangeThatIsUndone() {
    Store store = open();
    add(store, ALICE);
    assertRefused(Code.CONFLICT, () -> add(store, ALICE));
    assertRefused(Code.NOT_FOUND, () -> store.users().remove(BOB, HELPDESK));
    assertThat(actions(all(store))).containsExactly("user.add");
  }

  @Test
  void recordsEachOfThousandsAndPagesThroughThem() {
    Store store = open();
    List<String> names = IntStream.range(0, 1200).mapToObj(i -> "user" + i).toList();
    store.appPasswords().createForAll(names, TestConfig.spec("bulk"), true, HELPDESK, _ -> {});
    List<Entry> paged = new ArrayList<>();
    List<Entry> page = store.changes().list(Query.ALL, Optional.empty(), 700);
    while (!page.isEmpty()) {
      paged.addAll(page);
      page = store.changes().list(Query.ALL, Optional.of(page.getLast().id()), 700);
    }
    assertThat(paged).hasSize(2400).doesNotHaveDuplicates();
    assertThat(paged.getLast().subject().name()).contains("user0");
    assertThat(paged.getFirst().action()).isEqualTo("app-password.create");
    assertRefused(Code.INVALID, () -> store.changes().list(Query.ALL, Optional.empty(), 0));
  }

  @Test
  void recordsTheSameAlarmOnceAnHourAndOnlySoManyOfThem() {
    Store store = open();
    List<String> passedOn = new ArrayList<>();
    try (Database direct = Database.open(database, false)) {
      Writes writes = new Writes(direct, clock, _ -> {});
      List<RecordedRowAlarm> nodes =
          IntStream.range(0, 2)
              .mapToObj(_ ->
                  new RecordedRowAlarm(
                      (_, row, _) -> passedOn.add(row), writes, new ChangeLog(new SecureRandom())))
              .toList();
      for (RecordedRowAlarm node : nodes) {
        for (int i = 0; i < 100; i++) {
          node.raise("users", "u1", RowAlarm.Trouble.ALTERED);
          node.flush();
        }
      }
      assertThat(passedOn).hasSize(200);
      assertThat(all(store))
          .singleElement()
          .satisfies(entry -> {
            assertThat(entry.action()).isEqualTo("alarm.raise");
            assertThat(entry.actor().role()).isEqualTo("system");
            assertThat(entry.subject().kind()).isEqualTo("users");
            assertThat(entry.subject().id()).isEqualTo("u1");
            assertThat(entry.reason().orElseThrow()).contains("changed by somebody else");
          });
      clock.advance(Duration.ofHours(1));
      for (int i = 0; i < 3 * RecordedRowAlarm.MOST; i++) {
        nodes.getFirst().raise("users", "u" + i, RowAlarm.Trouble.PUT_BACK);
      }
      nodes.getFirst().flush();
      assertThat(number(direct)).isEqualTo(1 + RecordedRowAlarm.MOST + 1);
    }
  }

  @Test
  void recordsThatARowWasChangedBehindItsBack() {
    Store store = open();
    add(store, ALICE);
    try (Database direct = Database.open(database, false)) {
      int _ = direct.write(handle -> handle.execute("UPDATE users SET upstream_user = 'mallory'"));
    }
    assertThat(store.users().find(ALICE)).isEmpty();
    store.close();
    Store again = open();
    assertThat(all(again))
        .filteredOn(entry -> entry.action().equals("alarm.raise"))
        .singleElement()
        .satisfies(entry -> assertThat(entry.subject().kind()).isEqualTo("users"));
  }

  @Test
  void forgetsChangesAfterTheTimeOfTheConfiguration() {
    Store store = open();
    add(store, ALICE);
    try (Database direct = Database.open(database, false)) {
      Writes writes = new Writes(direct, clock, _ -> {});
      AppPasswordTable table = new AppPasswordTable(TestConfig.rowChecks());
      Housekeeping housekeeping =
          new Housekeeping(
              direct,
              writes,
              new Rotation(table, direct.dialect(), new ChangeLog(new SecureRandom())),
              new Expiration(table, writes, new ChangeLog(new SecureRandom())),
              () ->
                  new StoreConfig.AuditRules(
                      Duration.ofDays(1), Duration.ofDays(5), Duration.ofDays(5)));
      clock.advance(Duration.ofDays(5));
      housekeeping.run();
      assertThat(all(store)).hasSize(1);
      clock.advance(Duration.ofMillis(1));
      housekeeping.run();
      assertThat(all(store)).isEmpty();
    }
  }

  @Test
  void erasesAPersonAndKeepsTheFact() {
    Store store = open();
    store.signInLog().note(attempt(Optional.empty(), "alice@example.com", "unknown-user"));
    store.close();
    Store again = open();
    add(again, ALICE);
    add(again, BOB);
    IssuedAppPassword issued = create(again, ALICE);
    var _ = create(again, BOB);
    String id = again.users().find(ALICE).orElseThrow().id();
    again
        .appPasswords()
        .revoke(
            issued.appPassword().id(), "alice lost it", new Actor(ALICE, "user", Channel.PORTAL));
    again.signInLog().note(attempt(Optional.of(id), ALICE, "revoked"));
    again.close();
    Store last = open();

    clock.advance(Duration.ofSeconds(1));
    String pseudonym = last.personalData().erase(ALICE, HELPDESK);

    assertThat(NameDigest.isPseudonym(pseudonym)).isTrue();
    assertThat(last.users().find(ALICE)).isEmpty();
    assertThat(last.appPasswords().find(issued.appPassword().id())).isEmpty();
    assertThat(last.signIns().list(SignIns.Query.ALL, Optional.empty(), 10))
        .hasSize(2)
        .allSatisfy(entry -> {
          assertThat(entry.userId()).contains(pseudonym);
          assertThat(entry.nameDigest()).isEmpty();
          assertThat(entry.peer()).isEmpty();
          assertThat(entry.clientName()).isEmpty();
        });
    List<Entry> entries = all(last);
    assertThat(actions(entries))
        .containsExactly(
            "user.erase",
            "app-password.revoke",
            "app-password.create",
            "app-password.create",
            "user.add",
            "user.add");
    assertThat(entries.toString())
        .doesNotContain("alice", id, issued.appPassword().id())
        .contains(BOB);
    assertThat(last.changes().list(Query.ALL.ofUser(pseudonym), Optional.empty(), 10)).hasSize(4);
    assertThat(last.changes().list(Query.ALL.ofUser(BOB), Optional.empty(), 10)).hasSize(2);
    assertRefused(Code.NOT_FOUND, () -> last.personalData().erase(ALICE, HELPDESK));
  }

  private SignIn attempt(Optional<String> userId, String name, String reason) {
    return new SignIn(
        clock.instant(),
        userId,
        name,
        Compared.NOTHING,
        Scope.IMAP,
        "plain",
        InetAddress.getLoopbackAddress(),
        "client",
        "rejected",
        reason);
  }

  private static int number(Database direct) {
    return direct.read(handle ->
        handle.createQuery("SELECT COUNT(*) FROM admin_changes").mapTo(Integer.class).one());
  }

  private static String plain(IssuedAppPassword issued) {
    return issued.secret().expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
  }
}
