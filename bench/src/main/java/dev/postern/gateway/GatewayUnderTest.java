package dev.postern.gateway;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.net.InheritedSockets;
import dev.postern.gateway.net.Transport;
import dev.postern.gateway.observe.Metering;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Verifier;
import dev.postern.store.sql.SqlStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/**
 * A gateway with one IMAP listener in clear text on loopback and no upstream: for attempts that are
 * refused, as many on one connection as one likes. It is in the gateway's package to have another
 * verifier put between.
 */
public final class GatewayUnderTest implements AutoCloseable {
  /** All that a benchmark opens comes from one address, of one user. */
  static final Caps UNLIMITED =
      new Caps(
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          OptionalInt.of(Integer.MAX_VALUE),
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          OptionalInt.of(Integer.MAX_VALUE),
          List.of());

  private final Gateway gateway;

  private GatewayUnderTest(Gateway gateway) {
    this.gateway = gateway;
  }

  /**
   * Starts it.
   *
   * @param verifier what stands between gateway and the store's verifier
   */
  public static GatewayUnderTest start(
      SqlStore store, UnaryOperator<Verifier> verifier, Duration failureDelay) {
    Duration hours = Duration.ofHours(12);
    GatewayConfig config =
        new GatewayConfig(
            "bench.test",
            List.of(new Listener(Scope.IMAP, "127.0.0.1", 0, Listener.Tls.NONE, Optional.empty())),
            Optional.empty(),
            List.of(),
            TlsVersion.TLS_1_2,
            Map.of(),
            List.of(),
            new Limits(failureDelay, hours, hours, Integer.MAX_VALUE, Map.of(Scope.IMAP, hours)),
            Help.NONE,
            UNLIMITED,
            Drain.DEFAULT,
            new CredentialBudget(OptionalInt.empty(), OptionalLong.empty(), OptionalLong.empty()));
    return new GatewayUnderTest(
        Gateway.start(
            config,
            new StoreAccess(
                verifier.apply(store.verifier()),
                store.signInLog(),
                store.secretBox(),
                store::onUserChanged,
                store::isCutOff),
            Transport.best(),
            InheritedSockets.none(),
            Metering.in(new SimpleMeterRegistry()),
            Clock.systemUTC()));
  }

  public InetSocketAddress address() {
    return gateway.listeners().getFirst().address();
  }

  @Override
  public void close() {
    gateway.close();
  }
}
