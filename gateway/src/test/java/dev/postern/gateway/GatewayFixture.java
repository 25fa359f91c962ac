package dev.postern.gateway;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Identify;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.InheritedSockets;
import dev.postern.gateway.net.NoBox;
import dev.postern.gateway.net.OpenRegistry;
import dev.postern.gateway.net.TestCertificates;
import dev.postern.gateway.net.Transport;
import dev.postern.gateway.net.Wire;
import dev.postern.gateway.observe.Metering;
import dev.postern.store.UserChange;
import dev.postern.store.audit.SignIn;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Delegation;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.NameRules;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.Verifier;
import dev.postern.store.guard.NetworkStanding;
import dev.postern.store.oauth.TokenSource;
import dev.postern.store.tickets.TicketKeys;
import dev.postern.store.trace.Trace;
import dev.postern.store.trace.TraceBook;
import dev.postern.store.upstream.UpstreamReport;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A gateway with one submission listener and one upstream, and a verifier that knows one user:
 * alice with the secret {@code right}, unless told otherwise.
 */
final class GatewayFixture implements AutoCloseable, Verifier {
  static final TestCertificates CA = new TestCertificates();
  static final String RIGHT = plain("alice", "right");
  static final String WRONG = plain("alice", "wrong");

  final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  final Set<String> revoked = ConcurrentHashMap.newKeySet();
  final List<Consumer<UserChange>> changes = new CopyOnWriteArrayList<>();

  /** Held as long as this: the collector closes a socket that a test has forgotten. */
  private final Queue<Wire> connected = new ConcurrentLinkedQueue<>();

  final AtomicInteger asked = new AtomicInteger();

  /** What protected the attempts. */
  final Queue<Protection> protections = new ConcurrentLinkedQueue<>();

  /** Name, secret and protection of what came in clear where none is taken. */
  final Queue<String> exposed = new ConcurrentLinkedQueue<>();

  /** What came in clear is looked at once this is open. */
  volatile CountDownLatch mayLook = new CountDownLatch(0);

  /** On what lanes the attempts came. */
  final Queue<Lane> lanes = new ConcurrentLinkedQueue<>();

  /** Where the attempts came from. */
  final Queue<String> peers = new ConcurrentLinkedQueue<>();

  /** Questions about sessions. */
  final AtomicInteger askedAgain = new AtomicInteger();

  /** So many questions about a session find no database. */
  final AtomicInteger unanswered = new AtomicInteger();

  /** What app passwords the gateway had suspended, and why; what is thrown keeps it from that. */
  final Queue<String> suspended = new ConcurrentLinkedQueue<>();

  volatile Optional<RuntimeException> suspendingFails = Optional.empty();

  final OpenRegistry sessions;
  final Gateway gateway;

  /** What the app password allows as long as it is not revoked. */
  volatile Standing allowing =
      new Standing.Holds(Set.of(Scope.SUBMISSION), List.of(), Optional.empty());

  /** What the gateway itself put on record; the verifier here notes nothing. */
  final Queue<SignIn> signIns = new ConcurrentLinkedQueue<>();

  /** What tells how the upstreams do. */
  final Queue<UpstreamReport> reports = new ConcurrentLinkedQueue<>();

  /** Nobody's logins are, unless a test {@link #trace}s alice's. */
  private final TraceBook traces =
      new TraceBook(
          NameRules.EXACT,
          _ -> CompletableFuture.completedFuture(Optional.empty()),
          Clock.systemUTC());

  /** How every connection is met. */
  volatile NetworkStanding networkStanding = NetworkStanding.UNKNOWN;

  /** Alice's. */
  volatile String rightSecret = "right";

  /** What is made of a secret that is not right, where the upstream is to judge it. */
  volatile Optional<Function<Secret, Delegation>> delegating = Optional.empty();

  volatile boolean isCutOff;
  volatile Optional<Instant> endsAt = Optional.empty();
  volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

  /** Short limits, so that tests need not wait; the failure delay is as long as a blink. */
  static final Limits LIMITS =
      new Limits(
          Duration.ofMillis(50),
          Duration.ofSeconds(20),
          Duration.ofSeconds(10),
          5,
          Map.of(Scope.SUBMISSION, Duration.ofSeconds(20)),
          new Timeouts(
              Duration.ofSeconds(5),
              Duration.ofSeconds(2),
              Duration.ofSeconds(5),
              Duration.ofSeconds(5),
              Duration.ofSeconds(2)),
          16);

  GatewayFixture(
      Path folder, Listener.Tls tls, int upstreamPort, Security security, Limits limits) {
    this(config(folder, tls, "localhost", upstreamPort, security, limits));
  }

  GatewayFixture(GatewayConfig config) {
    this(config, Transport.best());
  }

  GatewayFixture(GatewayConfig config, Transport transport) {
    this(config, transport, InheritedSockets.none());
  }

  GatewayFixture(GatewayConfig config, Transport transport, InheritedSockets inherited) {
    this(config, transport, inherited, new OpenRegistry(), TicketKeys.none(), TokenSource.none());
  }

  /** One whose TLS sessions are resumed with these keys. */
  GatewayFixture(GatewayConfig config, TicketKeys tickets) {
    this(
        config,
        Transport.best(),
        InheritedSockets.none(),
        new OpenRegistry(),
        tickets,
        TokenSource.none());
  }

  /** One whose upstreams want access tokens. */
  GatewayFixture(GatewayConfig config, TokenSource tokens) {
    this(
        config,
        Transport.best(),
        InheritedSockets.none(),
        new OpenRegistry(),
        TicketKeys.none(),
        tokens);
  }

  /** One of several, whose sessions are all in one registry. */
  GatewayFixture(GatewayConfig config, Transport transport, OpenRegistry sessions) {
    this(
        config,
        transport,
        InheritedSockets.none(),
        sessions,
        TicketKeys.none(),
        TokenSource.none());
  }

  private GatewayFixture(
      GatewayConfig config,
      Transport transport,
      InheritedSockets inherited,
      OpenRegistry sessions,
      TicketKeys tickets,
      TokenSource tokens) {
    this.sessions = sessions;
    gateway =
        Gateway.start(
            config,
            new StoreAccess(
                this,
                signIns::add,
                new NoBox(),
                changes::add,
                () -> isCutOff,
                sessions,
                this::suspend,
                _ -> networkStanding,
                tickets,
                tokens,
                reports::add,
                traces),
            transport,
            inherited,
            Metering.in(metrics),
            Clock.systemUTC());
  }

  /** The same gateway with limits of number. */
  static GatewayConfig with(Caps caps, GatewayConfig config) {
    return AlteredConfig.of(config).caps(caps).config();
  }

  /** {@link #LIMITS} with other limits before login. */
  static Limits beforeLogin(Duration failureDelay, Duration deadline, Duration idle) {
    return new Limits(failureDelay, deadline, idle, 5, LIMITS.relayIdle(), LIMITS.timeouts(), 16);
  }

  static GatewayConfig config(
      Path folder,
      Listener.Tls tls,
      String upstreamHost,
      int upstreamPort,
      Security security,
      Limits limits) {
    return new GatewayConfig(
        "gate.test",
        List.of(new Listener(Scope.SUBMISSION, "127.0.0.1", 0, tls, Optional.empty())),
        Optional.of(CA.issue("localhost").write(folder)),
        TlsVersion.TLS_1_2,
        Map.of(
            "real",
            new Upstream(
                "real",
                Map.of(Scope.SUBMISSION, new Endpoint(upstreamHost, upstreamPort, security)),
                Optional.of(CA.writeCa(folder)),
                new LoginMethod.MasterUser("svc", Secret.ofText("master"), Optional.empty()),
                Identify.NONE,
                Watch.NEVER)),
        List.of(new Route("*", "real")),
        limits);
  }

  /** A client that has read the banner. */
  Wire client() throws IOException {
    Wire wire = connect();
    wire.lineStarting("220 ");
    return wire;
  }

  Wire connect() throws IOException {
    Gateway.Bound bound = gateway.listeners().getFirst();
    Wire wire =
        bound.listener().tls() == Listener.Tls.IMPLICIT
            ? Wire.connect(bound.address(), CA.clientContext())
            : Wire.connect(bound.address());
    connected.add(wire);
    return wire;
  }

  /** A client that is logged in. */
  Wire loggedIn() throws IOException {
    Wire wire = client();
    wire.send(RIGHT);
    wire.lineStarting("235 ");
    return wire;
  }

  /** Shows alice's logins in the log for so long; stops that if it is nothing. */
  void trace(Duration time) {
    Instant now = Instant.now();
    traces.store(
        time.isZero()
            ? List.of()
            : List.of(
                new TraceBook.Entry(
                    new Trace("tr_1", "id-of-alice", "alice", now, "test", now.plus(time)),
                    List.of("alice"))));
  }

  private void suspend(String credentialId, String reason) {
    suspendingFails.ifPresent(failure -> {
      throw failure;
    });
    suspended.add(credentialId + ": " + reason);
  }

  void changed(UserChange change) {
    changes.forEach(listener -> listener.accept(change));
  }

  /** Rows of that user changed just now. */
  void changed(String userId) {
    changed(new UserChange.OfUser(userId, Instant.now()));
  }

  double counted(String name, String... tags) {
    return metrics.get(name).tags(tags).counter().count();
  }

  @Override
  public CompletionStage<AuthOutcome> verify(Attempt attempt) {
    asked.incrementAndGet();
    protections.add(attempt.protection());
    peers.add(attempt.peer().getHostAddress());
    lanes.add(attempt.lane());
    boolean isRight;
    Optional<Delegation> delegation;
    try (Secret secret = attempt.secret()) {
      isRight = secret.matches(Secret.ofText(rightSecret)) && attempt.loginName().equals("alice");
      delegation =
          isRight
              ? Optional.empty()
              : delegating
                  .map(made -> made.apply(secret.copy()))
                  .filter(made -> isJudged(made, attempt));
    }
    if (delegation.isPresent()) {
      return gate.thenApply(_ -> new AuthOutcome.Delegate(delegation.get()));
    }
    AuthOutcome outcome =
        isRight
            ? new AuthOutcome.Accepted(
                new Grant(
                    "id-of-alice",
                    "alice",
                    "credential-1",
                    Optional.empty(),
                    "alice",
                    Map.of(),
                    endsAt))
            : new AuthOutcome.Rejected(RejectReason.WRONG_SECRET);
    return gate.thenApply(_ -> outcome);
  }

  private static boolean isJudged(Delegation delegation, Attempt attempt) {
    boolean isJudged = attempt.judges().hasOneFor(delegation.grant());
    if (!isJudged) {
      delegation.secret().close();
    }
    return isJudged;
  }

  @Override
  public void exposed(Attempt attempt) {
    try (Secret secret = attempt.secret()) {
      mayLook.await();
      exposed.add(
          attempt.loginName()
              + " "
              + secret.expose(bytes -> new String(bytes, StandardCharsets.UTF_8))
              + " "
              + attempt.protection().word());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public CompletionStage<Standing> recheck(Grant grant) {
    if (unanswered.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      return CompletableFuture.failedFuture(new IllegalStateException("no database"));
    }
    Standing answer =
        revoked.contains(grant.credentialId())
            ? new Standing.Ended(RejectReason.REVOKED)
            : allowing;
    askedAgain.incrementAndGet();
    return CompletableFuture.completedFuture(answer);
  }

  @Override
  public void close() {
    gateway.close();
  }

  static String plain(String user, String secret) {
    String response = "\0" + user + "\0" + secret;
    return "AUTH PLAIN "
        + Base64.getEncoder().encodeToString(response.getBytes(StandardCharsets.UTF_8))
        + "\r\n";
  }
}
