package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestConfig;
import dev.postern.store.testing.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Every connection is ended by the server, again and again, while people log in. */
class PostgresTerminationTest extends StoreContract {
  private static final int USERS = 40;
  private static final int LOGINS = 1_600;
  private static final int TERMINATE_EVERY = 200;

  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }

  @Test
  void feedUsesAndRecordSurviveTheEndOfEveryConnection() throws InterruptedException {
    Store elsewhere = open();
    List<IssuedAppPassword> issued = new ArrayList<>();
    for (int i = 0; i < USERS; i++) {
      add(elsewhere, user(i));
      issued.add(create(elsewhere, user(i)));
    }
    Store node = open();
    AtomicInteger accepted = new AtomicInteger();
    ConcurrentLinkedQueue<AuthOutcome> others = new ConcurrentLinkedQueue<>();
    AtomicInteger next = new AtomicInteger();
    try (LogLines log = new LogLines();
        ScheduledExecutorService clients = Executors.newScheduledThreadPool(2)) {
      var load =
          clients.scheduleAtFixedRate(
              () -> {
                int i = next.getAndIncrement();
                AuthOutcome outcome = verify(node, user(i % USERS), issued.get(i % USERS).secret());
                if (outcome instanceof Accepted) {
                  accepted.incrementAndGet();
                } else {
                  others.add(outcome);
                }
                if (i % TERMINATE_EVERY == 0) {
                  terminate();
                }
              },
              0,
              5,
              TimeUnit.MILLISECONDS);
      await().atMost(Duration.ofSeconds(60)).until(() -> next.get() >= LOGINS);
      boolean _ = load.cancel(false);
      clients.shutdown();
      assertThat(clients.awaitTermination(10, TimeUnit.SECONDS)).isTrue();

      assertThat(others).noneMatch(Rejected.class::isInstance);
      assertThat(accepted.get()).isGreaterThan(LOGINS - USERS);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(attempts(node)).isEqualTo(next.get()));
      var _ =
          elsewhere
              .appPasswords()
              .revoke(issued.getFirst().appPassword().id(), "lost", TestConfig.ACTOR);
      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(() ->
              assertThat(refusal(node, user(0), issued.getFirst().secret()))
                  .contains(RejectReason.REVOKED));
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() ->
              assertThat(issued)
                  .allMatch(made ->
                      elsewhere
                          .appPasswords()
                          .find(made.appPassword().id())
                          .orElseThrow()
                          .lastUse()
                          .isPresent()));
      assertThat(log.withStack()).isEmpty();
      assertThat(log.lines()).hasSizeLessThan(6 * (LOGINS / TERMINATE_EVERY));
    }
  }

  private static String user(int i) {
    return "user" + i + "@example.com";
  }

  private void terminate() {
    long ended =
        query(
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    assertThat(ended).isPositive();
  }

  private static long attempts(Store node) {
    return node.signIns().list(SignIns.Query.ALL, Optional.empty(), 1000).stream()
        .mapToLong(SignIns.Entry::attempts)
        .sum();
  }
}
