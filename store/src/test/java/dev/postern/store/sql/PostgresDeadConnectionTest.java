package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.UserChange;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The change feed gets over the loss of its connection, however that comes about. */
class PostgresDeadConnectionTest {
  private static final String ALICE = "alice@example.com";

  /** Less than the patience of other connections, so that the feed's own is what counts. */
  private static final Duration A_FEW_SECONDS = Duration.ofSeconds(8);

  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

  private final TestClock clock = TestClock.standing();
  private final PostgresServer server = PostgresServer.shared();
  private final CuttableProxy proxy = new CuttableProxy(server.port());
  private final URI behindProxy = server.freshUrl("127.0.0.1", proxy.port());
  private final URI direct =
      URI.create(behindProxy.toString().replace(":" + proxy.port(), ":" + server.port()));
  private final Store elsewhere = open(direct);
  private final Store node = open(behindProxy);
  private final Set<UserChange> told = ConcurrentHashMap.newKeySet();
  private UserChange changed = new UserChange.OfAnybody();

  private Store open(URI url) {
    return Store.open(
        TestConfig.of(new StoreConfig.Database.Postgres(url, Optional.empty())),
        Store.Schema.MIGRATE,
        clock);
  }

  @BeforeEach
  void awaitTheFeed() {
    node.onUserChanged(told::add);
    var _ = elsewhere.users().add(ALICE, Optional.empty(), Optional.empty(), TestConfig.ACTOR);
    changed =
        new UserChange.OfUser(elsewhere.users().find(ALICE).orElseThrow().id(), clock.instant());
    await().atMost(A_FEW_SECONDS).until(() -> told.contains(changed));
    told.clear();
  }

  @AfterEach
  void close() {
    node.close();
    elsewhere.close();
    proxy.close();
    server.discard(new StoreConfig.Database.Postgres(direct, Optional.empty()));
  }

  @Test
  void aConnectionThatTheServerEndsIsReplaced() {
    server.run(
        direct,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE application_name = 'postern-changes' AND datname = current_database()");
    var _ = elsewhere.users().disable(ALICE, "left", TestConfig.ACTOR);

    await().atMost(A_FEW_SECONDS).until(() -> told.contains(changed));
    assertThat(told).doesNotContain(new UserChange.OfAnybody());
  }

  /** As when a standby takes over that had not received the last change, and makes others. */
  @Test
  void aServerWithAnotherPastMakesEverythingCountAsChanged() {
    proxy.cut();
    server.run(direct, "UPDATE changes SET user_id = 'somebody-else'");
    server.run(direct, "INSERT INTO changes (number, user_id, at) VALUES (2, 'another', 0)");
    server.run(direct, "UPDATE change_counter SET number = 2");
    proxy.mend();

    await().atMost(A_FEW_SECONDS).until(() -> told.contains(new UserChange.OfAnybody()));
  }

  /** A second is what users are promised; twice that is what a busy machine may take. */
  @Test
  void aConnectionThatSaysNothingAnyMoreIsReplacedAtOnceAndSoIsTheNextOne() {
    for (int time = 0; time < 2; time++) {
      proxy.silence();
      var _ =
          time == 0
              ? elsewhere.users().disable(ALICE, "left", TestConfig.ACTOR)
              : elsewhere.users().enable(ALICE, TestConfig.ACTOR);

      await().atMost(TWO_SECONDS).until(() -> told.contains(changed));
      assertThat(told).doesNotContain(new UserChange.OfAnybody());
      told.clear();
    }
  }
}
