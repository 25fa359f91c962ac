package dev.postern.deploy.node;

import dev.postern.admin.AdminServer;
import dev.postern.admin.JvmMetrics;
import dev.postern.admin.MetricsRegistry;
import dev.postern.admin.SessionExemplars;
import dev.postern.admin.StoreMetrics;
import dev.postern.admin.api.ApiRoutes;
import dev.postern.admin.auth.AuthRoutes;
import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.webhook.SiteWatch;
import dev.postern.deploy.webhook.Webhooks;
import dev.postern.gateway.Gateway;
import dev.postern.gateway.Gateway.Newcomers;
import dev.postern.gateway.Gateway.Waiting;
import dev.postern.gateway.net.InheritedSockets;
import dev.postern.gateway.net.TakeOverDoor;
import dev.postern.gateway.observe.Metering;
import dev.postern.store.Store;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything that one process runs, wired by hand from the bottom up. */
public final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  private final Store store;
  private final Gateway gateway;
  private final AdminDesk admin;
  private final NodeHealth health;
  private final NodeConsents consents;
  private final NodeSite site;
  private final NodeAuth verification;
  private final Webhooks webhooks;
  private final PrometheusMeterRegistry metrics;
  private final Configuration configuration;
  private final WatchedFiles asRead;
  private final Deque<AutoCloseable> parts;
  private Optional<Reloading> followed = Optional.empty();

  private Node(
      Store store,
      Gateway gateway,
      AdminDesk admin,
      NodeHealth health,
      NodeConsents consents,
      NodeSite site,
      NodeAuth verification,
      Webhooks webhooks,
      PrometheusMeterRegistry metrics,
      Configuration configuration,
      WatchedFiles asRead,
      Deque<AutoCloseable> parts) {
    this.store = store;
    this.gateway = gateway;
    this.admin = admin;
    this.health = health;
    this.consents = consents;
    this.site = site;
    this.verification = verification;
    this.webhooks = webhooks;
    this.metrics = metrics;
    this.configuration = configuration;
    this.asRead = asRead;
    this.parts = parts;
  }

  /**
   * With ports that it binds itself; see {@link #start(Configuration, InheritedSockets, Clock)}.
   */
  public static Node start(Configuration configuration, Clock clock) {
    return start(configuration, InheritedSockets.none(), clock);
  }

  /**
   * Brings the schema up to date and starts everything; returns when all of it listens. If a part
   * does not start, the others are closed again and its exception is thrown.
   *
   * <p>The admin listeners start beside the rest, because an HTTP server takes about as long as all
   * of that; until the end they say that the node is still starting.
   *
   * @param configuration read just now
   * @param inherited listening sockets that were handed to us
   */
  public static Node start(Configuration configuration, InheritedSockets inherited, Clock clock) {
    WatchedFiles asRead = WatchedFiles.of(configuration);
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    PrometheusMeterRegistry metrics = MetricsRegistry.create();
    parts.push(metrics::close);
    SessionExemplars exemplars = SessionExemplars.beside(metrics);
    parts.push(exemplars);
    NodeHealth health = new NodeHealth();
    NodeConsents consents = new NodeConsents();
    NodeSite site = new NodeSite();
    site.follow(configuration);
    ApiRoutes api = new ApiRoutes(site, clock, metrics, NodeSite.version());
    NodeAuth verification = new NodeAuth();
    verification.follow(configuration);
    AuthRoutes auth = new AuthRoutes(verification, clock, metrics);
    CompletableFuture<AdminDesk> admin =
        CompletableFuture.supplyAsync(
            () -> AdminDesk.open(configuration.admin(), metrics, health, consents, api, auth),
            start -> Thread.ofPlatform().name("admin-start").start(start));
    // Closed last but one, so that a node that drains can still be looked at.
    parts.push(() ->
        admin.handle((desk, _) -> Optional.ofNullable(desk)).join().ifPresent(AdminDesk::close));
    try {
      parts.push(JvmMetrics.bindTo(metrics));
      Store store = Store.open(configuration.store(), Store.Schema.MIGRATE, clock);
      parts.push(store);
      Webhooks webhooks = new Webhooks(store.outbox(), clock, metrics);
      parts.push(webhooks);
      webhooks.follow(configuration.webhooks());
      store.joinAsNode(NodeName.ofProcess());
      consents.started(store);
      site.started(store);
      verification.started(store);
      consents.follow(configuration.gateway().oauthClients());
      StoreMetrics.bindTo(metrics, store.statistics());
      StoreMetrics.expectRenewals(metrics, configuration.gateway().oauthClients());
      Metering metering = new Metering(metrics, exemplars.timers(), exemplars::of);
      Gateway gateway = Gateway.start(configuration.gateway(), store, inherited, metering, clock);
      parts.push(gateway);
      AdminDesk desk = started(admin);
      parts.push(
          new SiteWatch(
              store.outbox(),
              NodeName.ofProcess(),
              gateway::upstreams,
              () -> shown(gateway, desk),
              clock));
      health.started(store, gateway);
      return new Node(
          store,
          gateway,
          desk,
          health,
          consents,
          site,
          verification,
          webhooks,
          metrics,
          configuration,
          asRead,
          parts);
    } catch (RuntimeException | Error failure) {
      closeAll(parts);
      throw failure;
    }
  }

  /** Waits for the admin listeners; what kept them from starting comes as it was thrown. */
  private static AdminDesk started(CompletableFuture<AdminDesk> admin) {
    try {
      return admin.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  /** The certificates of all listeners. */
  private static List<X509Certificate> shown(Gateway gateway, AdminDesk desk) {
    return Stream.concat(gateway.certificates().stream(), desk.server().certificates().stream())
        .distinct()
        .toList();
  }

  public Store store() {
    return store;
  }

  public Gateway gateway() {
    return gateway;
  }

  public AdminServer adminServer() {
    return admin.server();
  }

  /**
   * Reads the configuration again when it or a certificate changes, and when asked by the answer;
   * sessions go on.
   *
   * @param loader reads it as it was read for the start
   */
  public Runnable followConfiguration(ConfigLoader loader) {
    Reloading reloading = new Reloading(configuration, asRead, loader, this::reload, metrics);
    keep(reloading);
    followed = Optional.of(reloading);
    reloading.start();
    return reloading::request;
  }

  private void reload(Configuration next) {
    Runnable newKeys = admin.prepare(next.admin());
    gateway.reload(next.gateway());
    newKeys.run();
    store.reload(next.store());
    consents.follow(next.gateway().oauthClients());
    site.follow(next);
    verification.follow(next);
    StoreMetrics.expectRenewals(metrics, next.gateway().oauthClients());
    webhooks.follow(next.webhooks());
  }

  /**
   * Lets another process take the place of this one.
   *
   * @param socket a file that is made, for our own account alone
   * @return completes when one has; then this one is to drain
   */
  public CompletableFuture<Void> offerTakeOver(Path socket) {
    CompletableFuture<Void> succeeded = new CompletableFuture<>();
    ExecutorService executor =
        Executors.newSingleThreadExecutor(
            task -> Thread.ofPlatform().name("postern-take-over").daemon().unstarted(task));
    keep(() -> {
      executor.shutdown();
      // The successor waits for a word of ours.
      var _ = executor.awaitTermination(2, TimeUnit.SECONDS);
      executor.shutdownNow();
    });
    try {
      keep(
          gateway.offerTakeOver(
              socket,
              new TakeOverDoor.Succession() {
                @Override
                public void free() {
                  admin.leave();
                }

                @Override
                public void resume() {
                  admin.come();
                }

                @Override
                public void succeeded() {
                  succeeded.complete(null);
                }
              },
              executor));
    } catch (IOException trouble) {
      LOG.warn("serve --take-over will not find this process: {}", trouble.getMessage());
    }
    return succeeded;
  }

  /**
   * Takes no more clients and waits for those who are inside, as the configuration says; {@link
   * #close} ends what is left. The database is there for them meanwhile, so revocation works.
   *
   * @param hurry ends the wait at once
   */
  public void drain(Newcomers newcomers, CompletionStage<?> hurry, Consumer<Waiting> progress) {
    health.draining();
    store.drain();
    followed.ifPresent(Reloading::close);
    gateway.drain(newcomers, hurry, progress);
  }

  /** To be closed with the others, by whichever thread comes first. */
  private void keep(AutoCloseable part) {
    synchronized (parts) {
      parts.push(part);
    }
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
