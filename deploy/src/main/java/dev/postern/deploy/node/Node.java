package dev.postern.deploy.node;

import dev.postern.admin.AdminServer;
import dev.postern.admin.JvmMetrics;
import dev.postern.admin.MetricsRegistry;
import dev.postern.admin.StoreMetrics;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.Gateway;
import dev.postern.store.Store;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything that one process runs, wired by hand from the bottom up. */
public final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  private final Store store;
  private final Gateway gateway;
  private final AdminServer adminServer;
  private final Deque<AutoCloseable> parts;

  private Node(Store store, Gateway gateway, AdminServer adminServer, Deque<AutoCloseable> parts) {
    this.store = store;
    this.gateway = gateway;
    this.adminServer = adminServer;
    this.parts = parts;
  }

  /**
   * Brings the schema up to date and starts everything; returns when all of it listens. If a part
   * does not start, the others are closed again and its exception is thrown.
   *
   * <p>The admin listeners start beside the rest, because an HTTP server takes about as long as all
   * of that; until the end they say that the node is still starting.
   */
  public static Node start(Configuration configuration, Clock clock) {
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    PrometheusMeterRegistry metrics = MetricsRegistry.create();
    parts.push(metrics::close);
    NodeHealth health = new NodeHealth();
    CompletableFuture<AdminServer> admin =
        CompletableFuture.supplyAsync(
            () -> AdminServer.start(configuration.admin(), metrics, health),
            start -> Thread.ofPlatform().name("admin-start").start(start));
    // Closed last but one, so that a node that drains can still be looked at.
    parts.push(() ->
        admin
            .handle((server, _) -> Optional.ofNullable(server))
            .join()
            .ifPresent(AdminServer::close));
    try {
      parts.push(JvmMetrics.bindTo(metrics));
      Store store = Store.open(configuration.store(), Store.Schema.MIGRATE, clock);
      parts.push(store);
      store.joinAsNode(NodeName.ofProcess());
      StoreMetrics.bindTo(metrics, store.statistics());
      Gateway gateway = Gateway.start(configuration.gateway(), store, metrics, clock);
      parts.push(gateway);
      AdminServer adminServer = started(admin);
      health.started(store, gateway);
      return new Node(store, gateway, adminServer, parts);
    } catch (RuntimeException | Error failure) {
      closeAll(parts);
      throw failure;
    }
  }

  /** Waits for the admin listeners; what kept them from starting comes as it was thrown. */
  private static AdminServer started(CompletableFuture<AdminServer> admin) {
    try {
      return admin.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  public Store store() {
    return store;
  }

  public Gateway gateway() {
    return gateway;
  }

  public AdminServer adminServer() {
    return adminServer;
  }

  /** Stops everything, the newest part first; closing twice is harmless. */
  @Override
  public void close() {
    closeAll(parts);
  }

  /** Also called by a shutdown hook while another thread closes: that thread's work is awaited. */
  private static void closeAll(Deque<AutoCloseable> parts) {
    synchronized (parts) {
      while (!parts.isEmpty()) {
        AutoCloseable part = parts.pop();
        try {
          part.close();
        } catch (Exception failure) {
          LOG.warn("{} did not close cleanly", part.getClass().getSimpleName(), failure);
        }
      }
    }
  }
}
