package dev.postern.gateway;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.AdminServer;
import dev.postern.admin.MetricsRegistry;
import dev.postern.admin.SessionExemplars;
import dev.postern.admin.StoreMetrics;
import dev.postern.admin.api.ApiRoutes;
import dev.postern.bench.BenchSite;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.InheritedSockets;
import dev.postern.gateway.observe.Metering;
import dev.postern.store.Store;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.sql.BenchConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process of its own with a gateway, IMAP on loopback in clear in front of a server in clear, and
 * with the admin API beside it. Prints {@code ports} and those of both; ends with its input.
 */
public final class ManagedGateway {
  private ManagedGateway() {}

  /**
   * Runs it.
   *
   * @param arguments the database, a file or {@code postgresql://…}, and the server's port
   */
  public static void main(String[] arguments) throws IOException {
    PrometheusMeterRegistry metrics = MetricsRegistry.create();
    try (SessionExemplars exemplars = SessionExemplars.beside(metrics);
        Store store =
            Store.open(
                BenchConfig.of(TokenGateway.database(arguments[0])),
                Store.Schema.MIGRATE,
                Clock.systemUTC())) {
      StoreMetrics.bindTo(metrics, store.statistics());
      try (Gateway gateway =
              Gateway.start(
                  config(Integer.parseInt(arguments[1])),
                  store,
                  InheritedSockets.none(),
                  new Metering(metrics, exemplars.timers(), exemplars::of),
                  Clock.systemUTC());
          AdminServer admin =
              AdminServer.start(
                  new AdminConfig(new AdminConfig.Bind("127.0.0.1", 0), Optional.empty()),
                  metrics,
                  List::of,
                  (_, _) -> Optional.empty(),
                  new ApiRoutes(new BenchSite(store), Clock.systemUTC(), metrics, "bench"))) {
        store.joinAsNode("bench");
        System.out.println(
            "ports "
                + gateway.listeners().getFirst().address().getPort()
                + " "
                + admin.adminAddress().getPort());
        while (System.in.read() >= 0) {
          // It ends with its input.
        }
      }
    }
  }

  private static GatewayConfig config(int upstreamPort) {
    return new GatewayConfig(
        "bench.test",
        List.of(new Listener(Scope.IMAP, "127.0.0.1", 0, Listener.Tls.NONE, Optional.empty())),
        Optional.empty(),
        List.of(),
        TlsVersion.TLS_1_2,
        Map.of(
            "stub",
            new Upstream(
                "stub",
                Map.of(Scope.IMAP, new Endpoint("127.0.0.1", upstreamPort, Security.CLEAR)),
                Optional.empty(),
                new LoginMethod.MasterUser(
                    "master", Secret.ofText("master-secret"), Optional.empty()))),
        List.of(new Route("*", "stub")),
        Limits.DEFAULT,
        Help.NONE,
        GatewayUnderTest.UNLIMITED,
        Drain.DEFAULT,
        CredentialBudget.DEFAULT);
  }
}
