package dev.postern.store.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.ConsentCount;
import dev.postern.store.oauth.IdleConsents;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.seal.AesGcmSecretBox;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import dev.postern.store.testing.TestConfig;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Consents that nobody uses, over a database; rounds are driven by hand. */
abstract class IdleConsentsContract extends StoreContract {
  private static final int ROUNDS_IN_A_MINUTE = 60 / IdleConsents.SECONDS;

  private final ScriptedProvider provider = new ScriptedProvider();
  private final OAuthClient client = OAuthClients.consent(provider.tokenEndpoint());
  private final AtomicLong nanos = new AtomicLong();
  private final List<SqlStore> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(SqlStore::close);
    provider.close();
  }

  private SqlStore node(String name) {
    SqlStore node =
        SqlStore.open(TestConfig.of(database), true, clock, nanos::get, new SecureRandom());
    nodes.add(node);
    node.joinAsNode(name);
    node.oauth().tokens().follow(List.of(client));
    return node;
  }

  /** Rows as {@code connect} would have written them that long ago, the last one the oldest. */
  private void consents(SqlStore node, int number, Duration youngest) {
    OAuthAccountTable table = table(node);
    Instant first = clock.instant().minus(youngest);
    node.database()
        .write(handle -> {
          users(handle, number);
          for (int i = 0; i < number; i++) {
            table.put(handle, row(table, i, first), first.minusSeconds(i));
          }
          return number;
        });
  }

  private static OAuthAccountTable table(SqlStore node) {
    return new OAuthAccountTable(
        node.database().dialect(),
        new AesGcmSecretBox(List.of(TestConfig.key("s1", 101)), new SecureRandom()),
        TestConfig.rowChecks());
  }

  private static void users(Handle handle, int number) {
    PreparedBatch batch =
        handle.prepareBatch(
            "INSERT INTO users (id, name, created_at, created_by, version, signature)"
                + " VALUES (:id, :name, 0, 'test', 1, '')");
    for (int i = 0; i < number; i++) {
      batch.bind("id", id(i)).bind("name", "user" + i + "@example.com").add();
    }
    batch.execute();
  }

  private OAuthAccountRow row(OAuthAccountTable table, int i, Instant at) {
    return new OAuthAccountRow(
        id(i),
        OAuthClients.UPSTREAM,
        State.CONNECTED,
        "",
        at,
        Optional.empty(),
        client.registration(),
        at,
        "test",
        1,
        table.seal(Secret.ofText(provider.consent()), id(i), OAuthClients.UPSTREAM, 1),
        1);
  }

  private static String id(int i) {
    return "%032x".formatted(i);
  }

  private void round(SqlStore node) {
    node.idleConsents().round(Duration.ZERO).orTimeout(60, SECONDS).join();
  }

  private long idle() {
    return query(
        "SELECT COUNT(*) FROM oauth_accounts WHERE state = 'connected' AND refreshed_at < "
            + clock.instant().minus(Duration.ofDays(30)).toEpochMilli());
  }

  @Test
  void tenThousandAreWorkedOffAtABoundedRateTheLongestUnusedFirst() {
    SqlStore node = node("mx1/1");
    consents(node, 10_000, Duration.ofDays(31));
    provider.voidOldTokens();
    for (int minute = 1; idle() > 0; minute++) {
      for (int i = 0; i < ROUNDS_IN_A_MINUTE; i++) {
        round(node);
        nanos.addAndGet(Duration.ofSeconds(IdleConsents.SECONDS).toNanos());
      }
      int asked = provider.requests().size();
      assertThat(asked).isGreaterThan(0).isLessThanOrEqualTo(50 * minute);
      assertThat(idle()).isEqualTo(10_000 - asked);
      if (minute == 1) {
        assertThat(
                query(
                    "SELECT COUNT(*) FROM oauth_accounts WHERE generation = 2"
                        + " AND user_id >= '"
                        + id(10_000 - asked)
                        + "'"))
            .isEqualTo(asked);
      }
    }
    assertThat(provider.requests()).hasSize(10_000);
    assertThat(query("SELECT COUNT(*) FROM oauth_accounts WHERE generation = 2")).isEqualTo(10_000);
  }

  @Test
  void whoWasUsedLatelyIsLeftAlone() {
    SqlStore node = node("mx1/1");
    consents(node, 8, Duration.ofDays(30).minusSeconds(60));
    round(node);
    round(node);
    assertThat(provider.requests()).isEmpty();
    clock.advance(Duration.ofSeconds(58));
    round(node);
    assertThat(provider.requests()).hasSize(4); // those of users 3 to 7 are due; four at once
  }

  @Test
  void roundsThatOverlapHaveNoMoreThanFourUnderWay() {
    SqlStore node = node("mx1/1");
    consents(node, 40, Duration.ofDays(31));
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    provider.script(_ -> {
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      now.decrementAndGet();
      return Answer.tokens("at", "rt");
    });
    while (idle() > 0) {
      var _ = node.idleConsents().round(Duration.ofMillis(5));
      round(node);
    }
    assertThat(most).hasValue(4);
    assertThat(provider.requests()).hasSize(40);
  }

  @Test
  void consentThatHasEndedIsMarkedAndNotAskedForAgain() {
    SqlStore node = node("mx1/1");
    consents(node, 3, Duration.ofDays(31));
    provider.script(_ -> Answer.error("invalid_grant", "AADSTS700082: expired"));
    round(node);
    round(node);
    assertThat(provider.requests()).hasSize(3);
    assertThat(
            query(
                "SELECT COUNT(*) FROM oauth_accounts WHERE state = 'needs-consent'"
                    + " AND state_reason = 'invalid_grant AADSTS700082'"))
        .isEqualTo(3);
  }

  @Test
  void whatFailsIsNotTriedAgainWithinTheHourAndHoldsNobodyUp() {
    SqlStore node = node("mx1/1");
    consents(node, 12, Duration.ofDays(31));
    run("UPDATE oauth_accounts SET sealed = 'v1:s1:broken' WHERE user_id >= '" + id(6) + "'");
    round(node);
    round(node);
    assertThat(provider.requests())
        .hasSize(2); // four and two of the broken ones, two of the others
    round(node);
    round(node);
    assertThat(provider.requests()).hasSize(6);
    assertThat(idle()).isEqualTo(6);
    long alarms = node.statistics().rowAlarms().get();
    assertThat(alarms).isPositive();
    nanos.addAndGet(Duration.ofMinutes(59).toNanos());
    round(node);
    round(node);
    assertThat(node.statistics().rowAlarms().get()).isEqualTo(alarms);
    nanos.addAndGet(Duration.ofMinutes(2).toNanos());
    round(node);
    round(node);
    assertThat(node.statistics().rowAlarms().get()).isGreaterThan(alarms);
  }

  @Test
  void providerThatFailsIsLeftInPeace() {
    SqlStore node = node("mx1/1");
    consents(node, 40, Duration.ofDays(31));
    provider.script(_ -> new Answer(503, "text/html", "<h1>later</h1>", Map.of()));
    for (int i = 0; i < 20; i++) {
      round(node);
    }
    assertThat(provider.requests()).hasSizeLessThanOrEqualTo(4);
    assertThat(idle()).isEqualTo(40);

    provider.mend();
    await()
        .atMost(30, SECONDS)
        .until(() -> {
          nanos.addAndGet(Duration.ofSeconds(1).toNanos());
          round(node);
          return idle() <= 4; // those that were tried wait for their hour
        });
  }

  @Test
  void twoNodesNeverRenewOneTwice() {
    SqlStore one = node("mx1/1");
    SqlStore other = node("mx2/1");
    for (SqlStore node : nodes) {
      await().atMost(15, SECONDS).until(() -> node.sessionRegistry().liveNodes() == 2);
    }
    consents(one, 40, Duration.ofDays(31));
    provider.delay(Duration.ofMillis(20));
    while (idle() > 0) {
      CompletableFuture.allOf(
              one.idleConsents().round(Duration.ZERO), other.idleConsents().round(Duration.ZERO))
          .orTimeout(60, SECONDS)
          .join();
    }
    assertThat(provider.requests()).hasSize(40);
    assertThat(query("SELECT COUNT(*) FROM oauth_accounts WHERE generation = 2")).isEqualTo(40);
  }

  @Test
  void consentsOfAnUpstreamThatIsGoneHoldNobodyUp() {
    SqlStore node = node("mx1/1");
    consents(node, 12, Duration.ofDays(31));
    run("UPDATE oauth_accounts SET upstream = 'gone' WHERE user_id >= '" + id(4) + "'");
    round(node);
    assertThat(provider.requests()).hasSize(4);
    assertThat(idle()).isEqualTo(8);
  }

  @Test
  void whoFailedAndIsGoneMakesNoRoomForMore() {
    SqlStore node = node("mx1/1");
    consents(node, 12, Duration.ofDays(31));
    run("UPDATE oauth_accounts SET sealed = 'v1:s1:broken' WHERE user_id >= '" + id(8) + "'");
    round(node);
    run("DELETE FROM oauth_accounts WHERE user_id >= '" + id(8) + "'");
    round(node);
    assertThat(provider.requests()).hasSize(4);
  }

  @Test
  void upstreamThatIsNotConfiguredIsNotAsked() {
    SqlStore node = node("mx1/1");
    consents(node, 4, Duration.ofDays(31));
    node.oauth().tokens().follow(List.of(OAuthClients.site(provider.tokenEndpoint())));
    round(node);
    assertThat(provider.requests()).isEmpty();
  }

  @Test
  void consentsAreCountedByStateAndAreThereAtNought() {
    SqlStore node = node("mx1/1");
    ConsentCounting counting =
        new ConsentCounting(node.database(), table(node), node.oauth().tokens());
    AtomicReference<List<ConsentCount>> told = new AtomicReference<>(List.of());
    counting.tell(told::set);
    assertThat(told.get())
        .containsExactly(count(State.CONNECTED, 0), count(State.NEEDS_CONSENT, 0));
    consents(node, 5, Duration.ofDays(31));
    run("UPDATE oauth_accounts SET state = 'needs-consent' WHERE user_id = '" + id(2) + "'");
    counting.run();
    assertThat(told.get())
        .containsExactly(count(State.CONNECTED, 4), count(State.NEEDS_CONSENT, 1));
    node.oauth().tokens().follow(List.of());
    counting.run();
    assertThat(told.get()).isEmpty();
  }

  private static ConsentCount count(State state, long number) {
    return new ConsentCount(OAuthClients.UPSTREAM, state, number);
  }
}
