package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Page;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPasswordFilter;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.auth.UserFilter;
import dev.postern.store.testing.TestConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of the whole site, page by page, on each database. */
abstract class ListsContract extends StoreContract {
  private static final AppPasswordFilter EVERY = AppPasswordFilter.ALL;

  // ---- users

  private static Store people(Store store) {
    for (String name :
        List.of(
            "ann@example.com",
            "anton@example.com",
            "bea@example.org",
            "bert@sub.example.com",
            "a@example.com@example.net",
            "example.com",
            "\u00e4nne@example.com")) {
      add(store, name);
    }
    edit(store, "anton@example.com", UserEdit.NONE.withGroup(Optional.of("sales")));
    edit(store, "bea@example.org", UserEdit.NONE.withGroup(Optional.of("sales")));
    edit(store, "bea@example.org", UserEdit.NONE.withProtected(true));
    edit(store, "example.com", UserEdit.NONE.withProtected(true));
    for (String gone : List.of("ann@example.com", "bea@example.org")) {
      var _ = store.users().disable(gone, "left", TestConfig.ACTOR);
    }
    return store;
  }

  private static void edit(Store store, String name, UserEdit edit) {
    var _ = store.users().edit(name, edit, TestConfig.ACTOR);
  }

  /** All pages, of two users each. */
  private static List<String> names(Store store, UserFilter filter) {
    List<String> names = new ArrayList<>();
    Page<User> page = store.users().list(filter, "", 2);
    page.items().forEach(user -> names.add(user.name()));
    while (page.next().isPresent()) {
      page = store.users().list(filter, page.next().get(), 2);
      page.items().forEach(user -> names.add(user.name()));
    }
    return names;
  }

  @Test
  void findsUsersByEachPartAlone() {
    Store store = people(open());
    UserFilter all = UserFilter.ALL;
    assertThat(names(store, all))
        .containsExactly(
            "a@example.com@example.net",
            "ann@example.com",
            "anton@example.com",
            "bea@example.org",
            "bert@sub.example.com",
            "example.com",
            "\u00e4nne@example.com");
    assertThat(names(store, all.ofDomain("Example.COM")))
        .containsExactly("ann@example.com", "anton@example.com", "\u00e4nne@example.com");
    assertThat(names(store, all.ofDomain("example.net")))
        .containsExactly("a@example.com@example.net");
    assertThat(names(store, all.ofGroup("Sales")))
        .containsExactly("anton@example.com", "bea@example.org");
    assertThat(names(store, all.disabled(true)))
        .containsExactly("ann@example.com", "bea@example.org");
    assertThat(names(store, all.disabled(false))).hasSize(5).doesNotContain("ann@example.com");
    assertThat(names(store, all.protectedOnes(true)))
        .containsExactly("bea@example.org", "example.com");
    assertThat(names(store, all.protectedOnes(false))).hasSize(5).doesNotContain("example.com");
    assertThat(names(store, all.startingWith("AN")))
        .containsExactly("ann@example.com", "anton@example.com");
    assertThat(names(store, all.startingWith("\u00c4"))).containsExactly("\u00e4nne@example.com");
    assertThat(names(store, all.startingWith("z"))).isEmpty();
  }

  @Test
  void findsUsersByAllPartsTogether() {
    Store store = people(open());
    UserFilter sales = UserFilter.ALL.ofGroup("sales");
    assertThat(names(store, sales.ofDomain("example.com"))).containsExactly("anton@example.com");
    assertThat(names(store, sales.disabled(false))).containsExactly("anton@example.com");
    assertThat(names(store, sales.disabled(true).protectedOnes(true).startingWith("be")))
        .containsExactly("bea@example.org");
    assertThat(names(store, sales.disabled(true).protectedOnes(false))).isEmpty();
    assertThat(names(store, UserFilter.ALL.ofDomain("example.com").disabled(true)))
        .containsExactly("ann@example.com");
    assertThat(names(store, UserFilter.ALL.startingWith("a").disabled(false)))
        .containsExactly("a@example.com@example.net", "anton@example.com");
  }

  @Test
  void aPageSaysWhetherThereIsAnother() {
    Store store = people(open());
    Page<User> first = store.users().list(UserFilter.ALL, "", 6);
    assertThat(first.items()).hasSize(6);
    assertThat(first.next()).contains("example.com");
    assertThat(store.users().list(UserFilter.ALL, "example.com", 1).next()).isEmpty();
    assertThat(store.users().list(UserFilter.ALL.disabled(true), "", 2).next()).isEmpty();
    assertThat(store.users().list(UserFilter.ALL, "", 7).next()).isEmpty();
    for (int bad : List.of(0, 1001)) {
      assertRefused(Code.INVALID, () -> store.users().list(UserFilter.ALL, "", bad));
    }
  }

  /** Who has changed a row is in no list; whoever comes behind still is. */
  @Test
  void aRowThatIsNotGenuineIsLeftOut() {
    Store store = people(open());
    run("UPDATE users SET protected = 1 WHERE name IN ('ann@example.com', 'anton@example.com')");
    assertThat(names(store, UserFilter.ALL.protectedOnes(true)))
        .containsExactly("bea@example.org", "example.com");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\u0000", "\ud800", "a\nb"})
  void refusesWhatIsNoText(String text) {
    Store store = open();
    assertRefused(
        Code.INVALID, () -> store.users().list(UserFilter.ALL.startingWith(text), "", 10));
    assertRefused(Code.INVALID, () -> store.users().list(UserFilter.ALL, text, 10));
    assertRefused(Code.INVALID, () -> store.appPasswords().page(EVERY, Optional.of(text), 10));
    assertRefused(Code.INVALID, () -> store.changes().find(text));
  }

  /** However many there are beside what is asked for, a page takes no longer than its steps. */
  @Test
  void aSearchStopsAndGoesOnWhereItStopped() {
    Store store = people(open());
    run(
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12500)
        INSERT INTO users (id, name, created_at, created_by, version, signature, disabled_at)
        SELECT CAST(i AS TEXT), 'b' || CAST(100000 + i AS TEXT), 0, 'x', 1, 'x', 1 FROM n
        """);
    UserFilter enabled = UserFilter.ALL.disabled(false);
    Page<User> first = store.users().list(enabled, "", 10);
    assertThat(first.items())
        .extracting(User::name)
        .containsExactly("a@example.com@example.net", "anton@example.com");
    assertThat(first.next()).contains("b109997");
    assertThat(store.users().list(enabled, "b109997", 10).items()).hasSize(3);
  }

  // ---- app passwords

  private static NewAppPassword forOldDevice() {
    return new NewAppPassword(
        "scanner",
        Set.of(Scope.SUBMISSION),
        Optional.empty(),
        Optional.empty(),
        List.of(Cidr.parse("192.0.2.0/24")),
        Optional.of("scanner"),
        Lane.LEGACY);
  }

  private static List<String> ids(Store store, AppPasswordFilter filter) {
    List<String> ids = new ArrayList<>();
    Page<AppPassword> page = store.appPasswords().page(filter, Optional.empty(), 2);
    page.items().forEach(one -> ids.add(one.id()));
    while (page.next().isPresent()) {
      page = store.appPasswords().page(filter, page.next(), 2);
      page.items().forEach(one -> ids.add(one.id()));
    }
    return ids;
  }

  @Test
  void findsAppPasswordsOfTheSite() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    String active = create(store, ALICE).appPassword().id();
    String suspended = create(store, ALICE).appPassword().id();
    String revoked = create(store, BOB).appPassword().id();
    String old =
        store.appPasswords().create(BOB, forOldDevice(), TestConfig.ACTOR).appPassword().id();
    var _ = store.appPasswords().suspend(suspended, "lost", TestConfig.ACTOR);
    var _ = store.appPasswords().revoke(revoked, "found", TestConfig.ACTOR);

    assertThat(ids(store, EVERY)).containsExactlyInAnyOrder(active, suspended, revoked, old);
    assertThat(ids(store, EVERY)).isSorted();
    assertThat(ids(store, EVERY.ofUser("Alice@example.com")))
        .containsExactlyInAnyOrder(active, suspended);
    assertThat(ids(store, EVERY.inState("active"))).containsExactlyInAnyOrder(active, old);
    assertThat(ids(store, EVERY.inState("suspended"))).containsExactly(suspended);
    assertThat(ids(store, EVERY.inState("revoked"))).containsExactly(revoked);
    assertThat(ids(store, EVERY.inState("expired"))).isEmpty();
    assertThat(ids(store, EVERY.onLane(Lane.LEGACY))).containsExactly(old);
    assertThat(ids(store, EVERY.onLane(Lane.ORDINARY))).hasSize(3).doesNotContain(old);
    assertThat(ids(store, EVERY.ofUser(BOB).inState("active").onLane(Lane.LEGACY)))
        .containsExactly(old);
    assertThat(ids(store, EVERY.ofUser(BOB).inState("active").onLane(Lane.ORDINARY))).isEmpty();
    assertThat(ids(store, EVERY.inState("suspended").onLane(Lane.LEGACY))).isEmpty();

    Page<AppPassword> page = store.appPasswords().page(EVERY, Optional.empty(), 4);
    assertThat(page.next()).isEmpty();
    assertThat(page.items())
        .filteredOn(one -> one.id().equals(old))
        .singleElement()
        .satisfies(one -> {
          assertThat(one).isEqualTo(store.appPasswords().find(old).orElseThrow());
          assertThat(one.loginName()).contains("scanner");
        });
    assertRefused(Code.NOT_FOUND, () -> ids(store, EVERY.ofUser("nobody@example.com")));
    assertRefused(Code.INVALID, () -> EVERY.inState("lost"));
    for (int bad : List.of(0, 1001)) {
      assertRefused(Code.INVALID, () -> store.appPasswords().page(EVERY, Optional.empty(), bad));
    }
  }

  /** Nobody is shown as active what does not work any more, written down or not. */
  @Test
  void whatHasRunOutIsNotActive() {
    Store store = open();
    add(store, ALICE);
    String old = create(store, ALICE).appPassword().id();
    String next =
        store.appPasswords().rotate(old, Duration.ofHours(1), TestConfig.ACTOR).appPassword().id();
    assertThat(ids(store, EVERY.inState("active"))).containsExactlyInAnyOrder(old, next);
    clock.advance(Duration.ofHours(2));
    assertThat(ids(store, EVERY.inState("active"))).containsExactly(next);
  }

  @Test
  void anAppPasswordThatIsNotGenuineIsLeftOut() {
    Store store = open();
    add(store, ALICE);
    String forged = create(store, ALICE).appPassword().id();
    String good = create(store, ALICE).appPassword().id();
    run("UPDATE app_passwords SET label = 'other' WHERE id = '" + forged + "'");
    assertThat(ids(store, EVERY)).containsExactly(good);
    assertThat(ids(store, EVERY.inState("active"))).containsExactly(good);
  }
}
