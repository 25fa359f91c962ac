package dev.postern.gateway;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
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
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.sql.BenchConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A process of its own with a gateway: IMAP on loopback in clear, and with TLS if it is told where
 * a certificate is, behind a proxy who says from where clients come, in front of a server in clear
 * on loopback. Prints its ports, and what memory it holds for each line of its input; ends with
 * that. {@code -Dtotal} and {@code -Dbefore-login} are how many connections there may be.
 */
public final class AttackedGateway {
  private AttackedGateway() {}

  /**
   * Runs it.
   *
   * @param arguments the SQLite file of its store, the server's port, and a folder with a
   *     certificate if there is one
   */
  public static void main(String[] arguments) throws IOException {
    Optional<CertificateFiles> certificate =
        Stream.of(arguments)
            .skip(2)
            .map(Path::of)
            .map(folder ->
                new CertificateFiles(folder.resolve("cert.pem"), folder.resolve("key.pem")))
            .findFirst();
    GatewayConfig config =
        new GatewayConfig(
            "bench.test",
            certificate.isEmpty()
                ? List.of(listener(Listener.Tls.NONE))
                : List.of(listener(Listener.Tls.NONE), listener(Listener.Tls.IMPLICIT)),
            certificate,
            List.of(),
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
            Limits.DEFAULT,
            Help.NONE,
            caps(),
            Drain.DEFAULT,
            CredentialBudget.DEFAULT);
    try (Store store =
            Store.open(
                BenchConfig.of(new StoreConfig.Database.Sqlite(Path.of(arguments[0]))),
                Store.Schema.MIGRATE,
                Clock.systemUTC());
        Gateway gateway =
            Gateway.start(
                config,
                store,
                InheritedSockets.none(),
                Metering.in(new SimpleMeterRegistry()),
                Clock.systemUTC())) {
      store.joinAsNode("bench");
      System.out.println(
          "ports "
              + gateway.listeners().stream()
                  .map(bound -> Integer.toString(bound.address().getPort()))
                  .collect(Collectors.joining(" ")));
      while (System.in.read() >= 0) {
        System.out.println("memory " + heap() + " " + buffers() + " " + resident());
      }
    }
  }

  private static Listener listener(Listener.Tls tls) {
    return new Listener(
        Scope.IMAP, "127.0.0.1", 0, tls, Optional.empty(), List.of(Cidr.parse("127.0.0.0/8")));
  }

  private static Caps caps() {
    Caps usual = Caps.DEFAULT;
    return new Caps(
        usual.perCredential(),
        usual.perUser(),
        usual.perUserAndNetwork(),
        number("total"),
        usual.perAddress(),
        usual.perKnownNetwork(),
        number("before-login"),
        List.of());
  }

  private static OptionalInt number(String property) {
    Integer value = Integer.getInteger(property);
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private static long heap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long buffers() {
    var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
    return metric.usedDirectMemory() + metric.usedHeapMemory();
  }

  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }
}
