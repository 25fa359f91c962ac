package dev.postern.deploy.node;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.AdminException;
import dev.postern.admin.AdminServer;
import dev.postern.admin.HealthSource;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin listeners, which two processes cannot have at once: this one leaves while another takes
 * over, and comes back if nothing becomes of that, as soon as the addresses are free. Safe for use
 * by several threads.
 */
final class AdminDesk implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AdminDesk.class);

  private static final Executor IN_A_SECOND =
      CompletableFuture.delayedExecutor(
          1,
          TimeUnit.SECONDS,
          task -> {
            Thread _ = Thread.ofVirtual().name("admin-desk").start(task);
          });

  private final AdminConfig config;
  private final PrometheusMeterRegistry metrics;
  private final HealthSource health;
  private AdminServer server;
  private State state = State.OPEN;

  private enum State {
    OPEN,
    AWAY,
    COMING,
    CLOSED
  }

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
    if (state != State.CLOSED) {
      state = State.AWAY;
      server.close();
    }
  }

  /** Binds them again, or does so when whoever has them leaves. */
  synchronized void come() {
    if (state == State.AWAY) {
      state = State.COMING;
      if (!isBack()) {
        LOG.warn("the admin addresses are still in use; tried again each second");
        IN_A_SECOND.execute(this::tryAgain);
      }
    }
  }

  private synchronized void tryAgain() {
    if (state == State.COMING) {
      if (isBack()) {
        LOG.info("the admin listeners are open again");
      } else {
        IN_A_SECOND.execute(this::tryAgain);
      }
    }
  }

  private boolean isBack() {
    try {
      server = AdminServer.start(config, metrics, health);
      state = State.OPEN;
      return true;
    } catch (AdminException _) {
      return false;
    }
  }

  @Override
  public synchronized void close() {
    state = State.CLOSED;
    server.close();
  }
}
