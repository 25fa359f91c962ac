package dev.postern.deploy.node;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.AdminServer;
import dev.postern.admin.HealthSource;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/**
 * The admin listeners, which two processes cannot have at once: this one leaves while another takes
 * over, and comes back if nothing becomes of that. Safe for use by several threads.
 */
final class AdminDesk implements AutoCloseable {
  private final AdminConfig config;
  private final PrometheusMeterRegistry metrics;
  private final HealthSource health;
  private AdminServer server;
  private boolean isClosed;

  private AdminDesk(AdminConfig config, PrometheusMeterRegistry metrics, HealthSource health) {
    this.config = config;
    this.metrics = metrics;
    this.health = health;
    this.server = AdminServer.start(config, metrics, health);
  }

  /** Binds and serves, {@link AdminServer#start}. */
  static AdminDesk open(AdminConfig config, PrometheusMeterRegistry metrics, HealthSource health) {
    return new AdminDesk(config, metrics, health);
  }

  synchronized AdminServer server() {
    return server;
  }

  /** Frees the addresses. */
  synchronized void leave() {
    server.close();
  }

  /** Binds them again. */
  synchronized void come() {
    if (!isClosed) {
      server = AdminServer.start(config, metrics, health);
    }
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    server.close();
  }
}
