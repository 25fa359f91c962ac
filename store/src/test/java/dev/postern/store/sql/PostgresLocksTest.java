package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.auth.AppPassword.LastUse;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Revocation;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.UseLog;
import dev.postern.store.auth.User;
import dev.postern.store.imports.ForeignSecret;
import dev.postern.store.imports.Imports;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestConfig;
import dev.postern.store.testing.TestDatabase;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who waits for whom. */
class PostgresLocksTest extends StoreContract {
  private static final Duration HOUR = Duration.ofHours(1);

  private final RowChecks checks = TestConfig.rowChecks();
  private final AppPasswordTable table = new AppPasswordTable(checks);
  private final UserTable users = new UserTable(Dialect.POSTGRESQL, checks, new SecureRandom());
  private final AppPasswordLocks locks = new AppPasswordLocks(users, table, Dialect.POSTGRESQL);

  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }

  /**
   * Whoever changes an app password holds its user and then wants its row. A last use that ends a
   * predecessor holds rows and changes one twice, for which the server looks at its user: with a
   * lock that forbade it, the two would wait for each other.
   */
  @Test
  void notesOfUsesDoNotWaitForWhoeverHoldsTheUser() {
    Store store = open();
    add(store, ALICE);
    var _ = create(store, ALICE);
    try (Database one = Database.open(database, false);
        Database other = Database.open(database, false)) {
      int _ =
          one.write(handle -> {
            var _ = users.lock(handle, List.of(LoginName.parse(ALICE).orElseThrow()));
            assertThatCode(() ->
                    other.write(uses -> {
                      int _ = uses.execute("SET LOCAL lock_timeout = '3s'");
                      int _ = uses.execute("UPDATE app_passwords SET last_used_at = 1");
                      return uses.execute("UPDATE app_passwords SET last_used_at = 2");
                    }))
                .doesNotThrowAnyException();
            return 0;
          });
    }
  }

  /** What may meet something in the background that changes an app password. */
  enum Command {
    REVOKE,
    REVOKE_ALL,
    REVOKE_DOMAIN
  }

  private static void run(Command command, Store store, String id) {
    switch (command) {
      case REVOKE -> {
        var _ = store.appPasswords().revoke(id, "lost", TestConfig.ACTOR);
      }
      case REVOKE_ALL -> {
        var _ = store.appPasswords().revokeAll(ALICE, "lost", TestConfig.ACTOR);
      }
      case REVOKE_DOMAIN -> {
        Revocation domain =
            new Revocation(
                Optional.empty(), Optional.of("example.com"), Optional.empty(), Optional.empty());
        int _ = store.appPasswords().revokeAll(domain, "lost", TestConfig.ACTOR, _ -> {});
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoEndsARowThatIsBeingChangedEndsWhatBecomesOfIt(Command command) {
    Store store = open();
    add(store, ALICE);
    String id = create(store, ALICE).appPassword().id();
    try (Database background = Database.open(database, false)) {
      CompletableFuture<Void> commanded =
          background.write(handle -> {
            var _ = table.save(handle, table.require(handle, id));
            CompletableFuture<Void> waiting =
                CompletableFuture.runAsync(() -> run(command, store, id));
            awaitWaiter();
            return waiting;
          });
      commanded.join();
    }
    assertThat(state(store, id)).isEqualTo("revoked");
  }

  /**
   * Uses are noted in the order of ids; the predecessors that they end may lie before those. A
   * command that holds one of these must not be what the writer of uses, with rows in hand, waits
   * for.
   */
  @Test
  void usesThatEndPredecessorsHoldNothingWhileTheyWait() {
    Store store = open();
    add(store, ALICE);
    String old = create(store, ALICE).appPassword().id();
    String successor = rotated(store, old);
    while (successor.compareTo(old) < 0) {
      old = create(store, ALICE).appPassword().id();
      successor = rotated(store, old);
    }
    String used = successor;
    writeWhileSomebodyHoldsTheFirst(
        List.of(old, successor), uses -> uses.used(used, useNow(), true));
    assertThat(state(store, old)).isEqualTo("revoked");
    assertThat(store.appPasswords().find(successor).orElseThrow().lastUse()).isPresent();
  }

  /** What was sent in clear is written after what was used, in the order of ids again. */
  @Test
  void whatWasSentInClearIsNotedWithNothingInHand() {
    Store store = open();
    add(store, ALICE);
    List<String> pair =
        Stream.of(create(store, ALICE), create(store, ALICE))
            .map(issued -> issued.appPassword().id())
            .sorted()
            .toList();
    writeWhileSomebodyHoldsTheFirst(
        pair,
        uses -> {
          uses.sentInClear(pair.getFirst(), true, clock.instant());
          uses.used(pair.getLast(), useNow(), false);
        });
    assertThat(store.appPasswords().find(pair.getFirst()).orElseThrow().exposedAt()).isPresent();
    assertThat(store.appPasswords().find(pair.getLast()).orElseThrow().lastUse()).isPresent();
  }

  /** The holder gets the second of a pair while the writer of uses waits for the first. */
  private void writeWhileSomebodyHoldsTheFirst(List<String> pair, Consumer<UseLog> notes) {
    try (Database commands = Database.open(database, false);
        Database background = Database.open(database, false)) {
      SqlUseLog uses = useLog(background);
      notes.accept(uses);
      CompletableFuture<Void> noted =
          commands.write(handle -> {
            hold(handle, pair.getFirst());
            CompletableFuture<Void> waiting = CompletableFuture.runAsync(uses::flush);
            awaitWaiter();
            assertThatCode(() -> hold(handle, pair.getLast())).doesNotThrowAnyException();
            return waiting;
          });
      noted.join();
    }
  }

  private LastUse useNow() {
    return new LastUse(
        clock.instant(),
        InetAddress.getLoopbackAddress(),
        Scope.IMAP,
        Optional.of(Protection.TLS_1_3),
        "");
  }

  @Test
  void whoImportsAHashAgainWaitsForARowThatIsBeingChanged() {
    Store store = open();
    Imports.Verdict first =
        store.imports().take(List.of(secret(1)), false, TestConfig.ACTOR).getFirst();
    String id = ((Imports.Verdict.Added) first).id();
    try (Database background = Database.open(database, false)) {
      CompletableFuture<Imports.Verdict> again =
          background.write(handle -> {
            var _ = table.save(handle, table.require(handle, id));
            CompletableFuture<Imports.Verdict> waiting =
                CompletableFuture.supplyAsync(() ->
                    store.imports().take(List.of(secret(2)), false, TestConfig.ACTOR).getFirst());
            awaitWaiter();
            return waiting;
          });
      assertThat(again.join()).isEqualTo(new Imports.Verdict.Replaced(id));
    }
  }

  /** Another hash for each number. */
  private static ForeignSecret secret(int number) {
    return new ForeignSecret(
        "here/1",
        ALICE,
        "phone",
        Secret.ofText(
            "$argon2id$v=19$m=64,t=" + number + ",p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA"),
        Set.of(Scope.IMAP),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  /**
   * Rows go with their user in the order in which they were made, unless they are locked before.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoRemovesAUserHoldsNoAppPasswordWhileHeWaitsForAnother(boolean isErased) {
    Store store = open();
    add(store, ALICE);
    String first = create(store, ALICE).appPassword().id();
    String second = create(store, ALICE).appPassword().id();
    while (first.compareTo(second) < 0) {
      first = second;
      second = create(store, ALICE).appPassword().id();
    }
    List<String> pair = List.of(second, first);
    try (Database background = Database.open(database, false)) {
      CompletableFuture<Void> removed =
          background.write(handle -> {
            hold(handle, pair.getFirst());
            CompletableFuture<Void> waiting =
                CompletableFuture.runAsync(() -> {
                  if (isErased) {
                    var _ = store.personalData().erase(ALICE, TestConfig.ACTOR);
                  } else {
                    store.users().remove(ALICE, TestConfig.ACTOR);
                  }
                });
            awaitWaiter();
            assertThatCode(() -> hold(handle, pair.getLast())).doesNotThrowAnyException();
            return waiting;
          });
      removed.join();
    }
    assertThat(store.users().find(ALICE)).isEmpty();
  }

  /** Whose list is in another order must not be waited for with somebody's name in hand. */
  @Test
  void whoAddsUsersAddsThemInTheOrderOfTheirNames() {
    Store store = open();
    List<CompletableFuture<Void>> added = new ArrayList<>();
    try (Database background = Database.open(database, false)) {
      assertThatThrownBy(() ->
              background.write(handle -> {
                users.insert(handle, List.of(fresh(ALICE)));
                added.add(
                    CompletableFuture.runAsync(() ->
                        store
                            .appPasswords()
                            .createForAll(
                                List.of(BOB, ALICE),
                                TestConfig.spec("phone"),
                                true,
                                TestConfig.ACTOR,
                                _ -> {})));
                awaitWaiter();
                int _ = handle.execute("SET LOCAL lock_timeout = '3s'");
                users.insert(handle, List.of(fresh(BOB)));
                throw new RefusedException(RefusedException.Code.STATE, "thought better of it", "");
              }))
          .hasMessage("thought better of it");
    }
    added.getFirst().join();
    assertThat(store.users().find(BOB)).isPresent();
  }

  private User fresh(String name) {
    return users.fresh(
        LoginName.parse(name).orElseThrow(),
        Optional.empty(),
        Optional.empty(),
        clock.instant(),
        TestConfig.ACTOR);
  }

  private static String rotated(Store store, String id) {
    return store.appPasswords().rotate(id, HOUR, TestConfig.ACTOR).appPassword().id();
  }

  private void hold(Handle handle, String id) {
    int _ = handle.execute("SET LOCAL lock_timeout = '3s'");
    locks.rows(handle, List.of(id));
  }

  private SqlUseLog useLog(Database background) {
    return new SqlUseLog(
        new Writes(background, clock, _ -> {}),
        new Rotation(table, Dialect.POSTGRESQL, new ChangeLog(new SecureRandom())),
        locks,
        new WebhookTable(new SecureRandom()),
        _ -> {});
  }

  /** Until somebody waits for a lock in this test's database. */
  private void awaitWaiter() {
    await()
        .until(() ->
            query(
                    "SELECT COUNT(*) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND wait_event_type = 'Lock'")
                == 1);
  }
}
