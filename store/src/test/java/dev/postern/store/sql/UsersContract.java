package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.testing.TestConfig;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code Users} promises, on each database. */
abstract class UsersContract extends StoreContract {

  @Test
  void addsAUserUnderItsNormalisedName() {
    Store store = open();
    User added =
        store
            .users()
            .add(
                " Alice@B\u00dcCHER.example",
                Optional.of("mailstore"),
                Optional.of("Alice.Box"),
                TestConfig.ACTOR);
    assertThat(added.name()).isEqualTo("alice@xn--bcher-kva.example");
    assertThat(added.id()).matches("[0-9a-f]{32}");
    assertThat(added.upstream()).contains("mailstore");
    assertThat(added.upstreamUser()).contains("Alice.Box");
    assertThat(added.createdAt()).isEqualTo(clock.instant());
    assertThat(added.createdBy()).isEqualTo("tester");
    assertThat(store.users().find("ALICE@b\u00fccher.example")).contains(added);
    assertThat(store.users().findById(added.id())).contains(added);
    assertThat(store.users().findById(added.name())).isEmpty();
    assertThat(store.users().find("nobody")).isEmpty();
    assertThat(store.users().find("no\u0000body")).isEmpty();
  }

  /** Of a name that is the same by chance nobody may say later that it was not set. */
  @Test
  void aGrantSaysWhetherItsMailboxWasSet() {
    Store store = open();
    add(store, ALICE);
    var _ = store.users().add(BOB, Optional.empty(), Optional.of(BOB), TestConfig.ACTOR);
    for (String name : List.of(ALICE, BOB)) {
      assertThat(verify(store, name, create(store, name).secret()))
          .isInstanceOfSatisfying(
              AuthOutcome.Accepted.class,
              accepted -> {
                assertThat(accepted.grant().upstreamUser()).isEqualTo(name);
                assertThat(accepted.grant().isUpstreamUserSet()).isEqualTo(name.equals(BOB));
              });
    }
  }

  @Test
  void refusesATakenName() {
    Store store = open();
    add(store, ALICE);
    assertRefused(Code.CONFLICT, () -> add(store, "ALICE@example.com"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "a b", "a\r\nb", "@example.com", "alice@"})
  void refusesWhatCannotBeAName(String name) {
    Store store = open();
    assertRefused(Code.INVALID, () -> add(store, name));
    assertRefused(Code.INVALID, () -> store.users().remove(name, TestConfig.ACTOR));
  }

  @Test
  void refusesAnUpstreamUserThatWouldBeACommand() {
    Store store = open();
    assertRefused(
        Code.INVALID,
        () -> store.users().add(ALICE, Optional.empty(), Optional.of("a\r\nb"), TestConfig.ACTOR));
    assertRefused(
        Code.INVALID,
        () ->
            store
                .users()
                .add(ALICE, Optional.of("mail store"), Optional.empty(), TestConfig.ACTOR));
    assertThat(store.users().find(ALICE)).isEmpty();
  }

  @Test
  void listsByBytesInPages() {
    Store store = open();
    List.of("b", "a", "a-b", "a.b", "ab", "\u00e4", "z").forEach(name -> add(store, name));
    List<String> all = store.users().list("", 100).stream().map(User::name).toList();
    assertThat(all).containsExactly("a", "a-b", "a.b", "ab", "b", "z", "\u00e4");
    assertThat(store.users().list("a.b", 2)).extracting(User::name).containsExactly("ab", "b");
    assertThat(store.users().list("\u00e4", 2)).isEmpty();
    assertRefused(Code.INVALID, () -> store.users().list("", 0));
    assertRefused(Code.INVALID, () -> store.users().list("", 1001));
  }

  @Test
  void disablesAndEnables() {
    Store store = open();
    add(store, ALICE);
    User disabled = store.users().disable(ALICE, "left", TestConfig.ACTOR);
    assertThat(disabled.disabled()).contains(new User.Disabled(clock.instant(), "left"));
    assertThat(store.users().disable(ALICE, "again", TestConfig.ACTOR)).isEqualTo(disabled);
    assertThat(store.users().enable(ALICE, TestConfig.ACTOR).disabled()).isEmpty();
    assertRefused(Code.NOT_FOUND, () -> store.users().disable(BOB, "left", TestConfig.ACTOR));
    assertRefused(Code.INVALID, () -> store.users().disable(ALICE, "\n", TestConfig.ACTOR));
  }

  @Test
  void isShutOutAndLetInOnlyInTheVersionThatIsExpected() {
    Store store = open();
    add(store, ALICE);
    OptionalLong first = OptionalLong.of(store.users().find(ALICE).orElseThrow().version());
    OptionalLong second = OptionalLong.of(first.getAsLong() + 1);
    assertRefused(Code.STALE, () -> store.users().disable(ALICE, "left", second, TestConfig.ACTOR));
    assertThat(store.users().find(ALICE).orElseThrow().disabled()).isEmpty();
    assertThat(store.users().disable(ALICE, "left", first, TestConfig.ACTOR).version())
        .isEqualTo(second.getAsLong());
    assertRefused(Code.STALE, () -> store.users().enable(ALICE, first, TestConfig.ACTOR));
    assertThat(store.users().find(ALICE).orElseThrow().disabled()).isPresent();
    assertThat(store.users().enable(ALICE, second, TestConfig.ACTOR).version())
        .isEqualTo(second.getAsLong() + 1);
  }

  @Test
  void movesAUserToAnotherMailbox() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    User moved =
        store
            .users()
            .edit(
                ALICE,
                UserEdit.NONE
                    .withUpstream(Optional.of("archive"))
                    .withUpstreamUser(Optional.of("Alice.Box")),
                TestConfig.ACTOR);
    assertThat(moved.upstream()).contains("archive");
    assertThat(moved.upstreamUser()).contains("Alice.Box");
    assertThat(store.users().find(ALICE)).contains(moved);
    await()
        .untilAsserted(() -> {
          Grant grant = granted(store, issued);
          assertThat(grant.pinnedUpstream()).contains("archive");
          assertThat(grant.upstreamUser()).isEqualTo("Alice.Box");
        });
    assertThat(store.users().edit(ALICE, UserEdit.NONE, TestConfig.ACTOR)).isEqualTo(moved);
    User back =
        store
            .users()
            .edit(
                ALICE,
                UserEdit.NONE.withUpstream(Optional.empty()).withUpstreamUser(Optional.empty()),
                TestConfig.ACTOR);
    assertThat(back.upstream()).isEmpty();
    assertThat(back.upstreamUser()).isEmpty();
  }

  @Test
  void refusesToMoveAUserToWhatCannotBe() {
    Store store = open();
    add(store, ALICE);
    for (UserEdit edit :
        List.of(
            UserEdit.NONE.withUpstream(Optional.of("mail store")),
            UserEdit.NONE.withUpstreamUser(Optional.of("a\r\nb")),
            UserEdit.NONE.withUpstreamUser(Optional.of("")))) {
      assertRefused(Code.INVALID, () -> store.users().edit(ALICE, edit, TestConfig.ACTOR));
    }
    assertThat(store.users().find(ALICE).orElseThrow().version()).isOne();
  }

  /** On another node too, whatever it had in its cache. */
  @Test
  void sessionsOfAUserWhoWasMovedDoNotHold() {
    Store store = open();
    Store other = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    for (UserEdit edit :
        List.of(
            UserEdit.NONE.withUpstream(Optional.of("archive")),
            UserEdit.NONE.withUpstreamUser(Optional.of("box")),
            UserEdit.NONE.withUpstreamUser(Optional.of(ALICE)),
            UserEdit.NONE.withUpstreamUser(Optional.empty()))) {
      Grant before = granted(other, issued);
      assertThat(standing(other, before)).isInstanceOf(Standing.Holds.class);
      var _ = store.users().edit(ALICE, edit, TestConfig.ACTOR);
      await()
          .untilAsserted(
              () -> assertThat(standing(other, before)).isInstanceOf(Standing.Ended.class));
      assertThat(standing(other, granted(other, issued))).isInstanceOf(Standing.Holds.class);
    }
    Grant before = granted(other, issued);
    var _ = store.users().edit(ALICE, UserEdit.NONE.withGroup(Optional.of("g")), TestConfig.ACTOR);
    settle(other);
    assertThat(standing(other, before)).isInstanceOf(Standing.Holds.class);
  }

  @Test
  void changesTheVersionThatSomebodySawAlone() {
    Store store = open();
    add(store, ALICE);
    User seen = store.users().find(ALICE).orElseThrow();
    UserEdit edit = UserEdit.NONE.withProtected(true).expecting(seen.version());
    User changed = store.users().edit(ALICE, edit, TestConfig.ACTOR);
    assertThat(changed.version()).isEqualTo(seen.version() + 1);
    assertRefused(Code.STALE, () -> store.users().edit(ALICE, edit, TestConfig.ACTOR));
    assertRefused(
        Code.STALE,
        () -> store.users().edit(ALICE, UserEdit.NONE.expecting(seen.version()), TestConfig.ACTOR));
    assertThat(store.users().find(ALICE)).contains(changed);
  }

  @Test
  void removesAUserWithEverythingAndFreesTheName() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    setPassword(store, "mailstore", "hunter2");
    assertThat(verify(store, ALICE, issued.secret())).isInstanceOf(AuthOutcome.Accepted.class);

    long today = store.users().find(ALICE).orElseThrow().version();
    assertRefused(
        Code.STALE,
        () -> store.users().remove(ALICE, OptionalLong.of(today + 1), TestConfig.ACTOR));
    store.users().remove(ALICE, OptionalLong.of(today), TestConfig.ACTOR);

    assertThat(store.users().find(ALICE)).isEmpty();
    assertThat(store.appPasswords().find(issued.appPassword().id())).isEmpty();
    assertThat(refusal(store, ALICE, issued.secret())).isPresent();
    add(store, ALICE);
    assertThat(store.appPasswords().list(ALICE)).isEmpty();
    assertThat(store.users().upstreamPasswords(ALICE)).isEmpty();
    assertThat(refusal(store, ALICE, issued.secret())).isPresent();
    assertRefused(Code.NOT_FOUND, () -> store.users().remove(BOB, TestConfig.ACTOR));
  }

  @Test
  void sealsUpstreamPasswordsAndHandsThemOutWithTheGrant() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    setPassword(store, "mailstore", "hunter2");
    setPassword(store, "archive", "swordfish");
    assertThat(store.users().upstreamPasswords(ALICE)).containsExactly("archive", "mailstore");

    Sealed first = sealed(store, issued);
    assertThat(opened(store, first)).isEqualTo("hunter2");
    setPassword(store, "mailstore", "correct horse");
    Sealed second = sealed(store, issued);
    assertThat(opened(store, second)).isEqualTo("correct horse");
    assertThat(second.place().version()).isEqualTo(first.place().version() + 1);
    assertThatThrownBy(() -> store.secretBox().open(new Sealed(first.text(), second.place())))
        .isInstanceOf(SecretBox.SealBrokenException.class);
    assertThat(second.text()).doesNotContain("horse");
    assertRefused(Code.NOT_FOUND, () -> store.users().upstreamPasswords(BOB));
  }

  @Test
  void refusesAnUpstreamPasswordOfNoOrTooManyBytes() {
    Store store = open();
    add(store, ALICE);
    assertRefused(Code.INVALID, () -> setPassword(store, "mailstore", ""));
    assertRefused(Code.INVALID, () -> setPassword(store, "mailstore", "x".repeat(1025)));
    setPassword(store, "mailstore", "x".repeat(1024));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "a\rb", "a\nb", "a\n"})
  void refusesAnUpstreamPasswordThatNoLoginCanCarry(String password) {
    Store store = open();
    add(store, ALICE);
    assertRefused(Code.INVALID, () -> setPassword(store, "mailstore", password));
  }

  private static Grant granted(Store store, IssuedAppPassword issued) {
    AuthOutcome outcome = verify(store, ALICE, issued.secret());
    assertThat(outcome).isInstanceOf(AuthOutcome.Accepted.class);
    return ((AuthOutcome.Accepted) outcome).grant();
  }

  private static Standing standing(Store store, Grant grant) {
    return store.verifier().recheck(grant).toCompletableFuture().join();
  }

  private static void setPassword(Store store, String upstream, String password) {
    try (Secret secret = Secret.ofText(password)) {
      store.users().setUpstreamPassword(ALICE, upstream, secret, TestConfig.ACTOR);
    }
  }

  private static Sealed sealed(Store store, IssuedAppPassword issued) {
    return Optional.ofNullable(granted(store, issued).upstreamPasswords().get("mailstore"))
        .orElseThrow();
  }

  private static String opened(Store store, Sealed sealed) {
    try (Secret secret = store.secretBox().open(sealed)) {
      return secret.expose(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }
  }
}
