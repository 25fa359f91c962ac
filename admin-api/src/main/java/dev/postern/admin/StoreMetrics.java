package dev.postern.admin;

import com.zaxxer.hikari.HikariPoolMXBean;
import dev.postern.store.StoreStatistics;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The store's cache and database pool as metrics. Reading them costs no database access. */
public final class StoreMetrics {
  private StoreMetrics() {}

  /**
   * Registers them: {@code cache_*{cache="credentials"}} as Micrometer's Caffeine binder names
   * them, {@code hikaricp_connections*} as HikariCP's own tracker does, and {@code
   * postern_store_lookups_waiting}.
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

    FunctionCounter.builder("postern.row.alarms", store.rowAlarms(), Supplier::get)
        .description("Rows met that somebody else than Postern had written")
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
