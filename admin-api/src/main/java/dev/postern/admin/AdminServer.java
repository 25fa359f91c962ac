package dev.postern.admin;

import dev.postern.admin.api.ApiRoutes;
import io.javalin.config.RoutesConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The running admin and metrics listeners.
 *
 * <p>With a metrics listener, {@code /metrics} and {@code /health} are there and not on the admin
 * port: the one may then be opened to the monitoring without opening the other.
 */
public final class AdminServer implements AutoCloseable {
  private final HttpListener admin;
  private final Optional<HttpListener> metrics;

  private AdminServer(HttpListener admin, Optional<HttpListener> metrics) {
    this.admin = admin;
    this.metrics = metrics;
  }

  /**
   * Binds and serves; returns when all listeners answer.
   *
   * @param health asked for {@code /health/ready}, at most once a second
   * @param consents told of browsers that come back from a provider
   * @param api what operators manage this with
   * @throws AdminException if an address cannot be bound or is not loopback; nothing is left
   *     running then
   */
  public static AdminServer start(
      AdminConfig config,
      PrometheusMeterRegistry metrics,
      HealthSource health,
      ConsentDesk consents,
      ApiRoutes api) {
    Routes routes = new Routes(metrics, health, consents, api);
    Optional<HttpListener> own =
        config.metrics().map(bind -> HttpListener.start("metrics", bind, routes::operations));
    try {
      Consumer<RoutesConfig> others = own.isPresent() ? routes::everywhere : routes::operations;
      Consumer<RoutesConfig> table = others.andThen(routes::administration);
      return new AdminServer(HttpListener.start("admin", config.admin(), table), own);
    } catch (RuntimeException failure) {
      own.ifPresent(HttpListener::close);
      throw failure;
    }
  }

  public InetSocketAddress adminAddress() {
    return admin.address();
  }

  /** The metrics listener's address, the admin one's if there is no other. */
  public InetSocketAddress metricsAddress() {
    return metrics.orElse(admin).address();
  }

  /** Stops listening; requests under way get two seconds to end. */
  @Override
  public void close() {
    metrics.ifPresent(HttpListener::close);
    admin.close();
  }
}
