package dev.postern.deploy.node;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.AdminServer;
import dev.postern.admin.HealthSource;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

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
  private int tries;
  private boolean isSaid;

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
      tries++;
      tryTo(tries);
    }
  }

  /**
   * @param series of tries: one that a {@link #leave} has ended does not go on
   */
  private synchronized void tryTo(int series) {
    if (state != State.COMING || series != tries) {
      return;
    }
    try {
      server = AdminServer.start(config, metrics, health);
      state = State.OPEN;
      LOG.info("the admin listeners are open again");
    } catch (RuntimeException trouble) {
      // Also for want of a descriptor or the like: that passes, and nobody else comes to ask.
      LOG.atLevel(isSaid ? Level.DEBUG : Level.WARN)
          .log("the admin listeners are not open yet, tried each second: {}", trouble.getMessage());
      isSaid = true;
      IN_A_SECOND.execute(() -> tryTo(series));
      return;
    }
    isSaid = false;
  }

  @Override
  public synchronized void close() {
    state = State.CLOSED;
    server.close();
  }
}
