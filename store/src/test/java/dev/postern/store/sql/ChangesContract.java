package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.audit.Changes;
import dev.postern.store.audit.Changes.Entry;
import dev.postern.store.audit.Changes.Query;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.SignIn;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.integrity.RowAlarm;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The record of changes and alarms, and what is left of a person who was erased. */
abstract class ChangesContract extends StoreContract {
  private static final Actor HELPDESK = new Actor("carol", "helpdesk", "api");

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
            "app-password.create",
            "app-password.rotate",
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
            Optional.of(clock.instant()));
    assertThat(store.changes().list(bySuspension, Optional.empty(), 100)).hasSize(1);
    assertThat(store.changes().list(Query.ALL.ofUser(BOB), Optional.empty(), 100)).isEmpty();
    Query users =
        new Query(Optional.empty(), Optional.empty(), Optional.of("user"), Optional.empty());
    assertThat(actions(store.changes().list(users, Optional.empty(), 100)))
        .containsExactly("user.add");
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
              new Expiration(table, writes),
              new StoreConfig.AuditRules(Duration.ofDays(1), Duration.ofDays(5)));
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
        .revoke(issued.appPassword().id(), "alice lost it", new Actor(ALICE, "user", "portal"));
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
        Optional.empty(),
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
