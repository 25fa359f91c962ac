package dev.postern.gateway;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.LoginMethod;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.sql.BenchConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process of its own with a gateway: IMAP in clear on loopback, behind a proxy who says from
 * where clients come, in front of a server in clear on loopback. Prints its port; ends when its
 * input does.
 */
public final class AttackedGateway {
  private AttackedGateway() {}

  /**
   * Runs it.
   *
   * @param arguments the SQLite file of its store, and the server's port
   */
  public static void main(String[] arguments) throws IOException {
    GatewayConfig config =
        new GatewayConfig(
            "bench.test",
            List.of(
                new Listener(
                    Scope.IMAP,
                    "127.0.0.1",
                    0,
                    Listener.Tls.NONE,
                    Optional.empty(),
                    List.of(Cidr.parse("127.0.0.0/8")))),
            Optional.empty(),
            TlsVersion.TLS_1_2,
            Map.of(
                "stub",
                new Upstream(
                    "stub",
                    Map.of(
                        Scope.IMAP,
                        new Endpoint("127.0.0.1", Integer.parseInt(arguments[1]), Security.CLEAR)),
                    Optional.empty(),
                    new LoginMethod.MasterUser(
                        "master", Secret.ofText("master-secret"), Optional.empty()))),
            List.of(new Route("*", "stub")),
            Limits.DEFAULT);
    try (Store store =
            Store.open(
                BenchConfig.of(new StoreConfig.Database.Sqlite(Path.of(arguments[0]))),
                Store.Schema.MIGRATE,
                Clock.systemUTC());
        Gateway gateway =
            Gateway.start(config, store, new SimpleMeterRegistry(), Clock.systemUTC())) {
      store.joinAsNode("bench");
      System.out.println("port " + gateway.listeners().getFirst().address().getPort());
      while (System.in.read() >= 0) {
        // Its end is what is waited for.
      }
    }
  }
}
