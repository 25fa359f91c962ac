package dev.postern.gateway;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.gateway.imap.Imap;
import dev.postern.gateway.net.Announcement;
import dev.postern.gateway.net.ConnectionCaps;
import dev.postern.gateway.net.DescriptorLimit;
import dev.postern.gateway.net.Engine;
import dev.postern.gateway.net.FrontDoor;
import dev.postern.gateway.net.Listeners;
import dev.postern.gateway.net.LiveSessions;
import dev.postern.gateway.net.LoginServices;
import dev.postern.gateway.net.Roster;
import dev.postern.gateway.net.SessionCaps;
import dev.postern.gateway.net.TlsContexts;
import dev.postern.gateway.net.Transport;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.gateway.net.UpstreamWatch;
import dev.postern.gateway.observe.RefusalLog;
import dev.postern.gateway.observe.SessionEventsFanOut;
import dev.postern.gateway.observe.SessionLog;
import dev.postern.gateway.observe.SessionMetrics;
import dev.postern.gateway.pop3.Pop3;
import dev.postern.gateway.pop3.Pop3Capabilities;
import dev.postern.gateway.smtp.Smtp;
import dev.postern.gateway.smtp.SmtpExtensions;
import dev.postern.store.Store;
import dev.postern.store.auth.Scope;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A running gateway: its listeners, its sessions, its view of the upstreams. Safe for use by
 * several threads.
 */
public final class Gateway implements AutoCloseable {

  /** Every protocol that can be spoken. */
  static final Map<Scope, MailProtocol<?>> PROTOCOLS =
      Stream.of(Scope.values())
          .collect(Collectors.toUnmodifiableMap(Function.identity(), Gateway::protocol));

  private final Engine engine;
  private final Listeners listeners;
  private final ExecutorService suspending;

  private Gateway(Engine engine, Listeners listeners, ExecutorService suspending) {
    this.engine = engine;
    this.listeners = listeners;
    this.suspending = suspending;
  }

  /**
   * Starts listening.
   *
   * @param store outlives the gateway
   * @param metrics gets the gateway's meters
   * @throws GatewayException if a port cannot be had or a certificate cannot be used; nothing is
   *     left running then
   */
  public static Gateway start(
      GatewayConfig config, Store store, MeterRegistry metrics, Clock clock) {
    return start(config, StoreAccess.of(store), Transport.best(), metrics, clock);
  }

  /** As above, with the parts a test may replace. */
  static Gateway start(
      GatewayConfig config,
      StoreAccess store,
      Transport transport,
      MeterRegistry metrics,
      Clock clock) {
    checkCertificate(config);
    SessionEventsFanOut events =
        new SessionEventsFanOut(
            List.of(
                new SessionMetrics(
                    metrics,
                    config.listeners().stream().map(Listener::protocol).distinct().toList(),
                    config.upstreams().keySet()),
                new SessionLog(),
                new RefusalLog(System::nanoTime)));
    Engine engine = new Engine(config, PROTOCOLS, transport);
    LiveSessions live = new LiveSessions(store.verifier(), events, clock, engine.timer());
    ExecutorService suspending =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("gateway-suspensions").factory());
    Roster roster =
        new Roster(store.sessions(), config.budget(), store.suspender(), suspending, clock);
    LoginServices services =
        new LoginServices(
            config.serverName(),
            config.help(),
            config.limits(),
            store.verifier(),
            store.signIns(),
            new UpstreamRouting(config, store.secretBox()),
            engine.connector(),
            live,
            roster,
            new ConnectionCaps(
                config.caps(),
                DescriptorLimit.announced(config.caps(), DescriptorLimit.ofProcess()),
                store.networks()),
            new SessionCaps(config.caps(), store.liveNodes()),
            engine.contexts(),
            events,
            clock,
            sessionIds());
    Listeners listeners = engine.listeners(services);
    // Before the first session there can be: a change must not come between the two.
    store.changes().accept(live::changed);
    live.watch(store.isCutOff());
    roster.watch(engine.timer());
    try {
      for (Listener listener : config.listeners()) {
        listeners.open(door(listener, engine.watch()));
      }
      engine.bindTo(metrics, clock);
      engine.probes().start();
    } catch (RuntimeException e) {
      listeners.close();
      engine.close();
      suspending.shutdownNow();
      throw e;
    }
    return new Gateway(engine, listeners, suspending);
  }

  /**
   * Loads every certificate, key and CA as serving does.
   *
   * @throws GatewayException if a file cannot be used for what the configuration wants of it
   */
  public static void checkTls(GatewayConfig config) {
    TlsContexts.load(config).close();
  }

  /**
   * Asks every upstream what it offers, without listening and without logging in.
   *
   * @param deadline for all of them together; one that has not answered then is down
   * @throws GatewayException if a certificate file cannot be used
   */
  public static List<UpstreamHealth> probe(GatewayConfig config, Duration deadline) {
    try (Engine engine = new Engine(config, PROTOCOLS, Transport.best())) {
      engine.probes().askOnce(deadline).join();
      return engine.watch().healths();
    }
  }

  /** The listeners as bound, in the configuration's order. */
  public List<Bound> listeners() {
    return listeners.bound();
  }

  /** What is known of each upstream endpoint, from probes and logins. */
  public List<UpstreamHealth> upstreams() {
    return engine.watch().healths();
  }

  /**
   * Stops listening, says goodbye to clients that are not logged in, ends sessions; returns when
   * all is closed, within the configured time to stop and a few seconds.
   */
  @Override
  public void close() {
    listeners.close();
    engine.close();
    suspending.shutdownNow();
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

  private static FrontDoor<?> door(Listener listener, UpstreamWatch watch) {
    return new FrontDoor<>(listener, protocol(listener.protocol()), announcement(listener, watch));
  }

  private static MailProtocol<?> protocol(Scope scope) {
    return switch (scope) {
      case IMAP -> Imap.PROTOCOL;
      case SUBMISSION -> Smtp.PROTOCOL;
      case POP3 -> Pop3.PROTOCOL;
    };
  }

  /**
   * What can be announced depends on the upstreams, but for IMAP, which says more after login. SMTP
   * promises nothing before all of them were asked.
   */
  private static Supplier<Announcement> announcement(Listener listener, UpstreamWatch watch) {
    return switch (listener.protocol()) {
      case SUBMISSION ->
          () -> {
            if (!watch.isEachAsked(Scope.SUBMISSION, listener.upstream())) {
              return Announcement.NONE;
            }
            List<String> lines =
                SmtpExtensions.announce(watch.offers(Scope.SUBMISSION, listener.upstream()));
            return new Announcement(lines, SmtpExtensions.promised(lines));
          };
      case POP3 ->
          () ->
              new Announcement(
                  Pop3Capabilities.announce(watch.offers(Scope.POP3, listener.upstream())),
                  List.of());
      case IMAP -> () -> Announcement.NONE;
    };
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
