package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.audit.Changes;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By which index SQLite looks through the record for what few rows of it have. */
class RecordPlanTest {
  private static final String EXPLAIN = "EXPLAIN QUERY PLAN ";
  private static final String NEWEST = "ORDER BY id DESC LIMIT 100";

  private final StoreConfig.Database.Sqlite database;

  RecordPlanTest(@TempDir Path folder) {
    database = (StoreConfig.Database.Sqlite) new SqliteFiles(folder).fresh();
    Store.open(TestConfig.of(database), Store.Schema.MIGRATE, Clock.systemUTC()).close();
  }

  private String plan(Function<Handle, Query> query) {
    return Jdbi.create("jdbc:sqlite:" + database.file())
        .withHandle(handle ->
            String.join("; ", query.apply(handle).map((row, _) -> row.getString("detail")).list()));
  }

  private static Changes.Query by(Optional<String> actor, Optional<String> action) {
    return new Changes.Query(Optional.empty(), actor, action, Optional.empty(), Optional.empty());
  }

  private String planOf(Changes.Query query) {
    return plan(
        handle -> SqlChanges.conditions(query).query(handle, EXPLAIN + SqlChanges.SELECT, NEWEST));
  }

  @Test
  void changesAreFoundByWhoMadeThemAndWhatTheyAre() {
    assertThat(planOf(by(Optional.of("portal"), Optional.empty())))
        .isEqualTo("SEARCH admin_changes USING INDEX admin_changes_by_actor (actor=?)");
    assertThat(planOf(by(Optional.empty(), Optional.of("user.disable"))))
        .isEqualTo("SEARCH admin_changes USING INDEX admin_changes_by_action (action=?)");
  }

  @Test
  void whoHasHadANameIsFoundWithoutReadingAllChanges() {
    assertThat(plan(handle -> handle.createQuery(EXPLAIN + SqlChanges.BY_NAME).bind("name", "a")))
        .contains("admin_changes_by_name (subject_name=?)")
        .doesNotContain("SCAN");
  }

  @Test
  void attemptsAreFoundByTheirReason() {
    Conditions wanted = new Conditions().and("s.reason = :reason").with("reason", "revoked");
    assertThat(
            plan(handle ->
                wanted.query(
                    handle,
                    EXPLAIN + SqlSignIns.SELECT,
                    "ORDER BY s.last_at DESC, s.fold DESC LIMIT 100")))
        .contains("sign_ins_by_reason (reason=?)")
        .doesNotContain("TEMP B-TREE");
  }
}
