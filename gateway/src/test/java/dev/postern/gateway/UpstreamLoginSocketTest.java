package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.EchoingServer;
import dev.postern.gateway.net.EverythingLogged;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.ScriptedUpstream.Script;
import dev.postern.gateway.net.TestCertificates;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Upstreams that are down, slow, rude, or not who they should be. */
@ExtendWith(LeakCheck.class)
class UpstreamLoginSocketTest {
  private static final String MASTER_LOGIN_SENT = "AUTH";

  @TempDir Path folder;
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

  @Test
  void verifiesTheNameInTheCertificate() throws Exception {
    SSLContext other = GatewayFixture.CA.issue("elsewhere.test").serverContext();
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(listening(wire -> wire.acceptTls(other)));
        GatewayFixture fixture = fixture("localhost", upstream, Security.IMPLICIT_TLS)) {
      refuses(fixture, "tls");
    }
  }

  @Test
  void verifiesTheIssuerOfTheCertificate() throws Exception {
    SSLContext stranger = new TestCertificates().issue("localhost").serverContext();
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(listening(wire -> wire.acceptTls(stranger)));
        GatewayFixture fixture = fixture("localhost", upstream, Security.IMPLICIT_TLS)) {
      refuses(fixture, "tls");
    }
  }

  @Test
  void verifiesAnAddressByItsSubjectAlternativeName() throws Exception {
    SSLContext byName = GatewayFixture.CA.issue("localhost").serverContext();
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(listening(wire -> wire.acceptTls(byName)));
        GatewayFixture fixture = fixture("127.0.0.1", upstream, Security.IMPLICIT_TLS)) {
      refuses(fixture, "tls");
    }
    SSLContext byAddress = GatewayFixture.CA.issue("127.0.0.1").serverContext();
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(listening(wire -> wire.acceptTls(byAddress)));
        GatewayFixture fixture = fixture("127.0.0.1", upstream, Security.IMPLICIT_TLS);
        Wire client = fixture.loggedIn()) {
      assertThat(client.shown()).contains("235 ");
    }
  }

  /** The JDK's engine would quote it all; a server may say more than a log should hold. */
  @Test
  void saysThatAServerSpeaksNoTlsAndNotWhatItSpeaks() throws Exception {
    String greeting = "220 " + "hello".repeat(2000) + "\r\n";
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = new ScriptedUpstream(listening(wire -> wire.send(greeting)));
        GatewayFixture fixture = fixture("localhost", upstream, Security.IMPLICIT_TLS)) {
      refuses(fixture, "tls");
      assertThat(log.lines())
          .anyMatch(line -> line.endsWith("detail=\"the server does not speak TLS there\""));
      log.assertNowhere("hellohello");
    }
  }

  @Test
  void verifiesTheNameAfterStartTlsToo() throws Exception {
    SSLContext other = GatewayFixture.CA.issue("elsewhere.test").serverContext();
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> startTls(wire, "220 go\r\n", other));
        GatewayFixture fixture = fixture("localhost", upstream, Security.STARTTLS)) {
      refuses(fixture, "tls");
    }
  }

  @Test
  void logsInAfterStartTls() throws Exception {
    SSLContext right = GatewayFixture.CA.issue("localhost").serverContext();
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              startTls(wire, "220 go\r\n", right);
              ScriptedUpstream.smtpLoginAfterGreeting(wire);
              wire.rest();
            });
        GatewayFixture fixture = fixture("localhost", upstream, Security.STARTTLS);
        Wire client = fixture.loggedIn()) {
      assertThat(client.shown()).contains("235 ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"250 AUTH PLAIN\r\n", "250-half a line"})
  void bytesBehindTheConsentToStartTlsEndTheLogin(String injected) throws Exception {
    SSLContext right = GatewayFixture.CA.issue("localhost").serverContext();
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              startTls(wire, "220 go\r\n" + injected, right);
              ScriptedUpstream.smtpLoginAfterGreeting(wire);
            });
        GatewayFixture fixture = fixture("localhost", upstream, Security.STARTTLS)) {
      refuses(fixture, "protocol");
    }
  }

  @Test
  void answersSentBeforeTheQuestionEndTheLogin() throws Exception {
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              wire.send("220 hello\r\n250 AUTH PLAIN\r\n235 in\r\n");
              hear(wire);
            });
        GatewayFixture fixture = fixture("localhost", upstream, Security.CLEAR)) {
      refuses(fixture, "protocol");
    }
  }

  @Test
  void anEndlessLineEndsTheLogin() throws Exception {
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              wire.send("220 " + "x".repeat(20_000));
              hear(wire);
            });
        GatewayFixture fixture = fixture("localhost", upstream, Security.CLEAR)) {
      refuses(fixture, "protocol");
    }
  }

  @Test
  void anUpstreamThatClosesInTheMiddleHurtsOnlyItsOwnClient() throws Exception {
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              wire.send("220 hello\r\n");
              wire.line();
            });
        GatewayFixture fixture = fixture("localhost", upstream, Security.CLEAR);
        Wire bystander = fixture.client()) {
      for (int i = 0; i < 20; i++) {
        refuses(fixture, "protocol");
      }
      bystander.send("NOOP\r\n");
      assertThat(bystander.line()).startsWith("250 ");
    }
  }

  @Test
  void anUpstreamThatAcceptsAndClosesAtOnceHurtsOnlyItsOwnClient() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(ScriptedUpstream::smtpLogin);
        GatewayFixture fixture = fixture("localhost", upstream, Security.CLEAR);
        Wire bystander = fixture.client()) {
      for (int i = 0; i < 20; i++) {
        try (Wire client = fixture.loggedIn()) {
          assertThat(client.rest()).isEmpty();
        }
      }
      bystander.send("NOOP\r\n");
      assertThat(bystander.line()).startsWith("250 ");
    }
  }

  @Test
  void anUpstreamThatResetsInTheMiddleIsATemporaryFailure() throws Exception {
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              wire.send("220 hello\r\n");
              wire.line();
              wire.reset();
            });
        GatewayFixture fixture = fixture("localhost", upstream, Security.CLEAR)) {
      refuses(fixture, "protocol");
    }
  }

  @Test
  void anUpstreamThatNeverAnswersIsGivenUpAtTheDeadline() throws Exception {
    CountDownLatch isOver = new CountDownLatch(1);
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              wire.send("220 hello\r\n");
              isOver.await();
            });
        GatewayFixture fixture =
            new GatewayFixture(
                folder, Tls.NONE, upstream.port(), Security.CLEAR, impatient(300, 16))) {
      refuses(fixture, "timeout");
      isOver.countDown();
    }
  }

  @Test
  void anUpstreamThatIsNotThereIsATemporaryFailure() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    try (GatewayFixture fixture =
        new GatewayFixture(folder, Tls.NONE, free, Security.CLEAR, GatewayFixture.LIMITS)) {
      refuses(fixture, "connect");
    }
  }

  @Test
  void aNameThatDoesNotResolveIsATemporaryFailure() throws Exception {
    try (GatewayFixture fixture =
        new GatewayFixture(
            GatewayFixture.config(
                folder,
                Tls.NONE,
                "no-such-host.invalid",
                25,
                Security.CLEAR,
                GatewayFixture.LIMITS))) {
      refuses(fixture, "connect");
    }
  }

  @Test
  void moreLoginsAtOnceThanAllowedAreTurnedAway() throws Exception {
    CountDownLatch isOver = new CountDownLatch(1);
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              wire.send("220 hello\r\n");
              isOver.await();
            });
        GatewayFixture fixture =
            new GatewayFixture(
                folder, Tls.NONE, upstream.port(), Security.CLEAR, impatient(5_000, 2));
        Wire first = fixture.client();
        Wire second = fixture.client()) {
      first.send(GatewayFixture.RIGHT);
      second.send(GatewayFixture.RIGHT);

      refuses(fixture, "overloaded"); // the probe and one of the two are under way
      isOver.countDown();
    }
  }

  @Test
  void everyLoginHasAConnectionOfItsOwn() throws Exception {
    EchoingServer server = new EchoingServer(Scope.SUBMISSION, "PLAIN", true);
    try (ScriptedUpstream upstream = new ScriptedUpstream(server);
        GatewayFixture fixture =
            new GatewayFixture(
                folder, Tls.NONE, upstream.port(), Security.CLEAR, GatewayFixture.LIMITS)) {
      for (int login = 1; login <= 3; login++) {
        fixture.loggedIn().close();
        assertThat(server.logins()).isEqualTo(login);
      }
    }
  }

  @Test
  void aClientThatLeavesMeanwhileTakesItsUpstreamLoginWithIt() throws Exception {
    CountDownLatch isAsked = new CountDownLatch(2);
    BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              wire.send("220 hello\r\n");
              wire.line();
              isAsked.countDown();
              ends.add(wire.rest());
            });
        GatewayFixture fixture = fixture("localhost", upstream, Security.CLEAR)) {
      try (Wire client = fixture.client()) {
        client.send(GatewayFixture.RIGHT);
        assertThat(isAsked.await(10, TimeUnit.SECONDS)).isTrue();
        client.reset();
      }
      assertThat(ends.poll(10, TimeUnit.SECONDS)).isEmpty();
    }
  }

  @Test
  void aServerWithoutAPromisedExtensionIsRefused() throws Exception {
    List<String> offers = new java.util.concurrent.CopyOnWriteArrayList<>(List.of("250 DSN"));
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              wire.send("220 hello\r\n");
              wire.line();
              wire.send("250-upstream.test\r\n250-AUTH PLAIN\r\n" + offers.getFirst() + "\r\n");
              hear(wire);
            });
        GatewayFixture fixture = fixture("localhost", upstream, Security.CLEAR)) {
      await()
          .untilAsserted(() -> {
            try (Wire client = fixture.client()) {
              client.send("EHLO me\r\nQUIT\r\n");
              assertThat(client.rest()).contains("DSN");
            }
          });
      offers.set(0, "250 PIPELINING");

      refuses(fixture, "broken-promise");
      try (Wire client = fixture.client()) {
        client.send("EHLO me\r\nQUIT\r\n");
        assertThat(client.rest()).contains("250").doesNotContain("DSN");
      }
    }
  }

  @Test
  void probesTellHealthWithoutLoggingIn() throws Exception {
    SSLContext right = GatewayFixture.CA.issue("localhost").serverContext();
    try (ScriptedUpstream upstream =
        new ScriptedUpstream(
            listening(wire -> {
              wire.acceptTls(right);
            }))) {
      GatewayConfig config =
          GatewayFixture.config(
              folder,
              Tls.NONE,
              "localhost",
              upstream.port(),
              Security.IMPLICIT_TLS,
              GatewayFixture.LIMITS);

      List<UpstreamHealth> health = Gateway.probe(config, Duration.ofSeconds(10));

      assertThat(health).singleElement().matches(UpstreamHealth::isUp, "is up");
    }
    GatewayConfig gone =
        GatewayFixture.config(
            folder,
            Tls.NONE,
            "no-such-host.invalid",
            25,
            Security.IMPLICIT_TLS,
            GatewayFixture.LIMITS);
    assertThat(Gateway.probe(gone, Duration.ofSeconds(10)))
        .singleElement()
        .satisfies(health -> {
          assertThat(health.isUp()).isFalse();
          assertThat(health.detail()).contains("does not resolve");
        });
  }

  @Test
  void aProbeThatIsNotAnsweredInTimeFindsAnUpstreamDown() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(Wire::rest)) {
      GatewayConfig config =
          GatewayFixture.config(
              folder,
              Tls.NONE,
              "localhost",
              upstream.port(),
              Security.CLEAR,
              GatewayFixture.LIMITS);

      assertThat(Gateway.probe(config, Duration.ofMillis(300)))
          .singleElement()
          .satisfies(health -> {
            assertThat(health.isUp()).isFalse();
            assertThat(health.detail()).contains("no answer within 300 ms");
          });
    }
  }

  /** Logs in, expects a temporary failure for this cause, and no secret at the upstream. */
  private void refuses(GatewayFixture fixture, String cause) throws IOException {
    try (TestLog log = new TestLog();
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);

      assertThat(client.line()).startsWith("454 4.7.0 ").doesNotContain("localhost");
      assertThat(fixture.counted("postern.upstream.failures", "upstream", "real", "cause", cause))
          .as("failures for %s, of %s", cause, log.lines())
          .isPositive();
      assertThat(heard).noneMatch(line -> line.contains(MASTER_LOGIN_SENT));
      assertThat(log.withStackTrace()).isEmpty();
      client.send("NOOP\r\n");
      assertThat(client.line()).startsWith("250 ");
    }
    assertThat(fixture.signIns)
        .as("one for each login that this fixture saw fail")
        .isNotEmpty()
        .allSatisfy(noted -> {
          assertThat(noted.userId()).contains("id-of-alice");
          assertThat(noted.credentialId()).contains("credential-1");
          assertThat(noted.outcome()).isEqualTo("unavailable");
          assertThat(noted.reason()).isEqualTo("upstream-" + cause);
          assertThat(noted.upstream()).isPresent();
        });
  }

  /** A server that opens so, then logs its client in. */
  private Script listening(Script opening) {
    return wire -> {
      opening.run(wire);
      ScriptedUpstream.smtpLogin(wire);
      wire.rest();
    };
  }

  private void startTls(Wire wire, String consent, SSLContext tls) throws IOException {
    wire.send("220 hello\r\n");
    wire.lineStarting("EHLO");
    wire.send("250-upstream.test\r\n250 STARTTLS\r\n");
    wire.lineStarting("STARTTLS");
    wire.send(consent);
    wire.acceptTls(tls);
  }

  private void hear(Wire wire) throws IOException {
    while (true) {
      heard.add(wire.line());
    }
  }

  private GatewayFixture fixture(String host, ScriptedUpstream upstream, Security security) {
    return new GatewayFixture(
        GatewayFixture.config(
            folder, Tls.NONE, host, upstream.port(), security, GatewayFixture.LIMITS));
  }

  private static Limits impatient(int loginMillis, int atOnce) {
    Timeouts usual = GatewayFixture.LIMITS.timeouts();
    return new Limits(
        GatewayFixture.LIMITS.failureDelay(),
        GatewayFixture.LIMITS.beforeLoginDeadline(),
        GatewayFixture.LIMITS.beforeLoginIdle(),
        5,
        GatewayFixture.LIMITS.relayIdle(),
        new Timeouts(
            usual.handshake(),
            usual.upstreamConnect(),
            Duration.ofMillis(loginMillis),
            usual.halfClosed(),
            usual.stop()),
        atOnce);
  }
}
