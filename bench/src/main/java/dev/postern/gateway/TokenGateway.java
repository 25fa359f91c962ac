package dev.postern.gateway;

import dev.postern.bench.TokenEndpoint;
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
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.sql.BenchConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process of its own with a gateway: IMAP on loopback in clear, in front of a server in clear on
 * loopback that takes access tokens. Prints its port; ends with its input.
 */
public final class TokenGateway {
  private TokenGateway() {}

  /**
   * Runs it.
   *
   * @param arguments the database, a file or {@code postgresql://…}; the server's port; the token
   *     endpoint
   */
  public static void main(String[] arguments) throws IOException {
    OAuthClient client = TokenEndpoint.client(URI.create(arguments[2]));
    GatewayConfig config =
        new GatewayConfig(
            "bench.test",
            List.of(new Listener(Scope.IMAP, "127.0.0.1", 0, Listener.Tls.NONE, Optional.empty())),
            Optional.empty(),
            List.of(),
            TlsVersion.TLS_1_2,
            Map.of(
                TokenEndpoint.UPSTREAM,
                new Upstream(
                    TokenEndpoint.UPSTREAM,
                    Map.of(
                        Scope.IMAP,
                        new Endpoint("127.0.0.1", Integer.parseInt(arguments[1]), Security.CLEAR)),
                    Optional.empty(),
                    new LoginMethod.OAuth2(client, LoginMethod.Quirks.NONE))),
            List.of(new Route("*", TokenEndpoint.UPSTREAM)),
            Limits.DEFAULT,
            Help.NONE,
            GatewayUnderTest.UNLIMITED,
            Drain.DEFAULT,
            CredentialBudget.DEFAULT);
    try (Store store =
            Store.open(
                BenchConfig.of(database(arguments[0])), Store.Schema.MIGRATE, Clock.systemUTC());
        Gateway gateway =
            Gateway.start(
                config,
                store,
                InheritedSockets.none(),
                Metering.in(new SimpleMeterRegistry()),
                Clock.systemUTC())) {
      store.tokens().follow(List.of(client));
      store.joinAsNode("bench");
      System.out.println("port " + gateway.listeners().getFirst().address().getPort());
      while (System.in.read() >= 0) {
        // It ends with its input.
      }
    }
  }

  /** That of the command line. */
  public static StoreConfig.Database database(String text) {
    return text.startsWith("postgresql:")
        ? new StoreConfig.Database.Postgres(URI.create(text), Optional.empty())
        : new StoreConfig.Database.Sqlite(Path.of(text));
  }
}
