package dev.postern.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.postern.store.StoreStatistics;
import dev.postern.store.auth.VerificationTimes;
import dev.postern.store.hash.BusyException;
import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.ConsentCount;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Provider;
import dev.postern.store.oauth.RenewalEvents;
import dev.postern.store.policy.PolicyAnswers;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetersTest {
  private static final Pattern NAME = Pattern.compile("^# TYPE (\\S+) (\\S+)$", Pattern.MULTILINE);

  private final PrometheusMeterRegistry metrics = MetricsRegistry.create();

  @Test
  void showsTheStoresCacheAndPool() {
    Cache<String, String> cache = Caffeine.newBuilder().recordStats().maximumSize(10).build();
    cache.put("alice", "rows");
    assertThat(cache.getIfPresent("alice")).isEqualTo("rows");
    assertThat(cache.getIfPresent("bob")).isNull();

    StoreMetrics.bindTo(metrics, statistics(cache));

    assertThat(metrics.scrape().lines())
        .contains(
            "cache_gets_total{cache=\"credentials\",result=\"hit\"} 1.0",
            "cache_gets_total{cache=\"credentials\",result=\"miss\"} 1.0",
            "cache_size{cache=\"credentials\"} 1.0",
            "hikaricp_connections{pool=\"store\"} 5.0",
            "hikaricp_connections_active{pool=\"store\"} 2.0",
            "hikaricp_connections_idle{pool=\"store\"} 3.0",
            "hikaricp_connections_pending{pool=\"store\"} 4.0",
            "postern_store_lookups_waiting 7.0",
            "postern_database_silence_seconds 1.5");
  }

  @Test
  void countsRowAlarmsAlsoWhenNobodyElseHoldsTheirCounter() {
    Cache<String, String> cache = Caffeine.newBuilder().recordStats().maximumSize(10).build();
    AtomicLong alarms = new AtomicLong();
    StoreMetrics.bindTo(
        metrics,
        new StoreStatistics(
            cache,
            new FixedPool(),
            () -> 7,
            () -> alarms.get(),
            () -> 3,
            why -> why == BusyException.Why.FULL ? 5L : 6L,
            () -> Duration.ofMillis(1500),
            new VerificationTimes(Ticker.systemTicker()),
            new PolicyAnswers(),
            _ -> {},
            _ -> {}));
    WeakReference<Object> garbage = new WeakReference<>(new Object());
    await()
        .until(() -> {
          System.gc();
          return garbage.refersTo(null);
        });
    alarms.set(5);
    assertThat(metrics.scrape()).contains("postern_row_alarms_total 5.0");
  }

  @Test
  void explainsNettysMetersAndLeavesOurOwnAlone() {
    Gauge.builder("netty.allocator.memory.used", () -> 1).register(metrics);
    Gauge.builder("postern.sessions", () -> 1).register(metrics);

    assertThat(metrics.scrape())
        .contains("# HELP netty_allocator_memory_used Netty's allocator memory used")
        .doesNotContain("# HELP postern_sessions Netty");
  }

  @Test
  void showsTheJvm() {
    try (JvmMetrics jvm = JvmMetrics.bindTo(metrics)) {
      assertThat(jvm).isNotNull();
      assertThat(metrics.scrape())
          .contains("jvm_memory_used_bytes{", "jvm_threads_live_threads ", "jvm_gc_")
          .contains("process_files_open_files ", "process_uptime_seconds ");
    }
  }

  /**
   * The part of {@code promtool check metrics} that Micrometer's own binders have failed; the tool
   * itself is asked in the tests with real peers.
   */
  @Test
  void namesNoGaugeLikeAPartOfAHistogramOrACounter() {
    Cache<String, String> cache = Caffeine.newBuilder().recordStats().maximumSize(10).build();
    StoreMetrics.bindTo(metrics, statistics(cache));
    try (JvmMetrics jvm = JvmMetrics.bindTo(metrics)) {
      assertThat(jvm).isNotNull();
      List<String> gauges =
          NAME.matcher(metrics.scrape())
              .results()
              .filter(type -> type.group(2).equals("gauge"))
              .map(type -> type.group(1))
              .toList();
      assertThat(gauges)
          .isNotEmpty()
          .noneMatch(name -> name.matches(".*_(count|sum|bucket|total)"));
    }
  }

  @Test
  void showsHowLongChecksTakeAndHowManyWait() {
    VerificationTimes times = new VerificationTimes(Ticker.systemTicker());
    Cache<String, String> cache = Caffeine.newBuilder().recordStats().maximumSize(10).build();
    StoreMetrics.bindTo(
        metrics,
        new StoreStatistics(
            cache,
            new FixedPool(),
            () -> 7,
            () -> 2L,
            () -> 3,
            why -> why == BusyException.Why.FULL ? 5L : 6L,
            () -> Duration.ofMillis(1500),
            times,
            new PolicyAnswers(),
            _ -> {},
            _ -> {}));
    assertThat(metrics.scrape())
        .contains("postern_verification_queue 3.0")
        .contains("postern_verification_unmade_total{reason=\"full\"} 5.0")
        .contains("postern_verification_unmade_total{reason=\"late\"} 6.0")
        .contains("postern_verification_seconds_count{form=\"argon2id\",source=\"cache\"} 0")
        .contains("postern_policy_answers_total{answer=\"failure\"} 0.0");
  }

  @Test
  void countsRequestsForAccessTokensByOutcome() {
    Cache<String, String> cache = Caffeine.newBuilder().recordStats().maximumSize(10).build();
    List<RenewalEvents> listeners = new ArrayList<>();
    StoreMetrics.bindTo(metrics, statistics(cache, listeners::add));
    listeners.getFirst().renewed("office365", "renewed");
    listeners.getFirst().renewed("office365", "consent-ended");
    listeners.getFirst().renewed("office365", "renewed");
    assertThat(metrics.scrape())
        .contains("postern_oauth_refresh_total{outcome=\"renewed\",upstream=\"office365\"} 2.0")
        .contains(
            "postern_oauth_refresh_total{outcome=\"consent-ended\",upstream=\"office365\"} 1.0");
  }

  @Test
  void showsWhatMayBecomeOfRequestsForAccessTokensBeforeThereIsOne() {
    OAuthClient client =
        new OAuthClient(
            "office365",
            "postern",
            new ClientCredential.None(),
            new OAuthFlow.ClientCredentials(),
            new Provider.Discovered(URI.create("http://127.0.0.1/")),
            List.of(),
            Map.of(),
            Optional.empty());
    StoreMetrics.expectRenewals(metrics, List.of(client));
    StoreMetrics.expectRenewals(metrics, List.of(client));
    assertThat(metrics.scrape())
        .contains("postern_oauth_refresh_total{outcome=\"renewed\",upstream=\"office365\"} 0.0")
        .contains("postern_oauth_refresh_total{outcome=\"connect\",upstream=\"office365\"} 0.0")
        .doesNotContain("outcome=\"no-consent\"");
  }

  @Test
  void showsHowManyMustConsentAgainAndForgetsNoUpstream() {
    Cache<String, String> cache = Caffeine.newBuilder().recordStats().maximumSize(10).build();
    List<Consumer<List<ConsentCount>>> listeners = new ArrayList<>();
    StoreMetrics.bindTo(
        metrics,
        new StoreStatistics(
            cache,
            new FixedPool(),
            () -> 7,
            () -> 2L,
            () -> 3,
            why -> why == BusyException.Why.FULL ? 5L : 6L,
            () -> Duration.ofMillis(1500),
            new VerificationTimes(Ticker.systemTicker()),
            new PolicyAnswers(),
            _ -> {},
            listeners::add));
    listeners
        .getFirst()
        .accept(
            List.of(
                new ConsentCount("google", State.CONNECTED, 7),
                new ConsentCount("office365", State.NEEDS_CONSENT, 3)));
    assertThat(metrics.scrape())
        .contains("postern_oauth_accounts{state=\"connected\",upstream=\"google\"} 7.0")
        .contains("postern_oauth_accounts{state=\"needs-consent\",upstream=\"office365\"} 3.0");

    listeners.getFirst().accept(List.of(new ConsentCount("google", State.CONNECTED, 8)));
    assertThat(metrics.scrape())
        .contains("postern_oauth_accounts{state=\"connected\",upstream=\"google\"} 8.0")
        .contains("postern_oauth_accounts{state=\"needs-consent\",upstream=\"office365\"} 0.0");
  }

  private static StoreStatistics statistics(Cache<?, ?> cache) {
    return statistics(cache, _ -> {});
  }

  private static StoreStatistics statistics(Cache<?, ?> cache, Consumer<RenewalEvents> renewals) {
    return new StoreStatistics(
        cache,
        new FixedPool(),
        () -> 7,
        () -> 2L,
        () -> 3,
        why -> why == BusyException.Why.FULL ? 5L : 6L,
        () -> Duration.ofMillis(1500),
        new VerificationTimes(Ticker.systemTicker()),
        new PolicyAnswers(),
        renewals,
        _ -> {});
  }

  private static final class FixedPool implements HikariPoolMXBean {
    @Override
    public int getIdleConnections() {
      return 3;
    }

    @Override
    public int getActiveConnections() {
      return 2;
    }

    @Override
    public int getTotalConnections() {
      return 5;
    }

    @Override
    public int getThreadsAwaitingConnection() {
      return 4;
    }

    @Override
    public void softEvictConnections() {}

    @Override
    public void suspendPool() {}

    @Override
    public void resumePool() {}
  }
}
