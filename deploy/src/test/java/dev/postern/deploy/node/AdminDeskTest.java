package dev.postern.deploy.node;

import static org.awaitility.Awaitility.await;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.AdminConfig.Bind;
import dev.postern.admin.AdminException;
import dev.postern.admin.MetricsRegistry;
import dev.postern.admin.api.ApiRoutes;
import dev.postern.admin.auth.AuthRoutes;
import dev.postern.store.testing.FreePorts;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdminDeskTest {
  private final PrometheusMeterRegistry metrics = MetricsRegistry.create();

  @AfterEach
  void close() {
    metrics.close();
  }

  @Test
  void comesBackAsSoonAsTheAddressIsFree() throws IOException {
    int port = FreePorts.one();
    try (AdminDesk desk = open(port)) {
      desk.leave();
      ServerSocket successor = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
      desk.come();
      successor.close();

      await().until(() -> isAnswered(port));
    }
  }

  @Test
  void doesNotComeBackInTheWayOfTheNextOne() throws IOException {
    int port = FreePorts.one();
    try (AdminDesk desk = open(port)) {
      desk.leave();
      try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        desk.come();
      }
      desk.leave();

      await().during(Duration.ofSeconds(2)).until(() -> !isAnswered(port));
    }
  }

  private AdminDesk open(int port) throws AdminException {
    return AdminDesk.open(
        new AdminConfig(new Bind("127.0.0.1", port), Optional.empty()),
        metrics,
        new NodeHealth(),
        new NodeConsents(),
        new ApiRoutes(new NodeSite(), Clock.systemUTC(), metrics, NodeSite.version()),
        new AuthRoutes(new NodeAuth(), Clock.systemUTC(), metrics));
  }

  private static boolean isAnswered(int port) {
    try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }
}
