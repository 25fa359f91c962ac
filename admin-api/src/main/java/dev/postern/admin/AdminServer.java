package dev.postern.admin;

import dev.postern.admin.api.ApiRoutes;
import io.javalin.config.RoutesConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

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
   * In clear, {@link #start(AdminConfig, TlsKeys.Reader, PrometheusMeterRegistry, HealthSource,
   * ConsentDesk, ApiRoutes)}.
   */
  public static AdminServer start(
      AdminConfig config,
      PrometheusMeterRegistry metrics,
      HealthSource health,
      ConsentDesk consents,
      ApiRoutes api) {
    return start(config, AdminServer::withoutKeys, metrics, health, consents, api);
  }

  private static TlsKeys withoutKeys(HttpSecurity.Tls files) {
    throw new IllegalArgumentException("nothing reads " + files.certificate());
  }

  /**
   * Binds and serves; returns when all listeners answer.
   *
   * @param keys reads the files of listeners that speak TLS; what it throws comes as it is
   * @param health asked for {@code /health/ready}, at most once a second
   * @param consents told of browsers that come back from a provider
   * @param api what operators manage this with
   * @throws AdminException if an address cannot be bound, or would be in clear where others reach
   *     it; nothing is left running then
   */
  public static AdminServer start(
      AdminConfig config,
      TlsKeys.Reader keys,
      PrometheusMeterRegistry metrics,
      HealthSource health,
      ConsentDesk consents,
      ApiRoutes api) {
    Routes routes = new Routes(metrics, health, consents, api);
    Optional<HttpListener> own =
        config.metrics().map(bind -> HttpListener.start("metrics", bind, keys, routes::operations));
    try {
      Consumer<RoutesConfig> others = own.isPresent() ? routes::everywhere : routes::operations;
      Consumer<RoutesConfig> table = others.andThen(routes::administration);
      return new AdminServer(HttpListener.start("admin", config.admin(), keys, table), own);
    } catch (RuntimeException failure) {
      own.ifPresent(HttpListener::close);
      throw failure;
    }
  }

  /**
   * Reads the files of listeners that speak TLS.
   *
   * @param next the addresses that there are, in their security alone otherwise, and TLS where that
   *     was
   * @return puts what was read in use for connections that begin then; open ones go on as they are
   */
  public Runnable prepare(AdminConfig next, TlsKeys.Reader keys) {
    Runnable ofAdmin = admin.prepare(next.admin(), keys);
    Runnable ofMetrics =
        metrics
            .flatMap(own -> next.metrics().map(bind -> own.prepare(bind, keys)))
            .orElse(() -> {});
    return () -> {
      ofAdmin.run();
      ofMetrics.run();
    };
  }

  /** The certificates that are shown there now. */
  public List<X509Certificate> certificates() {
    return Stream.concat(Stream.of(admin), metrics.stream())
        .flatMap(listener -> listener.certificate().stream())
        .distinct()
        .toList();
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
