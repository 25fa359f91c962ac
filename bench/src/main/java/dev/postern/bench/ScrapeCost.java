package dev.postern.bench;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.AdminServer;
import dev.postern.admin.JvmMetrics;
import dev.postern.admin.MetricsRegistry;
import dev.postern.admin.SessionExemplars;
import dev.postern.admin.StoreMetrics;
import dev.postern.admin.api.ApiRoutes;
import dev.postern.gateway.MeteredGateway;
import dev.postern.gateway.net.RegisteredSessions;
import dev.postern.gateway.observe.Metering;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.sql.BenchConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a scrape of {@code /metrics} costs without a session and with very many: over HTTP, of
 * everything that a node shows, in both formats. {@code -Dsessions} (50,000), {@code -Dupstreams}
 * (10), {@code -Dscrapes} (300 of each).
 */
public final class ScrapeCost {
  private static final int SESSIONS = Integer.getInteger("sessions", 50_000);
  private static final int UPSTREAMS = Integer.getInteger("upstreams", 10);
  private static final int SCRAPES = Integer.getInteger("scrapes", 300);
  private static final int WARM = 100;
  private static final double NANOS_PER_MILLI = 1e6;

  private ScrapeCost() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("scrape");
    List<String> upstreams =
        IntStream.range(0, UPSTREAMS).mapToObj(number -> "upstream" + number).toList();
    PrometheusMeterRegistry metrics = MetricsRegistry.create();
    try (SessionExemplars exemplars = SessionExemplars.beside(metrics);
        JvmMetrics _ = JvmMetrics.bindTo(metrics);
        Store store =
            Store.open(
                BenchConfig.of(new StoreConfig.Database.Sqlite(folder.resolve("bench.db"))),
                Store.Schema.MIGRATE,
                Clock.systemUTC())) {
      StoreMetrics.bindTo(metrics, store.statistics());
      Metering metering = new Metering(metrics, exemplars.timers(), exemplars::of);
      try (RegisteredSessions sessions = new RegisteredSessions(store, metering, upstreams);
          MeteredGateway _ = MeteredGateway.start(store, metering, upstreams);
          AdminServer server =
              AdminServer.start(
                  new AdminConfig(new AdminConfig.Bind("127.0.0.1", 0), Optional.empty()),
                  metrics,
                  List::of,
                  (_, _) -> Optional.empty(),
                  new ApiRoutes(new BenchSite(store), Clock.systemUTC(), metrics, "bench"));
          HttpClient client = HttpClient.newHttpClient()) {
        URI page = URI.create("http://127.0.0.1:" + server.metricsAddress().getPort() + "/metrics");
        measure(client, page, 0);
        sessions.enter(SESSIONS);
        measure(client, page, SESSIONS);
      }
    } finally {
      Folders.delete(folder);
    }
  }

  private static void measure(HttpClient client, URI page, int sessions)
      throws IOException, InterruptedException {
    for (String format : List.of("text/plain", "application/openmetrics-text")) {
      HttpRequest request = HttpRequest.newBuilder(page).header("Accept", format).build();
      double[] millis = new double[SCRAPES];
      String body = "";
      double first = 0;
      long busy = 0;
      for (int i = -WARM; i < SCRAPES; i++) {
        if (i == 0) {
          busy = processorNanos();
        }
        long start = System.nanoTime();
        body = client.send(request, BodyHandlers.ofString()).body();
        double took = (System.nanoTime() - start) / NANOS_PER_MILLI;
        if (i == -WARM) {
          first = took;
        } else if (i >= 0) {
          millis[i] = took;
        }
      }
      busy = processorNanos() - busy;
      if (!body.contains("postern_sessions{protocol=\"imap\"} " + (double) sessions)) {
        throw new IllegalStateException("the page does not show " + sessions + " sessions");
      }
      System.out.printf(
          "%,d sessions, %s: %,d series, %d KB; the first %.1f ms, then least %.2f, p50 %.2f, p99 %.2f,"
              + " most %.2f ms; processor %.2f ms, client included%n",
          sessions,
          format,
          body.lines().filter(line -> !line.startsWith("#")).count(),
          body.length() >> 10,
          first,
          Percentiles.of(millis, 0),
          Percentiles.of(millis, 0.5),
          Percentiles.of(millis, 0.99),
          Percentiles.of(millis, 1),
          busy / NANOS_PER_MILLI / SCRAPES);
    }
  }

  private static long processorNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
  }
}
