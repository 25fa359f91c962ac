package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.AppPasswordFilter;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.UserFilter;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By which index SQLite looks for what a list asks for: never through the whole table. */
class WalkPlanTest {
  private static final UserFilter USERS = UserFilter.ALL;
  private static final AppPasswordFilter ALL = AppPasswordFilter.ALL;
  private static final Optional<String> ANYBODY = Optional.empty();

  private final StoreConfig.Database.Sqlite database;

  WalkPlanTest(@TempDir Path folder) {
    database = (StoreConfig.Database.Sqlite) new SqliteFiles(folder).fresh();
    Store.open(TestConfig.of(database), Store.Schema.MIGRATE, Clock.systemUTC()).close();
  }

  private void assertIndex(Walk walk, String index) {
    List<String> steps =
        Jdbi.create("jdbc:sqlite:" + database.file())
            .withHandle(handle ->
                walk.bind(handle.createQuery("EXPLAIN QUERY PLAN " + walk.statement(100)), "a")
                    .map((row, _) -> row.getString("detail"))
                    .list());
    assertThat(steps)
        .as(walk.toString())
        .singleElement()
        .asString()
        .startsWith("SEARCH")
        .contains(index);
  }

  @Test
  void usersAreFoundByAnIndex() {
    String names = "sqlite_autoindex_users_2 (name>?";
    assertIndex(UserTable.walk(USERS), names);
    assertIndex(UserTable.walk(USERS.disabled(false).protectedOnes(false)), names);
    assertIndex(UserTable.walk(USERS.startingWith("a")), "(name>? AND name<?)");
    assertIndex(
        UserTable.walk(USERS.ofDomain("example.com")), "users_by_domain (<expr>=? AND name>?");
    assertIndex(UserTable.walk(USERS.ofGroup("g")), "users_by_group (group_name=? AND name>?");
    assertIndex(UserTable.walk(USERS.disabled(true)), "users_disabled (name>?");
    assertIndex(UserTable.walk(USERS.protectedOnes(true)), "users_protected (name>?");
    assertIndex(
        UserTable.walk(USERS.ofGroup("g").ofDomain("example.com").startingWith("a")),
        "users_by_group (group_name=? AND name>? AND name<?)");
  }

  /** A page ends at whatever row was looked at last, and its cursor names that one. */
  @Test
  void noPageOfThoseWhoAreNotProtectedEndsAtOneWhoIs() {
    assertThat(UserTable.walk(USERS.protectedOnes(false)).beside().isEmpty()).isTrue();
    assertThat(UserTable.walk(USERS.ofGroup("g").protectedOnes(false)).beside().isEmpty()).isTrue();
  }

  @Test
  void appPasswordsAreFoundByAnIndex() {
    String ids = "sqlite_autoindex_app_passwords_1 (id>?";
    assertIndex(AppPasswordTable.walk(ALL, ANYBODY), ids);
    assertIndex(AppPasswordTable.walk(ALL.onLane(Lane.ORDINARY), ANYBODY), ids);
    assertIndex(
        AppPasswordTable.walk(ALL.onLane(Lane.LEGACY), ANYBODY), "app_passwords_legacy (id>?");
    for (String state : new String[] {"active", "suspended", "revoked", "expired"}) {
      assertIndex(
          AppPasswordTable.walk(ALL.inState(state), ANYBODY), "app_passwords_" + state + " (id>?");
    }
    assertIndex(
        AppPasswordTable.walk(ALL.inState("active").onLane(Lane.ORDINARY), ANYBODY),
        "app_passwords_active (id>?");
    assertIndex(
        AppPasswordTable.walk(ALL.inState("active"), Optional.of("0")),
        "app_passwords_by_user (user_id=? AND id>?");
  }
}
