package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestConfig;
import dev.postern.store.testing.TestDatabase;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The feed alone is refused its connection, while those that are open already go on. */
class PostgresFeedRefusedTest extends StoreContract {
  private static final Duration SOON = Duration.ofSeconds(5);

  private String role = "";

  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }

  @BeforeEach
  void makeRoleThatIsCounted() {
    role = "counted_of_" + url().getPath().substring(1);
    run("CREATE ROLE " + role + " LOGIN");
    run("GRANT ALL ON SCHEMA public TO " + role);
  }

  @AfterEach
  void freeTheRole() {
    run("ALTER ROLE " + role + " CONNECTION LIMIT -1");
  }

  private URI url() {
    return switch (database) {
      case StoreConfig.Database.Postgres postgres -> postgres.url();
      case StoreConfig.Database.Sqlite(var file) -> throw new AssertionError(file);
    };
  }

  /** A node under that role, whose feed is then cut and refused; the store past it is elsewhere. */
  private Store nodeWithRefusedFeed() {
    URI asRole = URI.create(url().toString().replace("//postgres@", "//" + role + "@"));
    Store node =
        open(TestConfig.of(new StoreConfig.Database.Postgres(asRole, Optional.empty())), clock);
    await().until(() -> feeds() == 1);
    add(node, ALICE);
    run("ALTER ROLE " + role + " CONNECTION LIMIT 0");
    assertThat(query(feed("pg_terminate_backend(pid)::int"))).isPositive();
    return node;
  }

  private long feeds() {
    return query(feed("COUNT(*)"));
  }

  private String feed(String what) {
    return "SELECT "
        + what
        + " FROM pg_stat_activity WHERE application_name = 'postern-changes' AND usename = '"
        + role
        + "'";
  }

  @Test
  void hearsOfChangesOverThePool() {
    Store node = nodeWithRefusedFeed();
    Store elsewhere = open();
    IssuedAppPassword issued = create(elsewhere, ALICE);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(refusal(node, ALICE, issued.secret())).isEmpty());

    var _ = elsewhere.appPasswords().revoke(issued.appPassword().id(), "lost", TestConfig.ACTOR);

    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(refusal(node, ALICE, issued.secret())).contains(RejectReason.REVOKED));
    assertThat(feeds()).isZero();
  }

  @Test
  void goesOnLettingStrangersIn() {
    Store node = nodeWithRefusedFeed();
    Store elsewhere = open();
    for (int i = 0; i < 20; i++) {
      add(elsewhere, "stranger" + i);
      IssuedAppPassword issued = create(elsewhere, "stranger" + i);
      assertThat(refusal(node, "stranger" + i, issued.secret())).isEmpty();
    }
    assertThat(feeds()).isZero();
  }

  @Test
  void hasAConnectionOfItsOwnAgainWhenThereIsOne() {
    var _ = nodeWithRefusedFeed();
    run("ALTER ROLE " + role + " CONNECTION LIMIT -1");
    await().atMost(Duration.ofSeconds(20)).until(() -> feeds() == 1);
  }
}
