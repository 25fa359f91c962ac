package dev.postern.deploy.node;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.AdminServer;
import dev.postern.admin.ConsentDesk;
import dev.postern.admin.HealthSource;
import dev.postern.admin.api.ApiRoutes;
import dev.postern.admin.auth.AuthRoutes;
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

  private AdminConfig config;
  private final PrometheusMeterRegistry metrics;
  private final HealthSource health;
  private final ConsentDesk consents;
  private final ApiRoutes api;
  private final AuthRoutes auth;

  /** The newest, closed unless the state is open. */
  private AdminServer server;

  private State state = new State.Open();

  /** Where the listeners are. */
  private sealed interface State {
    /** Here. */
    record Open() implements State {}

    /** Left to another process. */
    record Away() implements State {}

    /** To be here again; tried each second. */
    record Coming(int failures) implements State {}

    record Closed() implements State {}
  }

  private AdminDesk(
      AdminConfig config,
      PrometheusMeterRegistry metrics,
      HealthSource health,
      ConsentDesk consents,
      ApiRoutes api,
      AuthRoutes auth) {
    this.config = config;
    this.metrics = metrics;
    this.health = health;
    this.consents = consents;
    this.api = api;
    this.auth = auth;
    this.server =
        AdminServer.start(config, ListenerKeys::read, metrics, health, consents, api, auth);
  }

  /** Binds and serves, {@link AdminServer#start}. */
  static AdminDesk open(
      AdminConfig config,
      PrometheusMeterRegistry metrics,
      HealthSource health,
      ConsentDesk consents,
      ApiRoutes api,
      AuthRoutes auth) {
    return new AdminDesk(config, metrics, health, consents, api, auth);
  }

  synchronized AdminServer server() {
    return server;
  }

  /**
   * Reads the keys of another configuration with the same addresses.
   *
   * @return puts them in use; requests under way are not touched
   * @throws dev.postern.gateway.GatewayException if a file cannot be used; then nothing is changed
   */
  synchronized Runnable prepare(AdminConfig next) {
    Runnable use = server.prepare(next, ListenerKeys::read);
    return () -> follow(next, use);
  }

  private synchronized void follow(AdminConfig next, Runnable use) {
    config = next;
    use.run();
  }

  /** Frees the addresses. */
  synchronized void leave() {
    switch (state) {
      case State.Open(), State.Away(), State.Coming(_) -> {
        state = new State.Away();
        server.close();
      }
      case State.Closed() -> {}
    }
  }

  /** Binds them again, or does so when whoever has them leaves. */
  synchronized void come() {
    switch (state) {
      case State.Away() -> {
        State.Coming first = new State.Coming(0);
        state = first;
        tryAgain(first);
      }
      case State.Open(), State.Coming(_), State.Closed() -> {}
    }
  }

  /**
   * @param expected the state that this try is of: one that was left since is not tried any more
   */
  private synchronized void tryAgain(State.Coming expected) {
    if (!state.equals(expected)) {
      return;
    }
    try {
      server = AdminServer.start(config, ListenerKeys::read, metrics, health, consents, api, auth);
      state = new State.Open();
      LOG.info("the admin listeners are open again");
    } catch (RuntimeException trouble) {
      // Also for want of a descriptor or the like: that passes, and nobody else comes to ask.
      LOG.atLevel(expected.failures() == 0 ? Level.WARN : Level.DEBUG)
          .log("the admin listeners are not open yet, tried each second: {}", trouble.getMessage());
      State.Coming next = new State.Coming(expected.failures() + 1);
      state = next;
      IN_A_SECOND.execute(() -> tryAgain(next));
    }
  }

  @Override
  public synchronized void close() {
    state = new State.Closed();
    server.close();
  }
}
