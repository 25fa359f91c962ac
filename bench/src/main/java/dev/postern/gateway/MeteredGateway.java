package dev.postern.gateway;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.InheritedSockets;
import dev.postern.gateway.observe.Metering;
import dev.postern.store.Store;
import dev.postern.store.auth.Scope;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A gateway of all protocols in clear text on loopback, for what it shows of itself. */
public final class MeteredGateway implements AutoCloseable {
  private final Gateway gateway;

  private MeteredGateway(Gateway gateway) {
    this.gateway = gateway;
  }

  /**
   * Starts it.
   *
   * @param upstreams names; nothing listens there
   */
  public static MeteredGateway start(Store store, Metering metering, List<String> upstreams) {
    GatewayConfig config =
        new GatewayConfig(
            "bench.test",
            Stream.of(Scope.values()).map(MeteredGateway::listener).toList(),
            Optional.empty(),
            List.of(),
            TlsVersion.TLS_1_2,
            upstreams.stream()
                .collect(Collectors.toMap(Function.identity(), MeteredGateway::upstream)),
            List.of(),
            Limits.DEFAULT,
            Help.NONE,
            GatewayUnderTest.UNLIMITED,
            Drain.DEFAULT,
            CredentialBudget.DEFAULT);
    return new MeteredGateway(
        Gateway.start(config, store, InheritedSockets.none(), metering, Clock.systemUTC()));
  }

  private static Listener listener(Scope protocol) {
    return new Listener(protocol, "127.0.0.1", 0, Listener.Tls.NONE, Optional.empty());
  }

  private static Upstream upstream(String name) {
    return new Upstream(
        name,
        Stream.of(Scope.values())
            .collect(
                Collectors.toMap(
                    Function.identity(), _ -> new Endpoint("127.0.0.1", 1, Security.CLEAR))),
        Optional.empty(),
        new LoginMethod.StoredPassword());
  }

  @Override
  public void close() {
    gateway.close();
  }
}
