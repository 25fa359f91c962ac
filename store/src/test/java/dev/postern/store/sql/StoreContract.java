package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.UserChange;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import dev.postern.store.testing.TestDatabase;
import java.net.InetAddress;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the contract suites share: a fresh database for each test, and stores over it. */
abstract class StoreContract {
  static final String ALICE = "alice@example.com";
  static final String BOB = "bob@example.com";

  final TestClock clock = TestClock.standing();
  private final List<Store> stores = new ArrayList<>();
  private int settled;
  private int phones;
  StoreConfig.Database database = new StoreConfig.Database.Sqlite(Path.of("unset"));

  abstract TestDatabase databases();

  @BeforeEach
  void makeDatabase() {
    database = databases().fresh();
  }

  @AfterEach
  void closeStoresAndDiscardDatabase() {
    stores.forEach(Store::close);
    databases().discard(database);
  }

  /**
   * Waits until that node has heard of all changes so far, on account of which it forgets users and
   * their tokens.
   */
  void settle(Store store) {
    List<UserChange> heard = new CopyOnWriteArrayList<>();
    store.onUserChanged(heard::add);
    add(store, "settled" + ++settled + "@example.com");
    await().until(() -> !heard.isEmpty());
  }

  /** A store over the test's database; several may be open, as in several processes. */
  Store open() {
    return open(TestConfig.of(database), clock);
  }

  Store open(StoreConfig config, Clock atClock) {
    Store store = Store.open(config, Store.Schema.MIGRATE, atClock);
    stores.add(store);
    return store;
  }

  /** Has {@link #run} get away with what a check of a table forbids, as its owner can. */
  void withoutCheck(String table, String column) {
    switch (database) {
      case StoreConfig.Database.Sqlite _ -> {} // by its PRAGMA
      case StoreConfig.Database.Postgres _ ->
          run("ALTER TABLE " + table + " DROP CONSTRAINT " + table + "_" + column + "_check");
    }
  }

  /** A statement by somebody who has the database in hand. */
  void run(String statement) {
    switch (database) {
      case StoreConfig.Database.Sqlite(Path file) -> {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
            Statement run = connection.createStatement()) {
          boolean _ = run.execute("PRAGMA busy_timeout = 10000");
          boolean _ = run.execute("PRAGMA ignore_check_constraints = 1");
          int _ = run.executeUpdate(statement);
        } catch (SQLException e) {
          throw new IllegalStateException(e);
        }
      }
      case StoreConfig.Database.Postgres postgres ->
          PostgresServer.shared().run(postgres.url(), statement);
    }
  }

  /** The number that a query answers with. */
  long query(String query) {
    try (Connection connection =
            switch (database) {
              case StoreConfig.Database.Sqlite(Path file) ->
                  DriverManager.getConnection("jdbc:sqlite:" + file);
              case StoreConfig.Database.Postgres postgres ->
                  PostgresServer.shared().connect(postgres.url());
            };
        Statement run = connection.createStatement();
        ResultSet rows = run.executeQuery(query)) {
      return rows.next() ? rows.getLong(1) : 0;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  Store open(StoreConfig.AppPasswordRules rules) {
    return open(TestConfig.of(database, rules, Duration.ofMinutes(15)), clock);
  }

  static void add(Store store, String name) {
    var _ = store.users().add(name, Optional.empty(), Optional.empty(), TestConfig.ACTOR);
  }

  /** A label that nothing else in the test has: "phone", then "phone 2". */
  String label() {
    phones++;
    return phones == 1 ? "phone" : "phone " + phones;
  }

  NewAppPassword phone() {
    return TestConfig.spec(label());
  }

  IssuedAppPassword create(Store store, String user) {
    return store.appPasswords().create(user, phone(), TestConfig.ACTOR);
  }

  static AuthOutcome verify(Store store, String name, Secret secret) {
    return verify(store, name, secret, Protection.TLS_1_3);
  }

  static AuthOutcome verify(Store store, String name, Secret secret, Protection protection) {
    return store
        .verifier()
        .verify(
            new Attempt(
                name,
                AppPasswordShape.grouped(secret),
                Scope.IMAP,
                protection,
                "plain",
                InetAddress.getLoopbackAddress(),
                "test"))
        .toCompletableFuture()
        .join();
  }

  static Optional<RejectReason> refusal(Store store, String name, Secret secret) {
    return switch (verify(store, name, secret)) {
      case AuthOutcome.Accepted _ -> Optional.empty();
      case AuthOutcome.Delegate _ -> throw new AssertionError("the upstream is to be asked");
      case AuthOutcome.Rejected(RejectReason reason) -> Optional.of(reason);
      case AuthOutcome.Throttled(RejectReason reason, _, _) -> Optional.of(reason);
      case AuthOutcome.Unavailable(AuthOutcome.Trouble trouble) ->
          throw new AssertionError("unavailable: " + trouble);
    };
  }

  static String state(Store store, String id) {
    return store.appPasswords().find(id).map(AppPassword::state).map(s -> s.word()).orElse("none");
  }

  static void assertRefused(RefusedException.Code code, ThrowingCallable call) {
    assertThat(catchThrowable(call))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> {
              assertThat(refused.code()).isEqualTo(code);
              assertThat(refused.getMessage()).isNotBlank();
              assertThat(refused.remedy()).isNotBlank();
            });
  }
}
