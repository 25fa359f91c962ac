package dev.postern.admin;

import dev.postern.admin.AdminConfig.Bind;
import dev.postern.admin.api.ApiRoutes;
import dev.postern.admin.auth.AuthRoutes;
import io.javalin.config.RoutesConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The running admin and metrics listeners, and the one where other programs have logins verified.
 *
 * <p>With a metrics listener, {@code /metrics} and {@code /health} are there and not on the admin
 * port: the one may then be opened to the monitoring without opening the other.
 */
public final class AdminServer implements AutoCloseable {
  private final HttpListener admin;
  private final Optional<HttpListener> metrics;
  private final Optional<HttpListener> authService;

  private AdminServer(
      HttpListener admin, Optional<HttpListener> metrics, Optional<HttpListener> authService) {
    this.admin = admin;
    this.metrics = metrics;
    this.authService = authService;
  }

  /**
   * In clear, {@link #start(AdminConfig, TlsKeys.Reader, PrometheusMeterRegistry, HealthSource,
   * ConsentDesk, ApiRoutes, AuthRoutes)}, verifying nothing for anybody.
   */
  public static AdminServer start(
      AdminConfig config,
      PrometheusMeterRegistry metrics,
      HealthSource health,
      ConsentDesk consents,
      ApiRoutes api) {
    return start(config, AdminServer::withoutKeys, metrics, health, consents, api);
  }

  /** The same without the listener for other programs. */
  public static AdminServer start(
      AdminConfig config,
      TlsKeys.Reader keys,
      PrometheusMeterRegistry metrics,
      HealthSource health,
      ConsentDesk consents,
      ApiRoutes api) {
    return start(config, keys, metrics, health, consents, api, Optional.empty());
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
   * @param auth what other programs have logins verified with
   * @throws AdminException if an address cannot be bound, or would be in clear where others reach
   *     it; nothing is left running then
   */
  public static AdminServer start(
      AdminConfig config,
      TlsKeys.Reader keys,
      PrometheusMeterRegistry metrics,
      HealthSource health,
      ConsentDesk consents,
      ApiRoutes api,
      AuthRoutes auth) {
    return start(config, keys, metrics, health, consents, api, Optional.of(auth));
  }

  private static AdminServer start(
      AdminConfig config,
      TlsKeys.Reader keys,
      PrometheusMeterRegistry metrics,
      HealthSource health,
      ConsentDesk consents,
      ApiRoutes api,
      Optional<AuthRoutes> auth) {
    Routes routes = new Routes(metrics, health, consents, api);
    Deque<HttpListener> started = new ArrayDeque<>();
    try {
      Optional<HttpListener> own =
          config.metrics().map(bind -> few("metrics", bind, keys, routes::operations));
      own.ifPresent(started::push);
      Optional<HttpListener> service =
          auth.flatMap(table -> config.authService().map(bind -> service(bind, keys, table)));
      service.ifPresent(started::push);
      Consumer<RoutesConfig> others = own.isPresent() ? routes::everywhere : routes::operations;
      Consumer<RoutesConfig> table = others.andThen(routes::administration);
      return new AdminServer(few("admin", config.admin(), keys, table), own, service);
    } catch (RuntimeException failure) {
      started.forEach(HttpListener::close);
      throw failure;
    }
  }

  private static HttpListener few(
      String name, Bind bind, TlsKeys.Reader keys, Consumer<RoutesConfig> routes) {
    return HttpListener.start(name, bind, HttpListener.CONNECTIONS, keys, routes);
  }

  /** Without the headers that are for browsers: nginx has little room for an answer. */
  private static HttpListener service(Bind bind, TlsKeys.Reader keys, AuthRoutes auth) {
    Consumer<RoutesConfig> failures = Routes::failures;
    return HttpListener.start(
        "auth-service", bind, AuthRoutes.CONNECTIONS, keys, failures.andThen(auth::addTo));
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
    Runnable ofService =
        authService
            .flatMap(own -> next.authService().map(bind -> own.prepare(bind, keys)))
            .orElse(() -> {});
    return () -> {
      ofAdmin.run();
      ofMetrics.run();
      ofService.run();
    };
  }

  /** The certificates that are shown there now. */
  public List<X509Certificate> certificates() {
    return Stream.of(Stream.of(admin), metrics.stream(), authService.stream())
        .flatMap(listeners -> listeners)
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

  /** The address for other programs, if there is one. */
  public Optional<InetSocketAddress> authServiceAddress() {
    return authService.map(HttpListener::address);
  }

  /** Stops listening; requests under way get two seconds to end. */
  @Override
  public void close() {
    metrics.ifPresent(HttpListener::close);
    authService.ifPresent(HttpListener::close);
    admin.close();
  }
}
