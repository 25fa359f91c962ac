package dev.postern.admin;

import dev.postern.admin.api.ApiRoutes;
import io.javalin.config.RoutesConfig;
import io.javalin.http.BadRequestResponse;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The whole URL table, and what is said where nothing is. */
final class Routes {
  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);

  private static final String OVERRIDE = "X-HTTP-Method-Override";

  private final MetricsResource metrics;
  private final HealthResource health;
  private final ConsentResource consents;
  private final ApiRoutes api;

  Routes(
      PrometheusMeterRegistry metrics, HealthSource health, ConsentDesk consents, ApiRoutes api) {
    this.metrics = new MetricsResource(metrics);
    this.api = api;
    this.consents = new ConsentResource(consents);
    this.health =
        new HealthResource(new RecentHealth(health, System::nanoTime, Duration.ofSeconds(3)));
  }

  /** What the metrics listener serves; the admin listener too if there is no other. */
  void operations(RoutesConfig routes) {
    everywhere(routes);
    routes.get("/metrics", metrics::get);
    routes.get("/health/live", health::live);
    routes.get("/health/ready", health::ready);
  }

  /** What the admin listener serves beside that. */
  void administration(RoutesConfig routes) {
    routes.get("/oauth/callback", consents::get);
    api.addTo(routes);
  }

  /** The rules of every listener. */
  void everywhere(RoutesConfig routes) {
    routes.before(request -> SecurityHeaders.ALL.forEach(request::header));
    failures(routes);
  }

  /** What is said where nothing is, or fails. */
  static void failures(RoutesConfig routes) {
    routes.before(Routes::refuseOverride);
    routes.exception(HttpResponseException.class, Routes::refuse);
    routes.exception(Exception.class, Routes::fail);
  }

  /** Javalin takes it for the method, which whoever looks at requests on their way does not. */
  private static void refuseOverride(Context request) {
    if (request.header(OVERRIDE) != null) {
      throw new BadRequestResponse();
    }
  }

  private static void refuse(HttpResponseException refusal, Context request) {
    int status = refusal.getStatus();
    String detail =
        switch (status) {
          case 404 -> "There is nothing at this address.";
          case 405 -> "This address does not take this method.";
          case 413 -> "The request's body is too long.";
          default -> "The request was refused.";
        };
    if (status == 405) {
      request.header("Allow", allowed(refusal));
    }
    new Problem(status, detail).answer(request);
  }

  /** As the router found them; RFC 9110 §10.2.1. */
  private static String allowed(HttpResponseException refusal) {
    return Optional.ofNullable(refusal.getDetails().get("availableMethods"))
        .map(methods -> methods.contains("GET") ? methods + ", HEAD" : methods)
        .orElse("GET, HEAD");
  }

  private static void fail(Exception failure, Context request) {
    // The path is one of ours: an unknown one never gets as far as failing.
    LOG.error("answering {} {} failed", request.method().name(), request.path(), failure);
    new Problem(500, "The server failed; its log says why.").answer(request);
  }
}
