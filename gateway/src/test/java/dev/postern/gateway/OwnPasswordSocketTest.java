package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Identify;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.LoginMethod.Fixed;
import dev.postern.gateway.LoginMethod.StoredPassword;
import dev.postern.gateway.LoginMethod.Trusted;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Delegation;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A secret that the upstream is to judge. */
@ExtendWith(LeakCheck.class)
class OwnPasswordSocketTest {
  private static final String OWN = "Summer holidays";
  private static final String LOGIN = GatewayFixture.plain("alice", OWN);

  @TempDir Path folder;

  /** What the upstream was shown, and how sessions went on there. */
  private final BlockingQueue<String> upstreamHeard = new LinkedBlockingQueue<>();

  private final List<String> judged = new CopyOnWriteArrayList<>();
  private final TestLog log = new TestLog();
  private final List<Secret> secrets = new CopyOnWriteArrayList<>();
  private volatile CompletableFuture<Delegation.Taken> taken =
      CompletableFuture.completedFuture(
          new Delegation.Taken(new AuthOutcome.Accepted(grant()), false));

  @AfterEach
  void closeLog() {
    log.close();
  }

  private static Grant grant() {
    return new Grant(
        "id-of-alice",
        "alice",
        "own-id-of-alice",
        Optional.empty(),
        "alice",
        Map.of(),
        Optional.empty());
  }

  private Delegation delegation(Secret secret) {
    secrets.add(secret);
    return new Delegation() {
      @Override
      public Grant grant() {
        return OwnPasswordSocketTest.grant();
      }

      @Override
      public Secret secret() {
        return secret;
      }

      @Override
      public CompletionStage<Taken> taken() {
        judged.add("taken");
        return taken;
      }

      @Override
      public AuthOutcome refused() {
        judged.add("refused");
        return new AuthOutcome.Rejected(RejectReason.OWN_PASSWORD_REFUSED);
      }

      @Override
      public void unanswered() {
        judged.add("unanswered");
      }

      @Override
      public void abandoned() {
        judged.add("abandoned");
      }
    };
  }

  /** One that takes alice's own password and our master's. */
  private ScriptedUpstream server() throws IOException {
    return new ScriptedUpstream(wire -> {
      wire.send("220 upstream.test ESMTP\r\n");
      String _ = wire.lineStarting("EHLO");
      wire.send("250-upstream.test\r\n250 AUTH PLAIN\r\n");
      String response = wire.lineStarting("AUTH PLAIN ").substring(11);
      String shown = new String(Base64.getDecoder().decode(response), StandardCharsets.UTF_8);
      upstreamHeard.add(shown.replace('\0', '|'));
      if (shown.endsWith("\0" + OWN) || shown.endsWith("\0master")) {
        wire.send("235 2.7.0 in\r\n");
        upstreamHeard.add("then " + wire.rest());
      } else {
        wire.send("535 5.7.8 no\r\n");
        String _ = wire.rest();
      }
    });
  }

  /** The submission server, where we log in so. */
  private GatewayConfig config(int port, Scope protocol, LoginMethod login) {
    GatewayConfig base =
        GatewayFixture.config(
            folder, Tls.IMPLICIT, "localhost", port, Security.CLEAR, GatewayFixture.LIMITS);
    return AlteredConfig.of(base)
        .upstreams(
            Map.of(
                "real",
                new Upstream(
                    "real",
                    Map.of(protocol, new Endpoint("localhost", port, Security.CLEAR)),
                    Optional.empty(),
                    login,
                    Identify.NONE,
                    Watch.NEVER)))
        .config();
  }

  private GatewayFixture fixture(int port) {
    GatewayFixture fixture =
        new GatewayFixture(folder, Tls.IMPLICIT, port, Security.CLEAR, GatewayFixture.LIMITS);
    fixture.delegating = Optional.of(this::delegation);
    return fixture;
  }

  private void assertSecretsAreGone() {
    await()
        .untilAsserted(() -> {
          for (Secret secret : secrets) {
            assertThatThrownBy(() -> secret.expose(bytes -> bytes.length))
                .isInstanceOf(IllegalStateException.class);
          }
        });
  }

  private static List<String> outcomes(GatewayFixture fixture) {
    return fixture.metrics.find("postern.login.attempts").counters().stream()
        .filter(counter -> counter.count() > 0)
        .map(counter -> counter.getId().getTag("outcome") + " " + counter.count())
        .toList();
  }

  private static double failures(GatewayFixture fixture) {
    return fixture.metrics.find("postern.upstream.failures").counters().stream()
        .mapToDouble(Counter::count)
        .sum();
  }

  @Test
  void theUpstreamGetsItAndItCountsAsALoginOnceTaken() throws Exception {
    try (ScriptedUpstream upstream = server();
        GatewayFixture fixture = fixture(upstream.port());
        Wire client = fixture.client()) {
      client.send(LOGIN);
      client.lineStarting("235 ");
      client.send("NOOP\r\n");
      client.shutdownOutput();
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEqualTo("|alice|" + OWN);
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEqualTo("then NOOP\r\n");
      assertThat(judged).containsExactly("taken");
      assertThat(outcomes(fixture)).containsExactly("accepted 1.0");
      assertSecretsAreGone();
    }
  }

  /** Nor does what the first attempt was about stay for the second. */
  @Test
  void aRefusalIsTheClientsAndNotTheUpstreamsFault() throws Exception {
    try (ScriptedUpstream upstream = server();
        GatewayFixture fixture = fixture(upstream.port());
        Wire client = fixture.client()) {
      client.send(GatewayFixture.plain("alice", "Winter holidays"));
      client.lineStarting("535 5.7.8 ");
      assertThat(judged).containsExactly("refused");
      assertThat(outcomes(fixture)).containsExactly("rejected 1.0");
      assertThat(failures(fixture)).isZero();
      assertThat(fixture.signIns).isEmpty();
      assertThat(fixture.sessions.live()).isEmpty();

      client.send(GatewayFixture.RIGHT);
      client.lineStarting("235 ");
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEqualTo("|alice|Winter holidays");
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEqualTo("alice|svc|master");
      assertThat(judged).containsExactly("refused");
      assertSecretsAreGone();
    }
  }

  @Test
  void whereTheUpstreamIsAwayTheReplyIsTemporaryAndNothingIsJudged() throws Exception {
    try (ScriptedUpstream silent = new ScriptedUpstream(Wire::close);
        GatewayFixture fixture = fixture(silent.port());
        Wire client = fixture.client()) {
      client.send(LOGIN);
      client.lineStarting("454 ");
      assertThat(judged).containsExactly("unanswered");
      assertThat(outcomes(fixture)).containsExactly("unavailable 1.0");
      assertThat(failures(fixture)).isEqualTo(1);
      assertThat(fixture.signIns)
          .singleElement()
          .satisfies(noted -> {
            assertThat(noted.userId()).as("nobody may have that id").isEmpty();
            assertThat(noted.loginName()).isEqualTo("alice");
            assertThat(noted.outcome()).isEqualTo("unavailable");
          });
      assertSecretsAreGone();
    }
  }

  /** Whose mailboxes open without anything of theirs hears what a wrong app password hears. */
  @Test
  void whereNothingOfPeoplesGoesUpAWrongSecretIsOne() throws Exception {
    try (ScriptedUpstream upstream = server()) {
      for (GatewayConfig config :
          List.of(
              config(
                  upstream.port(), Scope.SUBMISSION, new Fixed("relay", Secret.ofText("master"))),
              config(upstream.port(), Scope.SUBMISSION, new Trusted()),
              config(upstream.port(), Scope.IMAP, new StoredPassword()))) {
        try (GatewayFixture fixture = new GatewayFixture(config);
            Wire client = fixture.client()) {
          fixture.delegating = Optional.of(this::delegation);
          client.send(LOGIN);
          client.lineStarting("535 5.7.8 ");
          assertThat(outcomes(fixture)).containsExactly("rejected 1.0");
          assertThat(failures(fixture)).isZero();
          assertThat(fixture.signIns).isEmpty();
        }
      }
      assertThat(judged).isEmpty();
      assertThat(upstreamHeard).isEmpty();
      assertSecretsAreGone();
    }
  }

  @Test
  void whoLeavesBeforeTheVerdictIsHeardSendsNothingThere() throws Exception {
    try (ScriptedUpstream upstream = server();
        GatewayFixture fixture = fixture(upstream.port())) {
      fixture.gate = new CompletableFuture<>();
      Wire client = fixture.client();
      client.send(LOGIN);
      await().until(() -> fixture.asked.get() == 1);
      client.reset();
      await().until(() -> hasEnded(log));
      fixture.gate.complete(null);
      await().untilAsserted(() -> assertThat(judged).containsExactly("unanswered"));
      await().untilAsserted(() -> assertThat(outcomes(fixture)).containsExactly("unavailable 1.0"));
      assertSecretsAreGone();
      assertThat(upstreamHeard).isEmpty();
    }
  }

  private static boolean hasEnded(TestLog log) {
    return log.lines().stream().anyMatch(line -> line.startsWith("session ended"));
  }

  /** A refusal takes its time: who hangs up before it was guessing all the same. */
  @Test
  void whoDoesNotWaitForTheJudgementIsCounted() throws Exception {
    try (ScriptedUpstream slow =
            new ScriptedUpstream(wire -> {
              wire.send("220 upstream.test ESMTP\r\n");
              String _ = wire.lineStarting("EHLO");
              wire.send("250-upstream.test\r\n250 AUTH PLAIN\r\n");
              upstreamHeard.add(wire.lineStarting("AUTH PLAIN "));
              upstreamHeard.add("then " + wire.rest());
            });
        GatewayFixture fixture = fixture(slow.port())) {
      try (Wire client = fixture.client()) {
        client.send(LOGIN);
        assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).startsWith("AUTH PLAIN");
        assertThat(fixture.sessions.live()).as("a guess has no place among sessions").isEmpty();
        client.reset();
      }
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEqualTo("then ");
      await().untilAsserted(() -> assertThat(judged).containsExactly("abandoned"));
      await().untilAsserted(() -> assertThat(outcomes(fixture)).containsExactly("unavailable 1.0"));
      assertSecretsAreGone();
    }
  }

  @Test
  void whoIsLetInHasAPlaceAmongSessionsAndOneMoreIsRefused() throws Exception {
    Caps one = new Caps(1, 1, 1, OptionalInt.empty(), 20, 500, OptionalInt.empty(), List.of());
    try (ScriptedUpstream upstream = server();
        GatewayFixture fixture =
            new GatewayFixture(
                GatewayFixture.with(
                    one,
                    GatewayFixture.config(
                        folder,
                        Tls.IMPLICIT,
                        "localhost",
                        upstream.port(),
                        Security.CLEAR,
                        GatewayFixture.LIMITS)))) {
      fixture.delegating = Optional.of(this::delegation);
      try (Wire first = fixture.client();
          Wire second = fixture.client()) {
        first.send(LOGIN);
        first.lineStarting("235 ");
        assertThat(fixture.sessions.only().start().userId()).isEqualTo("id-of-alice");
        second.send(LOGIN);
        second.lineStarting("454 ");
        assertThat(fixture.sessions.live()).hasSize(1);
      }
    }
  }

  @Test
  void whoLeavesWhileItIsPutOnRecordLeavesNothingOpen() throws Exception {
    taken = new CompletableFuture<>();
    try (ScriptedUpstream upstream = server();
        GatewayFixture fixture = fixture(upstream.port())) {
      try (Wire client = fixture.client()) {
        client.send(LOGIN);
        await().until(() -> judged.contains("taken"));
      }
      taken.complete(new Delegation.Taken(new AuthOutcome.Accepted(grant()), false));
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEqualTo("|alice|" + OWN);
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEqualTo("then ");
    }
  }

  @Test
  void whoCannotBePutOnRecordIsAskedToComeAgain() throws Exception {
    taken =
        CompletableFuture.completedFuture(
            new Delegation.Taken(new AuthOutcome.Unavailable(AuthOutcome.Trouble.DATABASE), false));
    try (ScriptedUpstream upstream = server();
        GatewayFixture fixture = fixture(upstream.port());
        Wire client = fixture.client()) {
      client.send(LOGIN);
      client.lineStarting("454 ");
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEqualTo("|alice|" + OWN);
      assertThat(upstreamHeard.poll(10, TimeUnit.SECONDS)).isEqualTo("then ");
      assertThat(outcomes(fixture)).containsExactly("unavailable 1.0");
    }
  }
}
