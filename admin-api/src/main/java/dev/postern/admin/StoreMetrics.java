package dev.postern.admin;

import static java.util.Objects.requireNonNull;

import com.zaxxer.hikari.HikariPoolMXBean;
import dev.postern.store.StoreStatistics;
import dev.postern.store.auth.VerificationTimes;
import dev.postern.store.auth.VerificationTimes.Form;
import dev.postern.store.auth.VerificationTimes.Source;
import dev.postern.store.hash.BusyException;
import dev.postern.store.oauth.ConsentCount;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.TokenTrouble;
import dev.postern.store.policy.PolicyAnswers;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The store's cache and database pool as metrics. Reading them costs no database access. */
public final class StoreMetrics {
  private static final double MILLIS_PER_SECOND = 1000;

  /** Troubles of which the provider does not know. */
  private static final EnumSet<TokenTrouble.Kind> NOBODY_ASKED =
      EnumSet.of(
          TokenTrouble.Kind.STORE,
          TokenTrouble.Kind.NO_CONSENT,
          TokenTrouble.Kind.OTHER_REGISTRATION);

  private StoreMetrics() {}

  /**
   * Registers them: {@code cache_*{cache="credentials"}} as Micrometer's Caffeine binder names
   * them, {@code hikaricp_connections*} as HikariCP's own tracker does, and ours, docs/metrics.md.
   */
  public static void bindTo(MeterRegistry metrics, StoreStatistics store) {
    CaffeineCacheMetrics.monitor(metrics, store.credentialCache(), "credentials");

    HikariPoolMXBean pool = store.connectionPool();
    pool(metrics, pool, "", "Connections", HikariPoolMXBean::getTotalConnections);
    pool(metrics, pool, ".active", "In use", HikariPoolMXBean::getActiveConnections);
    pool(metrics, pool, ".idle", "Free", HikariPoolMXBean::getIdleConnections);
    pool(
        metrics,
        pool,
        ".pending",
        "Threads that wait for one",
        HikariPoolMXBean::getThreadsAwaitingConnection);

    Gauge.builder("postern.store.lookups.waiting", store.waitingLookups())
        .description("Credential look-ups that wait for the database")
        .strongReference(true)
        .register(metrics);

    // A counter holds its object weakly, and nobody else holds this one: its function does.
    Supplier<Long> alarms = store.rowAlarms();
    FunctionCounter.builder("postern.row.alarms", metrics, _ -> alarms.get())
        .description("Rows met that somebody else than Postern had written")
        .register(metrics);

    Gauge.builder("postern.verification.queue", store.waitingHashes())
        .description("Checks of app passwords that wait for a slow hash")
        .strongReference(true)
        .register(metrics);
    unmade(metrics, store);
    Gauge.builder(
            "postern.database.silence",
            () -> (double) store.sinceInTouch().get().toMillis() / MILLIS_PER_SECOND)
        .description("Seconds since the database last told this node what changes there are")
        .baseUnit("seconds")
        .strongReference(true)
        .register(metrics);
    times(metrics, store.verifications());
    policy(metrics, store.policyAnswers());
    store
        .renewals()
        .accept((upstream, outcome) -> renewals(metrics, upstream, outcome).increment());
    consents(metrics, store);
  }

  /**
   * Shows what may become of requests to these providers, so that the first of each kind is an
   * increase. May be called again.
   */
  public static void expectRenewals(MeterRegistry metrics, Collection<OAuthClient> clients) {
    for (OAuthClient client : clients) {
      var _ = renewals(metrics, client.upstream(), "renewed");
      for (TokenTrouble.Kind kind : EnumSet.complementOf(NOBODY_ASKED)) {
        var _ = renewals(metrics, client.upstream(), kind.word());
      }
    }
  }

  private static Counter renewals(MeterRegistry metrics, String upstream, String outcome) {
    return Counter.builder("postern.oauth.refresh")
        .description("Requests for access tokens, by what became of them")
        .tag("upstream", upstream)
        .tag("outcome", outcome)
        .register(metrics);
  }

  /** An upstream that is no longer configured goes on at 0. */
  private static void consents(MeterRegistry metrics, StoreStatistics store) {
    Map<String, AtomicLong> shown = new ConcurrentHashMap<>();
    store
        .consents()
        .accept(counts -> {
          shown.values().forEach(number -> number.set(0));
          for (ConsentCount count : counts) {
            shown
                .computeIfAbsent(
                    count.upstream() + "/" + count.state().word(), _ -> shown(metrics, count))
                .set(count.number());
          }
        });
  }

  private static AtomicLong shown(MeterRegistry metrics, ConsentCount count) {
    AtomicLong number = new AtomicLong();
    Gauge.builder("postern.oauth.accounts", number::get)
        .description("Users of an upstream by the state of their consent, of the whole site")
        .tag("upstream", count.upstream())
        .tag("state", count.state().word())
        .strongReference(true)
        .register(metrics);
    return number;
  }

  private static void policy(MeterRegistry metrics, PolicyAnswers answers) {
    for (PolicyAnswers.Kind kind : PolicyAnswers.Kind.values()) {
      FunctionCounter.builder("postern.policy.answers", metrics, _ -> answers.count(kind))
          .description("What the policy service said of logins")
          .tag("answer", kind.word())
          .register(metrics);
    }
  }

  /** A pool that is closed is of no interest to those who look at what runs. */
  private static void unmade(MeterRegistry metrics, StoreStatistics store) {
    for (BusyException.Why why : List.of(BusyException.Why.FULL, BusyException.Why.LATE)) {
      FunctionCounter.builder(
              "postern.verification.unmade", metrics, _ -> store.unmadeChecks().applyAsLong(why))
          .description("Slow hashes that somebody waited for and that were not computed")
          .tag("reason", why.word())
          .register(metrics);
    }
  }

  private static void times(MeterRegistry metrics, VerificationTimes verifications) {
    Map<Form, Map<Source, Timer>> timers = new EnumMap<>(Form.class);
    for (Form form : Form.values()) {
      Map<Source, Timer> bySource = new EnumMap<>(Source.class);
      for (Source source : Source.values()) {
        bySource.put(source, timer(metrics, form, source));
      }
      timers.put(form, bySource);
    }
    verifications.tell((form, source, nanos) ->
        requireNonNull(requireNonNull(timers.get(form)).get(source))
            .record(nanos, TimeUnit.NANOSECONDS));
  }

  /** Finer at the short end than any preset: a keyed check takes less than a microsecond. */
  private static Timer timer(MeterRegistry metrics, Form form, Source source) {
    return Timer.builder("postern.verification")
        .description("Checks of app passwords; of keyed ones from the cache one in 64 is timed")
        .tag("form", form.word())
        .tag("source", source.word())
        .serviceLevelObjectives(
            Duration.ofNanos(1_000),
            Duration.ofNanos(10_000),
            Duration.ofNanos(100_000),
            Duration.ofMillis(1),
            Duration.ofMillis(10),
            Duration.ofMillis(100),
            Duration.ofSeconds(1),
            Duration.ofSeconds(10))
        .register(metrics);
  }

  private static void pool(
      MeterRegistry metrics,
      HikariPoolMXBean pool,
      String suffix,
      String description,
      ToDoubleFunction<HikariPoolMXBean> value) {
    Gauge.builder("hikaricp.connections" + suffix, pool, value)
        .description(description)
        .tag("pool", "store")
        .strongReference(true)
        .register(metrics);
  }
}
