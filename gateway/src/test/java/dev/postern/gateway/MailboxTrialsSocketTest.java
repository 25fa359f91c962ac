package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod.Quirks;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.OAuth;
import dev.postern.store.oauth.TokenSource;
import dev.postern.store.seal.AesGcmSecretBox;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.testing.FreeLeases;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.TestConfig;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Logins that nobody but us wants. */
@ExtendWith(LeakCheck.class)
class MailboxTrialsSocketTest {
  private static final LoginMethod MASTER =
      new LoginMethod.MasterUser("master", Secret.ofText("right"), Optional.empty());

  private final SecretBox box = box(TestConfig.key("s1", 1));

  private static SecretBox box(StoreConfig.Key key) {
    return new AesGcmSecretBox(List.of(key), new SecureRandom());
  }

  private static GatewayConfig config(LoginMethod login, Map<Scope, Integer> ports) {
    Map<Scope, Endpoint> endpoints =
        ports.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    port -> new Endpoint("127.0.0.1", port.getValue(), Security.CLEAR)));
    return new GatewayConfig(
        "gate.test",
        List.of(),
        Optional.empty(),
        TlsVersion.TLS_1_2,
        Map.of("mail", new Upstream("mail", endpoints, Optional.empty(), login)),
        List.of(new Route("*@example.com", "mail")),
        GatewayFixture.LIMITS);
  }

  private static Grant grant(String user) {
    return new Grant("00", user, "", Optional.empty(), user, Map.of(), Optional.empty());
  }

  private static List<MailboxTrial> joined(CompletableFuture<List<MailboxTrial>> trial) {
    return trial.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static String shown(MailboxTrial trial) {
    return trial.protocol().map(Scope::word).orElse("none")
        + " "
        + trial.mailbox()
        + " "
        + trial
            .failure()
            .map(failure -> failure.cause().word() + ": " + failure.detail())
            .orElse("good");
  }

  /** An IMAP server that takes every login, and answers NAMESPACE so. */
  private static ScriptedUpstream imap(String namespace) throws IOException {
    return new ScriptedUpstream(wire -> {
      wire.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2] ready\r\n");
      while (true) {
        String[] words = wire.line().split(" ", 3);
        wire.send(
            switch (words[1]) {
              case "AUTHENTICATE" -> words[0] + " OK [CAPABILITY IMAP4rev1 NAMESPACE] in\r\n";
              case "NAMESPACE" -> words[0] + " " + namespace + "\r\n";
              default -> throw new IOException("not expected: " + words[1]);
            });
      }
    });
  }

  private static ScriptedUpstream submission(String answer) throws IOException {
    return new ScriptedUpstream(wire -> {
      wire.send("220 upstream.test ESMTP\r\n");
      while (true) {
        wire.send(
            wire.line().startsWith("EHLO")
                ? "250-upstream.test\r\n250 AUTH PLAIN XOAUTH2\r\n"
                : answer + "\r\n");
      }
    });
  }

  @Test
  void logsInInEveryProtocolThatTheUpstreamHasAndProbesTheMailbox() throws IOException {
    try (ScriptedUpstream imap = imap("BAD User is authenticated but not connected.");
        ScriptedUpstream smtp = submission("235 2.7.0 in");
        MailboxTrials trials =
            MailboxTrials.open(
                config(MASTER, Map.of(Scope.IMAP, imap.port(), Scope.SUBMISSION, smtp.port())),
                box,
                TokenSource.none())) {
      assertThat(joined(trials.begin(grant("alice@example.com"))))
          .extracting(MailboxTrialsSocketTest::shown)
          .satisfiesExactly(
              first -> assertThat(first).startsWith("imap alice@example.com not-connected: "),
              second -> assertThat(second).isEqualTo("submission alice@example.com good"));
    }
  }

  @Test
  void tokenIsHadFirst() throws IOException {
    try (ScriptedProvider provider = new ScriptedProvider();
        OAuth oauth = new OAuth(new FreeLeases(), Clock.systemUTC(), () -> 0, new Random(1));
        ScriptedUpstream imap = imap("OK done");
        ScriptedUpstream smtp = submission("535 5.7.139 Authentication unsuccessful");
        MailboxTrials trials =
            MailboxTrials.open(
                config(
                    new LoginMethod.OAuth2(
                        OAuthClients.site(provider.tokenEndpoint()), Quirks.NONE),
                    Map.of(Scope.IMAP, imap.port(), Scope.SUBMISSION, smtp.port())),
                box,
                oauth.tokens())) {
      assertThat(joined(trials.begin(grant("alice@example.com"))))
          .extracting(MailboxTrialsSocketTest::shown)
          .containsExactly(
              "imap alice@example.com good",
              "submission alice@example.com login-refused: AUTH: 535 5.7.139");
      assertThat(provider.requests()).hasSize(1);
    }
  }

  @Test
  void whereNoRouteLeadsNothingIsTried() {
    try (MailboxTrials trials =
        MailboxTrials.open(config(MASTER, Map.of(Scope.IMAP, 1)), box, TokenSource.none())) {
      assertThat(joined(trials.begin(grant("alice@elsewhere.example"))))
          .extracting(MailboxTrialsSocketTest::shown)
          .containsExactly("none  no-route: no route matches the user");
    }
  }

  @Test
  void passwordThatIsNotStoredIsSaidForEachProtocol() {
    try (MailboxTrials trials =
        MailboxTrials.open(
            config(new LoginMethod.StoredPassword(), Map.of(Scope.IMAP, 1, Scope.POP3, 1)),
            box,
            TokenSource.none())) {
      assertThat(joined(trials.begin(grant("alice@example.com"))))
          .extracting(MailboxTrialsSocketTest::shown)
          .containsExactly(
              "imap  no-credential: the user has no stored password for it",
              "pop3  no-credential: the user has no stored password for it");
    }
  }

  @Test
  void whoIsSilentHasFailedAtTheDeadline() throws IOException {
    try (ScriptedUpstream silent = new ScriptedUpstream(Wire::line);
        MailboxTrials trials =
            MailboxTrials.open(
                config(MASTER, Map.of(Scope.IMAP, silent.port())),
                box,
                TokenSource.none(),
                Duration.ofMillis(300))) {
      assertThat(joined(trials.begin(grant("alice@example.com"))))
          .extracting(MailboxTrialsSocketTest::shown)
          .containsExactly("imap alice@example.com timeout: not logged in within 300 ms");
    }
  }

  @Test
  void eightMailboxesAreTriedAtATime() throws IOException {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Semaphore eight = new Semaphore(0);
    try (ScriptedUpstream imap =
            new ScriptedUpstream(wire -> {
              most.accumulateAndGet(now.incrementAndGet(), Math::max);
              if (now.get() == 8) {
                eight.release(1_000);
              }
              assertThat(eight.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
              wire.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
              String tag = wire.line().split(" ", 2)[0];
              now.decrementAndGet();
              wire.send(tag + " OK [CAPABILITY IMAP4rev1] in\r\n");
            });
        MailboxTrials trials =
            MailboxTrials.open(
                config(MASTER, Map.of(Scope.IMAP, imap.port())), box, TokenSource.none())) {
      List<CompletableFuture<List<MailboxTrial>>> begun =
          IntStream.range(0, 40)
              .mapToObj(i -> trials.begin(grant("user" + i + "@example.com")))
              .toList();
      assertThat(begun)
          .allSatisfy(
              one -> assertThat(joined(one)).allSatisfy(it -> assertThat(it.failure()).isEmpty()));
      assertThat(most).hasValue(8);
      assertThat(imap.troubles()).isEmpty();
    }
  }

  @Test
  void serverThatIsAwayIsNotTriedForEveryMailbox() throws IOException {
    int port;
    try (ScriptedUpstream gone = imap("OK done")) {
      port = gone.port();
    }
    try (MailboxTrials trials =
        MailboxTrials.open(config(MASTER, Map.of(Scope.IMAP, port)), box, TokenSource.none())) {
      List<Optional<Cause>> causes =
          IntStream.range(0, 30)
              .mapToObj(i -> trials.begin(grant("user" + i + "@example.com")))
              .toList()
              .stream()
              .map(one -> joined(one).getFirst().failure().map(failure -> failure.cause()))
              .toList();
      assertThat(causes).containsOnly(Optional.of(Cause.CONNECT), Optional.of(Cause.UNREACHABLE));
    }
  }
}
