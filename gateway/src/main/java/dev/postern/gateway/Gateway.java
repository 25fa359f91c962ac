package dev.postern.gateway;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.net.Arrangement;
import dev.postern.gateway.net.ConnectionCaps;
import dev.postern.gateway.net.DescriptorLimit;
import dev.postern.gateway.net.Engine;
import dev.postern.gateway.net.InheritedSockets;
import dev.postern.gateway.net.Listeners;
import dev.postern.gateway.net.LiveSessions;
import dev.postern.gateway.net.LoginServices;
import dev.postern.gateway.net.LoginTraces;
import dev.postern.gateway.net.MailboxLogins;
import dev.postern.gateway.net.Roster;
import dev.postern.gateway.net.SessionCaps;
import dev.postern.gateway.net.TakeOverDoor;
import dev.postern.gateway.net.TlsContexts;
import dev.postern.gateway.net.Transport;
import dev.postern.gateway.net.UpstreamReporter;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.gateway.net.Upstreams;
import dev.postern.gateway.observe.Metering;
import dev.postern.gateway.observe.RefusalLog;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.gateway.observe.SessionEventsFanOut;
import dev.postern.gateway.observe.SessionLog;
import dev.postern.gateway.observe.SessionMetrics;
import dev.postern.gateway.observe.TraceLog;
import dev.postern.store.Store;
import dev.postern.store.auth.Scope;
import dev.postern.store.tickets.TicketKeys;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway: its listeners, its sessions, its view of the upstreams. Safe for use by
 * several threads.
 */
public final class Gateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
  private static final long LAST_WORK_SECONDS = 2;

  private final StoreAccess store;
  private final Engine engine;
  private final Listeners listeners;
  private final ExecutorService suspending;
  private final ScheduledExecutorService budgets;
  private final SessionMetrics sessionMetrics;
  private final SessionEvents events;
  private final LiveSessions live;
  private final Roster roster;
  private final ConnectionCaps connections;
  private final SessionCaps sessions;
  private final MailboxLogins mailboxes;
  private final LoginTraces traces;
  private final MeterRegistry metrics;
  private final Clock clock;
  private final Supplier<String> sessionIds = sessionIds();
  private volatile InForce inForce;

  /** The configuration, and what was made of it. */
  private record InForce(GatewayConfig config, Upstreams upstreams) {}

  private Gateway(
      GatewayConfig config,
      StoreAccess store,
      Transport transport,
      InheritedSockets inherited,
      Metering metering,
      Clock clock) {
    this.store = store;
    this.metrics = metering.registry();
    this.clock = clock;
    sessionMetrics = new SessionMetrics(metering, protocols(config), config.upstreams().keySet());
    events =
        new SessionEventsFanOut(
            List.of(
                sessionMetrics,
                new SessionLog(clock),
                new RefusalLog(System::nanoTime),
                new TraceLog()));
    LOG.info("sockets are driven by {}", transport.word());
    engine = new Engine(Doors.PROTOCOLS, transport, store.tickets());
    listeners = engine.listeners(inherited);
    live = new LiveSessions(store.verifier(), events, clock, engine.timer());
    suspending = Executors.newSingleThreadExecutor(thread("gateway-suspensions"));
    budgets = Executors.newSingleThreadScheduledExecutor(thread("gateway-budgets"));
    roster = new Roster(store.sessions(), config.budget(), store.suspender(), suspending, clock);
    connections = new ConnectionCaps(config.caps(), places(config), store.networks());
    sessions = new SessionCaps(config.caps(), store.sessions()::liveNodes);
    traces = new LoginTraces(store.traces());
    mailboxes = new MailboxLogins(store.sessions()::liveNodes, UpstreamFailure::backoff);
    try {
      inForce = new InForce(config, engine.upstreams(config, clock));
      // Before the first session there can be: a change must not come between the two.
      store.changes().accept(live::changed);
      live.watch(store.isCutOff());
      roster.watch(budgets);
      listeners.arrange(arrangement(inForce));
      engine.bindTo(metrics);
      roster.bindTo(metrics);
      Engine.showCertificate(() -> inForce.upstreams(), metrics, clock);
      Engine.showCircuits(() -> inForce.upstreams(), metrics);
      inForce.upstreams().probes().start();
      store.upstreams().accept(new UpstreamReporter(() -> inForce.upstreams(), clock));
    } catch (RuntimeException e) {
      listeners.close(config.limits().timeouts().stop());
      engine.close();
      budgets.shutdownNow();
      suspending.shutdownNow();
      throw e;
    }
  }

  /**
   * Starts listening.
   *
   * @param store outlives the gateway
   * @param inherited listening sockets that were handed to us; others are bound
   * @param metering gets the gateway's meters
   * @throws GatewayException if a port cannot be had or a certificate cannot be used; nothing is
   *     left running then
   */
  public static Gateway start(
      GatewayConfig config,
      Store store,
      InheritedSockets inherited,
      Metering metering,
      Clock clock) {
    return start(config, StoreAccess.of(store), inherited.transport(), inherited, metering, clock);
  }

  /** As above, with the parts a test may replace. */
  static Gateway start(
      GatewayConfig config,
      StoreAccess store,
      Transport transport,
      InheritedSockets inherited,
      Metering metering,
      Clock clock) {
    checkCertificate(config);
    return new Gateway(config, store, transport, inherited, metering, clock);
  }

  /**
   * Puts another configuration in force. Connections that come from now on are served by it, those
   * that are there already go on as they are. Ports that stay are not touched.
   *
   * @throws GatewayException if a port cannot be had or a certificate cannot be used; then
   *     everything is as before
   */
  public synchronized void reload(GatewayConfig config) {
    checkCertificate(config);
    InForce before = inForce;
    InForce next = new InForce(config, engine.upstreams(config, clock));
    next.upstreams().watch().learnFrom(before.upstreams().watch());
    sessionMetrics.expect(protocols(config), config.upstreams().keySet());
    try {
      listeners.arrange(arrangement(next));
    } catch (RuntimeException e) {
      next.upstreams().retire();
      throw e;
    }
    inForce = next;
    connections.limit(config.caps(), places(config));
    sessions.limit(config.caps());
    roster.limit(config.budget());
    Engine.showCertificate(() -> inForce.upstreams(), metrics, clock);
    Engine.showCircuits(() -> inForce.upstreams(), metrics);
    next.upstreams().probes().start();
    before.upstreams().retire();
  }

  /**
   * Loads every certificate, key and CA as serving does.
   *
   * @throws GatewayException if a file cannot be used for what the configuration wants of it
   */
  public static void checkTls(GatewayConfig config) {
    TlsContexts.load(config, TicketKeys.none()).close();
  }

  /**
   * Asks every upstream what it offers, without listening and without logging in. One where every
   * login would fail for what it does not offer is down too.
   *
   * @param deadline for all of them together; one that has not answered then is down
   * @throws GatewayException if a certificate file cannot be used
   */
  public static List<UpstreamHealth> probe(GatewayConfig config, Duration deadline) {
    try (Engine engine = new Engine(Doors.PROTOCOLS, Transport.best(), TicketKeys.none())) {
      Upstreams upstreams = engine.upstreams(config);
      upstreams.probes().askOnce(deadline).join();
      Shortfalls shortfalls = new Shortfalls(config, upstreams.watch());
      return upstreams.watch().healths().stream().map(shortfalls::judge).toList();
    }
  }

  /** The listeners as bound, in the configuration's order. */
  public List<Bound> listeners() {
    return listeners.bound();
  }

  /** What is known of each upstream endpoint, from probes and logins. */
  public List<UpstreamHealth> upstreams() {
    return inForce.upstreams().watch().healths();
  }

  /** The certificates that clients may be shown. */
  public List<X509Certificate> certificates() {
    return inForce.upstreams().contexts().certificates();
  }

  /**
   * Stops listening and waits for those who are inside, as the configuration's {@link Drain} says;
   * {@link #close} ends what is left.
   *
   * @param hurry ends the wait at once
   */
  public void drain(Newcomers newcomers, CompletionStage<?> hurry, Consumer<Waiting> progress) {
    listeners.drain(
        inForce.config().drain(),
        newcomers,
        hurry,
        waiting -> {
          LOG.info(
              "stopping: {} sessions and {} clients before their login are left, for {} s at most",
              waiting.sessions(),
              waiting.beforeLogin(),
              waiting.atMost().toSeconds());
          progress.accept(waiting);
        });
  }

  /**
   * Lets another process take the place of this one: {@code succession} is told when it does.
   *
   * @param socket a file that is made, for our own account alone; closing removes it
   * @param executor runs the succession's methods
   * @throws IOException if that cannot be
   */
  public TakeOverDoor offerTakeOver(
      Path socket, TakeOverDoor.Succession succession, Executor executor) throws IOException {
    return engine.takeOverDoor(socket, listeners, succession, executor);
  }

  /** What becomes of clients that wait for a command before their login while we drain. */
  public enum Newcomers {
    /** They are told to come again. */
    TURNED_AWAY,
    /** They may stay for a while: new ones are served by another process. */
    SERVED_ELSEWHERE
  }

  /**
   * What a gateway that drains waits for.
   *
   * @param atMost until it ends them
   */
  public record Waiting(int sessions, int beforeLogin, Duration atMost) {}

  /**
   * Stops listening, says goodbye to clients that are not logged in, ends sessions, suspends what
   * went over its budget; returns when all is closed, within the configured time to stop and some
   * seconds.
   */
  @Override
  public void close() {
    listeners.close(inForce.config().limits().timeouts().stop());
    engine.close();
    end(budgets);
    roster.sumUp();
    end(suspending);
  }

  /** Whatever it was given already is done, if that takes no more than a moment. */
  private static void end(ExecutorService thread) {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(LAST_WORK_SECONDS, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException _) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** A listener and the address it got. */
  public record Bound(Listener listener, InetSocketAddress address) {}

  /**
   * An upstream endpoint's state.
   *
   * @param isUp whether the last probe or login reached it; true before the first
   * @param detail why not, for operators; empty if it is up
   */
  public record UpstreamHealth(String upstream, Scope protocol, boolean isUp, String detail) {}

  private Arrangement arrangement(InForce of) {
    GatewayConfig config = of.config();
    LoginServices services =
        new LoginServices(
            config.serverName(),
            config.help(),
            config.limits(),
            store.verifier(),
            store.signIns(),
            new UpstreamRouting(config, store.secretBox()),
            of.upstreams().connector(),
            store.tokens(),
            mailboxes,
            live,
            roster,
            connections,
            sessions,
            of.upstreams().contexts(),
            events,
            traces,
            clock,
            sessionIds);
    return new Arrangement(Doors.of(config, of.upstreams().watch()), services, of.upstreams());
  }

  private static ThreadFactory thread(String name) {
    return Thread.ofPlatform().daemon().name(name).factory();
  }

  private static ConnectionCaps.Places places(GatewayConfig config) {
    return DescriptorLimit.announced(config.caps(), DescriptorLimit.ofProcess());
  }

  private static List<Scope> protocols(GatewayConfig config) {
    return config.listeners().stream().map(Listener::protocol).distinct().toList();
  }

  private static void checkCertificate(GatewayConfig config) {
    for (Listener listener : config.listeners()) {
      if (listener.tls() != Listener.Tls.NONE
          && listener.certificate().or(config::certificate).isEmpty()) {
        throw new GatewayException(
            "the "
                + listener.protocol().word()
                + " listener on port "
                + listener.port()
                + " needs a certificate",
            "set tls.certificate and tls.private-key");
      }
    }
  }

  private static Supplier<String> sessionIds() {
    SecureRandom random = new SecureRandom();
    return () -> {
      byte[] id = new byte[5];
      random.nextBytes(id);
      return HexFormat.of().formatHex(id);
    };
  }
}
