package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Identify;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.ProxyProtocol;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.imap.Imap;
import dev.postern.gateway.smtp.Smtp;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.FreePorts;
import dev.postern.store.tickets.TicketKeys;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Logins at upstreams of several addresses, some or all of which are away. */
@ExtendWith(LeakCheck.class)
class UpstreamConnectorSocketTest {
  private static final String AWAY = "127.0.0.1";
  private static final String HERE = "127.0.0.2";
  private static final String SILENT = "127.0.0.3";

  private final MockTicker ticker = Ticker.newMockTicker();
  private final Circuits circuits = new Circuits(ticker, new Random(1));
  private final EventLoopGroup loops = Transport.best().newEventLoops();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<String> addresses = new CopyOnWriteArrayList<>();
  private final List<UpstreamTarget> targets = new ArrayList<>();
  private final AtomicInteger pauses = new AtomicInteger();
  private volatile Runnable inThePause = () -> {};
  private Scope protocol = Scope.SUBMISSION;
  private Optional<ProxyProtocol> proxyProtocol = Optional.empty();
  private volatile Limits limits = limits(Duration.ofSeconds(5), Duration.ofSeconds(20));

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3_000);
  }

  @Test
  void anAddressThatRefusesCostsNothing() throws Exception {
    ScriptedUpstream here =
        upstream(() -> new ScriptedUpstream(HERE, 0, UpstreamConnectorSocketTest::echo));
    addresses.addAll(List.of(AWAY, HERE));
    UpstreamConnector connector = connector(here.port());
    for (int i = 0; i < 4; i++) {
      login(connector).ready();
    }
    assertThat(pauses).as("nothing was tried again").hasValue(0);
  }

  @Test
  void anAddressThatIsSilentCostsAQuarterOfASecond() throws Exception {
    ScriptedUpstream here =
        upstream(() -> new ScriptedUpstream(HERE, 0, UpstreamConnectorSocketTest::echo));
    silent(here.port());
    addresses.addAll(List.of(SILENT, HERE));
    long startedAt = System.nanoTime();
    login(connector(here.port())).ready();
    assertThat(Duration.ofNanos(System.nanoTime() - startedAt))
        .isLessThan(limits.timeouts().upstreamConnect());
  }

  @Test
  void whatDoesNotWinIsClosed() throws Exception {
    ScriptedUpstream here =
        upstream(() -> new ScriptedUpstream(HERE, 0, UpstreamConnectorSocketTest::echo));
    ServerSocket silent = silent(here.port());
    addresses.addAll(List.of(SILENT, HERE));
    login(connector(here.port())).ready();
    // What filled its queue is all that is in there.
    silent.setSoTimeout(300);
    int accepted = 0;
    try {
      while (true) {
        try (Socket socket = silent.accept()) {
          accepted++;
          socket.setSoTimeout(100);
        }
      }
    } catch (SocketTimeoutException _) {
      assertThat(accepted).isEqualTo(FILLING);
    }
  }

  @Test
  void whereAllRefuseTheyAreTriedOnceMore() throws Exception {
    int port = FreePorts.one();
    addresses.addAll(List.of(AWAY, HERE));
    inThePause =
        () -> {
          try {
            ScriptedUpstream back =
                new ScriptedUpstream(HERE, port, UpstreamConnectorSocketTest::echo);
            opened.add(back);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    login(connector(port)).ready();
    assertThat(pauses).hasValue(1);
  }

  @Test
  void twiceIsEnough() throws Exception {
    addresses.addAll(List.of(AWAY, HERE));
    UpstreamConnector connector = connector(FreePorts.one());
    assertThat(login(connector).failure().cause()).isEqualTo(Cause.CONNECT);
    assertThat(pauses).hasValue(1);
  }

  @Test
  void thereIsNoSecondTryWithLessThanHalfOfTheTimeLeft() throws Exception {
    limits = limits(Duration.ofMillis(600), Duration.ofMillis(1_000));
    int port = FreePorts.one();
    silent(port);
    addresses.add(SILENT);
    assertThat(login(connector(port)).failure().cause()).isEqualTo(Cause.CONNECT);
    assertThat(pauses).hasValue(0);
  }

  @Test
  void whatWasWaitedForBeforeIsPartOfTheTimeOfALogin() throws Exception {
    ScriptedUpstream here = upstream(() -> new ScriptedUpstream(HERE, 0, Wire::rest));
    addresses.add(HERE);
    UpstreamConnector connector = connector(here.port());
    for (int i = 0; i < 6; i++) {
      UpstreamFailure failure = login(connector, Duration.ofMillis(50)).failure();
      assertThat(failure.cause()).as("not told of the server").isEqualTo(Cause.TIMEOUT);
      assertThat(failure.detail()).isEqualTo("not logged in within 20000 ms");
    }
    assertThat(circuits.at(targets.getFirst().endpoint()).isOpen()).isFalse();
  }

  @Test
  void whatHadMostOfItsTimeTellsThatTheServerIsAway() throws Exception {
    limits = limits(Duration.ofSeconds(5), Duration.ofMillis(300));
    ScriptedUpstream here = upstream(() -> new ScriptedUpstream(HERE, 0, Wire::rest));
    addresses.add(HERE);
    UpstreamConnector connector = connector(here.port());
    for (int i = 0; i < 5; i++) {
      assertThat(login(connector).failure().cause()).isEqualTo(Cause.TIMEOUT);
    }
    assertThat(circuits.at(targets.getFirst().endpoint()).isOpen()).isTrue();
  }

  @Test
  void whatConnectsIsNeverRepeated() throws Exception {
    AtomicInteger accepted = new AtomicInteger();
    ScriptedUpstream here =
        upstream(() -> new ScriptedUpstream(HERE, 0, _ -> accepted.incrementAndGet()));
    ScriptedUpstream also =
        upstream(() -> new ScriptedUpstream(AWAY, here.port(), _ -> accepted.incrementAndGet()));
    assertThat(also.port()).isEqualTo(here.port());
    addresses.addAll(List.of(AWAY, HERE));
    assertThat(login(connector(here.port())).failure().cause()).isEqualTo(Cause.PROTOCOL);
    assertThat(accepted).hasValue(1);
    assertThat(pauses).hasValue(0);
  }

  @Test
  void whereFiveDidNotReachItTheSixthIsNotTried() throws Exception {
    AtomicInteger accepted = new AtomicInteger();
    ScriptedUpstream here =
        upstream(() -> new ScriptedUpstream(HERE, 0, _ -> accepted.incrementAndGet()));
    addresses.add(HERE);
    UpstreamConnector connector = connector(here.port());
    try (TestLog log = new TestLog()) {
      for (int i = 0; i < 5; i++) {
        assertThat(login(connector).failure().cause()).isEqualTo(Cause.PROTOCOL);
      }
      for (int i = 0; i < 10; i++) {
        UpstreamFailure refusal = login(connector).failure();
        assertThat(refusal.cause()).isEqualTo(Cause.UNREACHABLE);
        assertThat(refusal.detail()).endsWith("; protocol: it closed the connection");
      }
      assertThat(accepted).hasValue(5);
      assertThat(log.lines()).filteredOn(line -> line.contains("is not reached")).hasSize(1);

      ticker.advance(1, TimeUnit.SECONDS);
      assertThat(login(connector).failure().cause()).isEqualTo(Cause.PROTOCOL);
      assertThat(login(connector).failure().cause()).isEqualTo(Cause.UNREACHABLE);
      assertThat(accepted).hasValue(6);
      assertThat(log.lines()).filteredOn(line -> line.contains("is not reached")).hasSize(1);
    }
  }

  @Test
  void aProbeIsNeverRefusedAndClosesTheCircuit() throws Exception {
    List<ScriptedUpstream.Script> scripts = new CopyOnWriteArrayList<>(List.of(_ -> {}));
    ScriptedUpstream here =
        upstream(() -> new ScriptedUpstream(HERE, 0, wire -> scripts.getFirst().run(wire)));
    addresses.add(HERE);
    UpstreamConnector connector = connector(here.port());
    Circuit circuit = circuits.at(targets.getFirst().endpoint());
    try (TestLog log = new TestLog()) {
      for (int i = 0; i < 5; i++) {
        login(connector).failure();
      }
      assertThat(probe(connector).failure().cause()).isEqualTo(Cause.PROTOCOL);
      assertThat(circuit.isOpen()).isTrue();

      scripts.set(0, UpstreamConnectorSocketTest::echo);
      probe(connector).ready();
      assertThat(circuit.isOpen()).isFalse();
      login(connector).ready();
      assertThat(log.lines()).filteredOn(line -> line.contains("is reached again")).hasSize(1);
    }
  }

  @Test
  void aRefusedLoginSaysThatTheServerIsThere() throws Exception {
    ScriptedUpstream here =
        upstream(() ->
            new ScriptedUpstream(
                HERE,
                0,
                wire -> {
                  wire.send("220 upstream.test ESMTP\r\n");
                  wire.lineStarting("EHLO");
                  wire.send("250-upstream.test\r\n250 AUTH PLAIN\r\n");
                  wire.lineStarting("AUTH");
                  wire.send("535 5.7.8 no\r\n");
                  wire.rest();
                }));
    addresses.add(HERE);
    UpstreamConnector connector = connector(here.port());
    for (int i = 0; i < 20; i++) {
      assertThat(login(connector).failure().cause()).isEqualTo(Cause.LOGIN_REFUSED);
    }
    assertThat(circuits.at(targets.getFirst().endpoint()).isOpen()).isFalse();
  }

  @Test
  void serversThatGreetAndThenFailAreThere() throws Exception {
    ScriptedUpstream here =
        upstream(() ->
            new ScriptedUpstream(
                HERE,
                0,
                wire -> {
                  wire.send("220 upstream.test ESMTP\r\n");
                  wire.lineStarting("EHLO");
                }));
    addresses.add(HERE);
    UpstreamConnector connector = connector(here.port());
    for (int i = 0; i < 20; i++) {
      assertThat(login(connector).failure().cause()).isEqualTo(Cause.PROTOCOL);
    }
    assertThat(circuits.at(targets.getFirst().endpoint()).isOpen()).isFalse();
  }

  @Test
  void aServerThatWasToldTheSecretAtOnceWasThere() throws Exception {
    protocol = Scope.IMAP;
    ScriptedUpstream here =
        upstream(() ->
            new ScriptedUpstream(
                HERE,
                0,
                wire -> {
                  wire.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
                  String line = wire.line();
                  wire.send(
                      line.substring(0, line.indexOf(' '))
                          + " NO [UNAVAILABLE] Internal error occurred.\r\n");
                  wire.rest();
                }));
    addresses.add(HERE);
    UpstreamConnector connector = connector(here.port());
    for (int i = 0; i < 20; i++) {
      assertThat(login(connector).failure().cause()).isEqualTo(Cause.NOT_SERVING);
    }
    assertThat(circuits.at(targets.getFirst().endpoint()).isOpen()).isFalse();
  }

  @Test
  void aServerThatRefusesAClientByHisAddressIsThereForTheOthers() throws Exception {
    proxyProtocol = Optional.of(ProxyProtocol.V1);
    List<String> told = new CopyOnWriteArrayList<>();
    List<ScriptedUpstream.Script> scripts =
        new CopyOnWriteArrayList<>(List.of(wire -> wire.send("421 4.7.0 too many of you\r\n")));
    ScriptedUpstream here =
        upstream(() ->
            new ScriptedUpstream(
                HERE,
                0,
                wire -> {
                  told.add(wire.line());
                  scripts.getFirst().run(wire);
                }));
    addresses.add(HERE);
    UpstreamConnector connector = connector(here.port());
    Circuit circuit = circuits.at(targets.getFirst().endpoint());
    for (int i = 0; i < 20; i++) {
      assertThat(login(connector).failure().cause()).isEqualTo(Cause.NOT_SERVING);
    }
    assertThat(told).hasSize(20).allMatch(line -> line.startsWith("PROXY "));
    assertThat(circuit.isOpen()).isFalse();

    // A probe has our own address: what it hears is meant for everybody.
    for (int i = 0; i < 5; i++) {
      assertThat(probe(connector).failure().cause()).isEqualTo(Cause.NOT_SERVING);
    }
    assertThat(circuit.isOpen()).isTrue();

    // And who is refused when he tries for all others keeps nobody else from trying.
    ticker.advance(1, TimeUnit.SECONDS);
    assertThat(login(connector).failure().cause()).isEqualTo(Cause.NOT_SERVING);
    scripts.set(0, UpstreamConnectorSocketTest::echo);
    login(connector).ready();
    assertThat(circuit.isOpen()).isFalse();
  }

  @Test
  void whoTriesForTheOthersLetsThemInAsSoonAsHeIsGreeted() throws Exception {
    List<ScriptedUpstream.Script> scripts = new CopyOnWriteArrayList<>(List.of(_ -> {}));
    ScriptedUpstream here =
        upstream(() -> new ScriptedUpstream(HERE, 0, wire -> scripts.getFirst().run(wire)));
    addresses.add(HERE);
    UpstreamConnector connector = connector(here.port());
    for (int i = 0; i < 5; i++) {
      login(connector).failure();
    }
    ticker.advance(1, TimeUnit.SECONDS);
    CompletableFuture<Void> greeted = new CompletableFuture<>();
    scripts.set(
        0,
        wire -> {
          wire.send("220 upstream.test ESMTP\r\n");
          wire.lineStarting("EHLO");
          greeted.complete(null);
          wire.rest();
        });
    Login slow = login(connector);
    greeted.get(10, TimeUnit.SECONDS);
    scripts.set(0, UpstreamConnectorSocketTest::echo);
    login(connector).ready();
    slow.cancel();
  }

  @Test
  void aServerThatGreetsWithARefusalIsNotThere() throws Exception {
    ScriptedUpstream here =
        upstream(() -> new ScriptedUpstream(HERE, 0, wire -> wire.send("421 go away\r\n")));
    addresses.add(HERE);
    UpstreamConnector connector = connector(here.port());
    for (int i = 0; i < 5; i++) {
      assertThat(login(connector).failure().cause()).isEqualTo(Cause.NOT_SERVING);
    }
    assertThat(login(connector).failure().cause()).isEqualTo(Cause.UNREACHABLE);
  }

  @Test
  void whoTriesAndLeavesLetsAnotherTry() throws Exception {
    List<ScriptedUpstream.Script> scripts = new CopyOnWriteArrayList<>(List.of(_ -> {}));
    ScriptedUpstream here =
        upstream(() -> new ScriptedUpstream(HERE, 0, wire -> scripts.getFirst().run(wire)));
    addresses.add(HERE);
    UpstreamConnector connector = connector(here.port());
    for (int i = 0; i < 5; i++) {
      login(connector).failure();
    }
    ticker.advance(1, TimeUnit.SECONDS);
    CompletableFuture<Void> arrived = new CompletableFuture<>();
    scripts.set(
        0,
        wire -> {
          arrived.complete(null);
          wire.rest();
        });
    Login first = login(connector);
    arrived.get(10, TimeUnit.SECONDS);
    assertThat(login(connector).failure().cause()).isEqualTo(Cause.UNREACHABLE);
    first.cancel();
    scripts.set(0, UpstreamConnectorSocketTest::echo);
    login(connector).ready();
  }

  /** A login under way. */
  private static final class Login implements UpstreamLogins.Answer {
    private final EventLoop loop;
    private final CompletableFuture<UpstreamLink> ready = new CompletableFuture<>();
    private final CompletableFuture<UpstreamFailure> failed = new CompletableFuture<>();
    private final CompletableFuture<UpstreamLogins.Ticket> ticket = new CompletableFuture<>();

    Login(EventLoop loop) {
      this.loop = loop;
    }

    @Override
    public void ready(UpstreamLink link) {
      ready.complete(link);
      failed.completeExceptionally(new AssertionError("it is logged in"));
    }

    @Override
    public void failed(UpstreamFailure failure) {
      failed.complete(failure);
      ready.completeExceptionally(
          new AssertionError(failure.cause().word() + ": " + failure.detail()));
    }

    void ready() throws Exception {
      ready.get(10, TimeUnit.SECONDS).channel().close().await(10, TimeUnit.SECONDS);
    }

    UpstreamFailure failure() throws Exception {
      return failed.get(10, TimeUnit.SECONDS);
    }

    void cancel() throws Exception {
      UpstreamLogins.Ticket given = ticket.get(10, TimeUnit.SECONDS);
      loop.submit(given::cancel).get(10, TimeUnit.SECONDS);
    }
  }

  private Login login(UpstreamConnector connector) {
    return login(connector, alice());
  }

  private static Optional<UpstreamCredentials> alice() {
    return Optional.of(
        new UpstreamCredentials.Password(Optional.empty(), "alice", Secret.ofText("secret")));
  }

  private Login probe(UpstreamConnector connector) {
    return login(connector, Optional.empty());
  }

  private Login login(UpstreamConnector connector, Duration left) {
    EventLoop loop = loops.next();
    Deadline whole = connector.deadline(loop);
    return login(
        connector,
        loop,
        new Deadline(
            whole.ticker(), whole.limit(), whole.end() - whole.limit().minus(left).toNanos()),
        alice());
  }

  private Login login(UpstreamConnector connector, Optional<UpstreamCredentials> credentials) {
    EventLoop loop = loops.next();
    return login(connector, loop, connector.deadline(loop), credentials);
  }

  private Login login(
      UpstreamConnector connector,
      EventLoop loop,
      Deadline deadline,
      Optional<UpstreamCredentials> credentials) {
    Login login = new Login(loop);
    UpstreamPlan plan = new UpstreamPlan(Security.CLEAR, "gate.test", credentials, List.of());
    loop.execute(() ->
        login.ticket.complete(
            connector.login(
                loop,
                deadline,
                targets.getFirst(),
                plan,
                Optional.empty(),
                UpstreamTalk.UNHEARD,
                login)));
    return login;
  }

  private UpstreamConnector connector(int port) {
    GatewayConfig config =
        new GatewayConfig(
            "gate.test",
            List.of(),
            Optional.empty(),
            TlsVersion.TLS_1_2,
            Map.of(
                "real",
                new Upstream(
                    "real",
                    Map.of(protocol, new Endpoint("many.test", port, Security.CLEAR)),
                    Optional.empty(),
                    new LoginMethod.StoredPassword(),
                    new Identify(false, false, proxyProtocol),
                    Watch.NEVER)),
            List.of(),
            limits);
    UpstreamWatch watch = new UpstreamWatch(config);
    targets.addAll(watch.targets());
    TlsContexts contexts = TlsContexts.load(config, TicketKeys.none());
    opened.add(contexts);
    UpstreamConnector connector =
        new UpstreamConnector(
            Transport.best(),
            Map.of(Scope.SUBMISSION, Smtp.PROTOCOL, Scope.IMAP, Imap.PROTOCOL),
            contexts,
            limits,
            watch,
            circuits,
            new NameResolver(this::lookUp, Ticker.systemTicker()),
            random());
    opened.add(connector);
    return connector;
  }

  private InetAddress[] lookUp(String host) throws UnknownHostException {
    assertThat(host).isEqualTo("many.test");
    List<InetAddress> found = new ArrayList<>();
    for (String address : addresses) {
      found.add(InetAddress.getByName(address));
    }
    return found.toArray(InetAddress[]::new);
  }

  /** Is asked once for each pause, when all has failed and before it begins. */
  private RandomGenerator random() {
    return () -> {
      pauses.incrementAndGet();
      inThePause.run();
      return 0;
    };
  }

  private interface Opening {
    ScriptedUpstream open() throws IOException;
  }

  private ScriptedUpstream upstream(Opening opening) throws IOException {
    ScriptedUpstream upstream = opening.open();
    opened.add(upstream);
    return upstream;
  }

  private static void echo(Wire wire) throws IOException {
    ScriptedUpstream.smtpLogin(wire);
    wire.rest();
  }

  /** So many connections wait in a queue of one place, and the system answers no further one. */
  private static final int FILLING = 2;

  private ServerSocket silent(int port) throws IOException {
    InetAddress address = InetAddress.getByName(SILENT);
    ServerSocket silent = new ServerSocket(port, 1, address);
    opened.add(silent);
    for (int i = 0; i < FILLING; i++) {
      Socket filling = new Socket();
      opened.add(filling);
      filling.connect(new InetSocketAddress(address, port), 5_000);
    }
    return silent;
  }

  private static Limits limits(Duration connect, Duration login) {
    Timeouts usual = Timeouts.DEFAULT;
    return new Limits(
        Duration.ofMillis(50),
        Duration.ofSeconds(20),
        Duration.ofSeconds(20),
        5,
        Map.of(),
        new Timeouts(
            usual.proxyHeader(),
            usual.handshake(),
            connect,
            usual.upstreamStep(),
            login,
            usual.halfClosed(),
            usual.stop()),
        16);
  }
}
