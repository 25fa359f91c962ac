package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.Engine;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.ScriptedUpstream.Script;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Transport;
import dev.postern.gateway.net.UpstreamProbes;
import dev.postern.gateway.net.UpstreamWatch;
import dev.postern.gateway.net.Upstreams;
import dev.postern.gateway.net.Wire;
import dev.postern.gateway.smtp.Smtp;
import dev.postern.gateway.smtp.SmtpExtensions;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Scope;
import dev.postern.store.testing.FreePorts;
import dev.postern.store.tickets.TicketKeys;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What EHLO tells clients of upstreams that differ, change, hang and talk nonsense. */
@ExtendWith(LeakCheck.class)
class PromisesSocketTest {
  private static final List<String> MUCH =
      List.of(
          "SIZE 5000",
          "8BITMIME",
          "PIPELINING",
          "ENHANCEDSTATUSCODES",
          "SMTPUTF8",
          "CHUNKING",
          "DSN",
          "VRFY",
          "AUTH PLAIN");
  private static final List<String> LESS =
      List.of("AUTH PLAIN", "CHUNKING", "8bitmime", "PIPELINING", "SIZE 3000");
  private static final long MEGABYTE = 1024 * 1024;

  @TempDir Path folder;

  @ParameterizedTest
  @MethodSource("orders")
  void beforeAndAfterStartTlsEhloSaysWhatBothUpstreamsOffer(
      List<String> one, List<String> other, List<String> both) throws Exception {
    try (ScriptedUpstream real = new ScriptedUpstream(new Server(one));
        ScriptedUpstream second = new ScriptedUpstream(new Server(other));
        GatewayFixture fixture = fixture(Tls.STARTTLS, real.port(), second.port())) {
      await().untilAsserted(() -> assertThat(extensions(fixture)).contains("SIZE 3000"));
      try (Wire client = fixture.client()) {
        assertThat(ehlo(client)).containsExactlyElementsOf(and(List.of("STARTTLS"), both));
        client.send("STARTTLS\r\n");
        client.lineStarting("220 ");
        client.startTls(GatewayFixture.CA.clientContext());
        assertThat(ehlo(client)).containsExactlyElementsOf(and(List.of("AUTH PLAIN LOGIN"), both));
      }
    }
  }

  static List<Arguments> orders() {
    List<String> both = List.of("SIZE 3000", "8BITMIME", "PIPELINING", "CHUNKING");
    return List.of(Arguments.of(MUCH, LESS, both), Arguments.of(LESS, MUCH, both));
  }

  @Test
  void nothingIsPromisedBeforeEveryUpstreamWasAsked() throws Exception {
    Server quick = new Server(MUCH);
    CountDownLatch mayAnswer = new CountDownLatch(1);
    try (ScriptedUpstream real = new ScriptedUpstream(quick);
        ScriptedUpstream slow =
            new ScriptedUpstream(wire -> {
              mayAnswer.await();
              new Server(LESS).run(wire);
            });
        GatewayFixture fixture = fixture(Tls.NONE, real.port(), slow.port())) {
      assertThat(quick.isLeft.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(extensions(fixture)).containsExactly("AUTH PLAIN LOGIN");
      fixture.loggedIn().close();

      mayAnswer.countDown();
      await().untilAsserted(() -> assertThat(extensions(fixture)).contains("SIZE 3000"));
    }
  }

  @Test
  void anUpstreamThatIsDownAtTheStartTakesNothingFromTheOthers() throws Exception {
    try (ScriptedUpstream real = new ScriptedUpstream(new Server(MUCH));
        GatewayFixture fixture = fixture(Tls.NONE, real.port(), FreePorts.one())) {
      await().untilAsserted(() -> assertThat(extensions(fixture)).contains("SMTPUTF8", "DSN"));
      fixture.loggedIn().close();
    }
  }

  @Test
  void whileTheOnlyUpstreamIsDownNothingIsPromised() throws Exception {
    try (GatewayFixture fixture =
        new GatewayFixture(
            folder, Tls.NONE, FreePorts.one(), Security.CLEAR, GatewayFixture.LIMITS)) {
      await()
          .untilAsserted(
              () -> assertThat(fixture.gateway.upstreams()).noneMatch(UpstreamHealth::isUp));
      assertThat(extensions(fixture)).containsExactly("AUTH PLAIN LOGIN");
    }
  }

  @Test
  void aBrokenPromiseIsTemporaryRaisesAnAlarmAndIsNotMadeAgain() throws Exception {
    Server server = new Server(MUCH);
    try (TestLog log = new TestLog();
        ScriptedUpstream real = new ScriptedUpstream(server);
        GatewayFixture fixture =
            new GatewayFixture(
                folder, Tls.NONE, real.port(), Security.CLEAR, GatewayFixture.LIMITS)) {
      await().untilAsserted(() -> assertThat(extensions(fixture)).contains("SMTPUTF8"));
      server.offer = LESS;
      try (Wire client = fixture.client()) {
        client.send(GatewayFixture.RIGHT);
        assertThat(client.line()).startsWith("454 4.7.0 ");
        assertThat(server.logins).hasValue(0);
      }
      assertThat(
              fixture.counted(
                  "postern.upstream.failures", "upstream", "real", "cause", "broken-promise"))
          .isEqualTo(1);
      assertThat(log.lines())
          .anyMatch(line ->
              line.contains("cause=broken-promise detail=\"does not offer SMTPUTF8, DSN\""));
      assertThat(log.withStackTrace()).isEmpty();

      // At once, not at the next probe; and what it still has is not taken away.
      assertThat(extensions(fixture))
          .containsExactly("AUTH PLAIN LOGIN", "SIZE 3000", "8BITMIME", "PIPELINING", "CHUNKING");
      fixture.loggedIn().close();

      // Of two servers behind one address the other may answer next.
      server.offer = MUCH;
      fixture.loggedIn().close();
      assertThat(extensions(fixture)).doesNotContain("SMTPUTF8", "DSN");
    }
  }

  @Test
  void anUpstreamBelowTheFloorFailsItsOwnUsersAndTakesNothingFromTheOthers() throws Exception {
    Server enough = new Server(MUCH);
    Server less = new Server(LESS);
    try (TestLog log = new TestLog();
        ScriptedUpstream real = new ScriptedUpstream(enough);
        ScriptedUpstream second = new ScriptedUpstream(less);
        GatewayFixture fixture =
            new GatewayFixture(
                floored(config(Tls.NONE, real.port(), second.port()), "SIZE 4000", "DSN"))) {
      List<String> whole =
          List.of(
              "AUTH PLAIN LOGIN",
              "SIZE 5000",
              "8BITMIME",
              "PIPELINING",
              "SMTPUTF8",
              "CHUNKING",
              "DSN");
      await().untilAsserted(() -> assertThat(extensions(fixture)).isEqualTo(whole));

      for (int login = 0; login < 2; login++) {
        try (Wire client = Wire.connect(fixture.gateway.listeners().get(1).address())) {
          client.lineStarting("220 ");
          client.send(GatewayFixture.RIGHT);
          assertThat(client.line()).startsWith("454 4.7.0 ");
        }
      }
      assertThat(less.logins).as("no password was sent").hasValue(0);
      assertThat(
              fixture.counted(
                  "postern.upstream.failures", "upstream", "other", "cause", "below-floor"))
          .isEqualTo(2);
      assertThat(log.lines())
          .anyMatch(line ->
              line.contains(
                  "cause=below-floor detail=\"does not offer what the listener announces:"
                      + " SIZE 4000, DSN\""));
      assertThat(extensions(fixture)).isEqualTo(whole);
      fixture.loggedIn().close();
    }
  }

  @Test
  void aLookBeforeServingFindsWhoIsBelowTheFloor() throws Exception {
    Server enough = new Server(MUCH);
    Server less = new Server(LESS);
    try (ScriptedUpstream real = new ScriptedUpstream(enough);
        ScriptedUpstream second = new ScriptedUpstream(less)) {
      GatewayConfig both = config(Tls.NONE, real.port(), second.port());

      assertThat(look(both)).containsExactly(Map.entry("other", ""), Map.entry("real", ""));
      assertThat(look(floored(both, "SIZE 4000", "DSN")))
          .containsExactly(
              Map.entry(
                  "other",
                  "below-floor: does not offer what the listener announces: SIZE 4000, DSN"
                      + " (submission on 127.0.0.1:0)"),
              Map.entry("real", ""));
      // Nobody is sent to the lesser one from a listener of the other's own.
      Listener own = floored(Optional.of("real"), List.of("SIZE 4000", "DSN"));
      assertThat(look(AlteredConfig.of(both).listeners(own).config()))
          .containsExactly(Map.entry("other", ""), Map.entry("real", ""));
    }
  }

  @Test
  void aLookBeforeServingFindsWhoTakesNobodyOnOurWord() throws Exception {
    Server server = new Server(MUCH);
    try (ScriptedUpstream real = new ScriptedUpstream(server)) {
      GatewayConfig stored = config(Tls.NONE, real.port());
      Upstream first = stored.upstreams().values().iterator().next();
      GatewayConfig trusted =
          AlteredConfig.of(stored)
              .upstreams(
                  Map.of(
                      "real",
                      new Upstream(
                          "real",
                          first.endpoints(),
                          first.trust(),
                          new LoginMethod.Trusted(),
                          first.identify(),
                          first.watch())))
              .config();

      assertThat(look(trusted))
          .containsExactly(Map.entry("real", "no-mechanism: XCLIENT is not offered"));
      server.offer = and(MUCH, List.of("XCLIENT NAME ADDR"));
      assertThat(look(stored)).containsExactly(Map.entry("real", ""));
      assertThat(look(trusted))
          .containsExactly(
              Map.entry(
                  "real", "no-mechanism: XCLIENT offers [ADDR, NAME], LOGIN and ADDR are needed"));
      server.offer = and(MUCH, List.of("XCLIENT NAME ADDR LOGIN"));
      assertThat(look(trusted)).containsExactly(Map.entry("real", ""));
    }
  }

  /** Upstreams in their order, each with why it is down, or nothing. */
  private static List<Map.Entry<String, String>> look(GatewayConfig config) {
    return Gateway.probe(config, Duration.ofSeconds(10)).stream()
        .map(health -> {
          assertThat(health.detail().isEmpty()).isEqualTo(health.isUp());
          return Map.entry(health.upstream(), health.detail());
        })
        .toList();
  }

  @Test
  void theFloorIsAnnouncedThoughNobodyAnswersYet() throws Exception {
    try (GatewayFixture fixture =
        new GatewayFixture(floored(config(Tls.NONE, FreePorts.one()), "SIZE 4000", "DSN"))) {
      assertThat(extensions(fixture)).containsExactly("AUTH PLAIN LOGIN", "SIZE 4000", "DSN");
      await()
          .untilAsserted(
              () -> assertThat(fixture.gateway.upstreams()).noneMatch(UpstreamHealth::isUp));
      assertThat(extensions(fixture)).containsExactly("AUTH PLAIN LOGIN", "SIZE 4000", "DSN");
    }
  }

  /**
   * With a listener that always announces this much, and another one for the last upstream alone.
   */
  private static GatewayConfig floored(GatewayConfig config, String... floor) {
    String last = config.upstreams().containsKey("other") ? "other" : "real";
    return AlteredConfig.of(config)
        .listeners(
            floored(Optional.empty(), List.of(floor)), floored(Optional.of(last), List.of(floor)))
        .config();
  }

  private static Listener floored(Optional<String> upstream, List<String> floor) {
    return new Listener(
        Scope.SUBMISSION,
        "127.0.0.1",
        0,
        Tls.NONE,
        upstream,
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Lane.ORDINARY,
        OptionalInt.empty(),
        floor);
  }

  @Test
  void upstreamsAreAskedAgainAndAgain() throws Exception {
    Server server = new Server(MUCH);
    EventLoopGroup loops = Transport.best().newEventLoops();
    try (ScriptedUpstream real = new ScriptedUpstream(server);
        Engine engine =
            new Engine(
                Map.of(Scope.SUBMISSION, Smtp.PROTOCOL), Transport.best(), TicketKeys.none())) {
      Upstreams upstreams = engine.upstreams(config(Tls.NONE, real.port()));
      UpstreamWatch watch = upstreams.watch();
      new UpstreamProbes(
              upstreams.connector(),
              watch,
              loops,
              "gate.test",
              new UpstreamProbes.Pauses(Duration.ofMillis(50), Duration.ofMillis(20)),
              new Random(1))
          .start();
      await().untilAsserted(() -> assertThat(announced(watch)).contains("SMTPUTF8", "SIZE 5000"));
      server.offer = LESS;
      await()
          .untilAsserted(
              () -> assertThat(announced(watch)).doesNotContain("SMTPUTF8").contains("SIZE 3000"));
      server.isDown = true;
      await().untilAsserted(() -> assertThat(watch.healths()).noneMatch(UpstreamHealth::isUp));
      assertThat(announced(watch)).as("as it was last seen").contains("SIZE 3000");
      server.offer = MUCH;
      server.isDown = false;
      await().untilAsserted(() -> assertThat(announced(watch)).contains("SMTPUTF8", "SIZE 5000"));
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  @ParameterizedTest
  @MethodSource("nonsense")
  void nonsenseInsteadOfAnAnswerIsBounded(String cause, Script nonsense) throws Exception {
    long before = buffers();
    try (TestLog log = new TestLog("ROOT");
        ScriptedUpstream real = new ScriptedUpstream(nonsense);
        GatewayFixture fixture =
            new GatewayFixture(folder, Tls.NONE, real.port(), Security.CLEAR, impatient())) {
      List<Wire> bystanders = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        bystanders.add(fixture.client());
      }
      await()
          .untilAsserted(() -> {
            for (Wire bystander : bystanders) {
              assertThat(ehlo(bystander)).containsExactly("AUTH PLAIN LOGIN");
            }
            assertThat(fixture.gateway.upstreams())
                .allSatisfy(health -> assertThat(health.detail()).startsWith(cause + ": "));
          });
      for (Wire bystander : bystanders) {
        bystander.close();
      }
      assertThat(buffers() - before).isLessThan(4 * MEGABYTE);
      assertThat(log.withStackTrace()).isEmpty();
    }
  }

  static List<Arguments> nonsense() {
    return List.of(
        Arguments.of("timeout", (Script) Wire::rest),
        Arguments.of(
            "timeout",
            (Script)
                wire -> {
                  wire.send("220 hello\r\n");
                  wire.line();
                  wire.send("250-half");
                  wire.rest();
                }),
        Arguments.of("protocol", endless("250-X-" + "x".repeat(58) + "\r\n")),
        Arguments.of("protocol", endless("250-X\r\n")),
        Arguments.of("protocol", endless("x".repeat(64))),
        Arguments.of("protocol", says("HTTP/1.1 400 Bad Request\r\n\r\n")),
        Arguments.of("protocol", says("* OK [CAPABILITY IMAP4rev1] ready\r\n")),
        Arguments.of("protocol", says("\u0016\u0003\u0001\u0002\u0000\r\n\u0000\u00ff\n\n\n")),
        Arguments.of("not-serving", says("421 4.3.2 not now\r\n")),
        Arguments.of(
            "protocol",
            (Script)
                wire -> {
                  wire.send("220 hello\r\n");
                  wire.line();
                  wire.reset();
                }));
  }

  /** Answers EHLO with ten megabytes of this. */
  private static Script endless(String piece) {
    return wire -> {
      wire.send("220 hello\r\n");
      wire.line();
      String block = piece.repeat((int) (MEGABYTE / piece.length()));
      for (int i = 0; i < 10; i++) {
        wire.send(block);
      }
      wire.rest();
    };
  }

  private static Script says(String text) {
    return wire -> {
      wire.send(text);
      wire.rest();
    };
  }

  /** A submission server whose EHLO can be changed. */
  private static final class Server implements Script {
    private final CountDownLatch isLeft = new CountDownLatch(1);
    private final AtomicInteger logins = new AtomicInteger();
    private volatile List<String> offer;
    private volatile boolean isDown;

    Server(List<String> offer) {
      this.offer = offer;
    }

    @Override
    public void run(Wire wire) throws IOException {
      if (isDown) {
        wire.send("421 4.3.2 not now\r\n");
        return;
      }
      wire.send("220 upstream.test\r\n");
      wire.lineStarting("EHLO ");
      List<String> lines = and(List.of("upstream.test"), offer);
      wire.send("250-" + String.join("\r\n250-", lines.subList(0, lines.size() - 1)) + "\r\n");
      wire.send("250 " + lines.getLast() + "\r\n");
      String rest = "";
      try {
        rest = wire.line();
      } catch (IOException end) {
        isLeft.countDown(); // it was a probe
      }
      if (rest.startsWith("AUTH ")) {
        logins.incrementAndGet();
        wire.send("235 2.7.0 in\r\n");
        wire.rest();
      }
    }
  }

  private static List<String> and(List<String> lines, List<String> more) {
    return Stream.concat(lines.stream(), more.stream()).toList();
  }

  /** What EHLO lists, without the name and without what is about our own replies. */
  private static List<String> extensions(GatewayFixture fixture) throws IOException {
    try (Wire client = fixture.client()) {
      return ehlo(client);
    }
  }

  private static List<String> ehlo(Wire client) throws IOException {
    client.send("EHLO me\r\n");
    List<String> lines = new ArrayList<>();
    String line;
    do {
      line = client.line();
      assertThat(line).startsWith("250");
      lines.add(line.substring(4));
    } while (line.startsWith("250-"));
    lines.removeFirst();
    lines.remove("ENHANCEDSTATUSCODES");
    return lines;
  }

  private static List<String> announced(UpstreamWatch watch) {
    return SmtpExtensions.announce(watch.offers(Scope.SUBMISSION, Optional.empty()));
  }

  private GatewayFixture fixture(Tls tls, int real, int other) {
    return new GatewayFixture(config(tls, real, other));
  }

  private GatewayConfig config(Tls tls, int real) {
    return GatewayFixture.config(
        folder, tls, "localhost", real, Security.CLEAR, GatewayFixture.LIMITS);
  }

  /** With a second upstream to which no route leads, as for users who are pinned to it. */
  private GatewayConfig config(Tls tls, int real, int other) {
    GatewayConfig one = config(tls, real);
    Upstream first = one.upstreams().values().iterator().next();
    Map<String, Upstream> upstreams = new HashMap<>(one.upstreams());
    upstreams.put(
        "other",
        new Upstream(
            "other",
            Map.of(Scope.SUBMISSION, new Endpoint("localhost", other, Security.CLEAR)),
            first.trust(),
            first.login(),
            first.identify(),
            first.watch()));
    return AlteredConfig.of(one).upstreams(upstreams).config();
  }

  private static Limits impatient() {
    Limits usual = GatewayFixture.LIMITS;
    return new Limits(
        usual.failureDelay(),
        usual.beforeLoginDeadline(),
        usual.beforeLoginIdle(),
        usual.beforeLoginErrors(),
        usual.relayIdle(),
        new Timeouts(
            usual.timeouts().handshake(),
            usual.timeouts().upstreamConnect(),
            Duration.ofMillis(500),
            usual.timeouts().halfClosed(),
            usual.timeouts().stop()),
        usual.upstreamLoginsAtOnce());
  }

  private static long buffers() {
    var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
    return metric.usedDirectMemory() + metric.usedHeapMemory();
  }
}
