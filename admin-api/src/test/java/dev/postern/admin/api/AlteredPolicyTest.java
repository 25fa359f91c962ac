package dev.postern.admin.api;

import static dev.postern.admin.api.Answers.assertProblem;
import static dev.postern.admin.api.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.StoreConfig.Database.Sqlite;
import dev.postern.store.access.Role;
import dev.postern.store.testing.SqliteFiles;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A policy that somebody else than Postern changed: nothing is made under it until it is set. */
class AlteredPolicyTest {
  private static final String PLACE = "/api/v1/policy/domains/example.com";

  private final Path folder;
  private ApiServer server;

  AlteredPolicyTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void alter() throws Exception {
    Sqlite database = (Sqlite) new SqliteFiles(folder).fresh();
    server = new ApiServer(database);
    assertThat(set("{\"limit\": 1}").statusCode()).isEqualTo(200);
    run(database, "UPDATE policies SET rules = replace(rules, '1', '7') WHERE kind = 'domain'");
    assertProblem(server.get(Role.ADMIN, PLACE), 409, "state");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void isReplaced() throws Exception {
    assertThat(set("{\"limit\": 2}").statusCode()).isEqualTo(200);
    assertThat(json(server.get(Role.ADMIN, PLACE)).path("limit").intValue()).isEqualTo(2);
  }

  @Test
  void isCleared() throws Exception {
    assertThat(server.delete(Role.ADMIN, PLACE).statusCode()).isEqualTo(204);
    assertThat(json(server.get(Role.ADMIN, PLACE)).path("limit").isNull()).isTrue();
  }

  private HttpResponse<String> set(String rules) throws Exception {
    return server.send(Role.ADMIN, "PUT", PLACE, rules);
  }

  private static void run(Sqlite database, String statement) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database.file());
        Statement run = connection.createStatement()) {
      boolean _ = run.execute("PRAGMA busy_timeout = 10000");
      assertThat(run.executeUpdate(statement)).isEqualTo(1);
    }
  }
}
