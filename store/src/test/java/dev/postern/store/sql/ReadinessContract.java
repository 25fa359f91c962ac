package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.audit.Readiness;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Delegation;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.PassThrough;
import dev.postern.store.auth.PassThrough.Mode;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who is how far on the way to app passwords, in each database. */
abstract class ReadinessContract extends StoreContract {
  private static final String OWN = "Summer holidays!";
  private static final String HOME = "192.0.2.1";
  private static final String ELSEWHERE = "198.51.100.1";
  private static final String THUNDERBIRD = "Thunderbird";

  @Test
  void saysWhoIsHowFar() {
    Store store = open(saying(Mode.OBSERVE), clock);
    add(store, BOB);
    takenWithOwn(store, Scope.IMAP, THUNDERBIRD);
    awaitReport(store, "alice@example.com not-started", "bob@example.com idle");
    Secret issued = issued(store);
    awaitReport(store, "alice@example.com moving", "bob@example.com idle");
    acceptedWith(store, issued, Scope.IMAP, THUNDERBIRD);
    awaitReport(store, "alice@example.com ready", "bob@example.com idle");
    takenWithOwn(store, Scope.IMAP, THUNDERBIRD);
    awaitReport(store, "alice@example.com moving", "bob@example.com idle");
    store.reload(saying(Mode.ENFORCE));
    refusedWithOwn(store, Scope.IMAP, THUNDERBIRD, ELSEWHERE);
    awaitReport(store, "alice@example.com shut-out", "bob@example.com idle");
  }

  /** One protocol says nothing of the others: each has programs of its own. */
  @Test
  void whoGotInByOneProtocolIsShutOutOfTheOthersAllTheSame() {
    Store store = open(saying(Mode.ENFORCE), clock);
    add(store, ALICE);
    for (Scope protocol : Scope.values()) {
      refusedWithOwn(store, protocol, "", HOME);
    }
    awaitReport(store, "alice@example.com shut-out");
    Secret issued = issued(store);
    acceptedWith(store, issued, Scope.IMAP, THUNDERBIRD);
    awaitShutOut(store, Scope.POP3, Scope.SUBMISSION);
    awaitReport(store, "alice@example.com shut-out");
    acceptedWith(store, issued, Scope.POP3, "");
    acceptedWith(store, issued, Scope.SUBMISSION, "[192.0.2.1]");
    awaitReport(store, "alice@example.com ready");
    refusedWithOwn(store, Scope.SUBMISSION, "[192.0.2.9]", HOME);
    awaitReport(store, "alice@example.com shut-out");
  }

  /** Of two telephones, the one that is known by name is not forgotten for the other. */
  @Test
  void aClientThatUsedTheOwnPasswordIsShutOutThoughAnotherGetsIn() {
    Store store = open(saying(Mode.OBSERVE), clock);
    takenWithOwn(store, Scope.IMAP, "K-9 Mail");
    Secret issued = issued(store);
    store.reload(saying(Mode.ENFORCE));
    refusedWithOwn(store, Scope.IMAP, "K-9 Mail", ELSEWHERE);
    acceptedWith(store, issued, Scope.IMAP, THUNDERBIRD);
    await().untilAsserted(() -> assertThat(clients(store)).hasSize(2));
    awaitReport(store, "alice@example.com shut-out");
    acceptedWith(store, issued, Scope.IMAP, "K-9 Mail");
    awaitReport(store, "alice@example.com ready");
  }

  /** A site that begins with enforce has nobody who was let in with his own password before. */
  @Test
  void whoNeverGotInIsShutOutWhereverFrom() {
    Store store = open(saying(Mode.ENFORCE), clock);
    add(store, ALICE);
    refusedWithOwn(store, Scope.POP3, "", ELSEWHERE);
    awaitReport(store, "alice@example.com shut-out");
  }

  /** Else one guess at each name, as it comes to every server, would hide who is ready. */
  @Test
  void whoGuessesFromElsewhereShutsNobodyOut() {
    Store store = open(saying(Mode.ENFORCE), clock);
    add(store, ALICE);
    acceptedWith(store, issued(store), Scope.IMAP, THUNDERBIRD);
    for (Scope protocol : Scope.values()) {
      refusedWithOwn(store, protocol, "", ELSEWHERE);
      refusedWithOwn(store, protocol, "", "2001:db8::1");
    }
    // Written after the guesses, so that their absence is not that of the record.
    acceptedWith(store, issued(store), Scope.POP3, "getmail");
    await().untilAsserted(() -> assertThat(clients(store)).anyMatch(one -> one.contains("getm")));
    awaitReport(store, "alice@example.com ready");
    refusedWithOwn(store, Scope.SUBMISSION, "", "192.0.2.77");
    awaitReport(store, "alice@example.com shut-out");
  }

  @Test
  void aNetworkIsAsWideAsForTheGuard() {
    Store store = open(saying(Mode.ENFORCE), clock);
    add(store, ALICE);
    Secret issued = issued(store);
    tick();
    assertThat(verify(store, issued, Scope.IMAP, THUNDERBIRD, "2001:db8:1:2ff::1"))
        .isInstanceOf(AuthOutcome.Accepted.class);
    refusedWithOwn(store, Scope.POP3, "", "2001:db8:1:300::1");
    refusedWithOwn(store, Scope.SUBMISSION, "", "2001:db8:1:201::9");
    awaitReport(store, "alice@example.com shut-out");
    awaitShutOut(store, Scope.SUBMISSION);
  }

  @Test
  void namesClientsAndTimes() {
    Store store = open(saying(Mode.OBSERVE), clock);
    add(store, ALICE);
    takenWithOwn(store, Scope.IMAP, THUNDERBIRD);
    Instant first = clock.instant();
    await()
        .untilAsserted(() ->
            assertThat(report(store))
                .containsExactly(
                    new Readiness(
                        ALICE,
                        Optional.empty(),
                        Optional.of(Mode.OBSERVE),
                        false,
                        0,
                        List.of(
                            new Readiness.Client(
                                Scope.IMAP,
                                THUNDERBIRD,
                                Optional.of(first),
                                Optional.empty(),
                                Optional.empty())))));
  }

  // ---- what the tests share

  /** For each protocol, unlike others of the contract suites. */
  private Secret issued(Store store) {
    return store
        .appPasswords()
        .create(
            ALICE,
            new NewAppPassword(
                label(),
                Set.of(Scope.values()),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty()),
            TestConfig.ACTOR)
        .secret();
  }

  private void tick() {
    clock.advance(Duration.ofMinutes(1));
  }

  private void takenWithOwn(Store store, Scope protocol, String client) {
    tick();
    AuthOutcome outcome = verify(store, Secret.ofText(OWN), protocol, client, HOME);
    assertThat(outcome).isInstanceOf(AuthOutcome.Delegate.class);
    Delegation delegation = ((AuthOutcome.Delegate) outcome).delegation();
    assertThat(delegation.taken().toCompletableFuture().join().outcome())
        .isInstanceOf(AuthOutcome.Accepted.class);
  }

  private void refusedWithOwn(Store store, Scope protocol, String client, String peer) {
    tick();
    assertThat(verify(store, Secret.ofText(OWN), protocol, client, peer))
        .isEqualTo(new AuthOutcome.Rejected(RejectReason.WRONG_SHAPE));
  }

  private void acceptedWith(Store store, Secret issued, Scope protocol, String client) {
    tick();
    await()
        .untilAsserted(() ->
            assertThat(verify(store, issued, protocol, client, HOME))
                .isInstanceOf(AuthOutcome.Accepted.class));
  }

  private static AuthOutcome verify(
      Store store, Secret secret, Scope protocol, String client, String peer) {
    return store
        .verifier()
        .verify(
            new Attempt(
                ALICE,
                Secret.ofText(text(secret)),
                protocol,
                Protection.TLS_1_3,
                "plain",
                InetAddress.ofLiteral(peer),
                client))
        .toCompletableFuture()
        .join();
  }

  private List<Readiness> report(Store store) {
    List<Readiness> report = new ArrayList<>();
    store.readiness().forEach(clock.instant().minus(Duration.ofDays(30)), report::add);
    return report;
  }

  private void awaitShutOut(Store store, Scope... protocols) {
    await()
        .untilAsserted(() -> {
          Readiness alice = report(store).getFirst();
          assertThat(alice.clients().stream().filter(alice::isShutOut))
              .extracting(Readiness.Client::protocol)
              .containsExactlyInAnyOrder(protocols);
        });
  }

  private List<String> clients(Store store) {
    return report(store).getFirst().clients().stream().map(Readiness.Client::name).toList();
  }

  private void awaitReport(Store store, String... lines) {
    await()
        .untilAsserted(() ->
            assertThat(report(store))
                .extracting(user -> user.user() + " " + user.state().word())
                .containsExactly(lines));
  }

  private static String text(Secret secret) {
    return secret.expose(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  private StoreConfig saying(Mode mode) {
    StoreConfig base = TestConfig.of(database);
    PassThrough passThrough = new PassThrough(Map.of(), Map.of(), Map.of("example.com", mode));
    return new StoreConfig(
        database,
        base.pepper(),
        base.sealingKeys(),
        base.integrityKeys(),
        base.appPasswords(),
        base.databaseGrace(),
        base.audit(),
        base.names(),
        new StoreConfig.GuardRules(
            ThrottleRules.DEFAULT, List.of(), List.of(), Optional.empty(), passThrough));
  }
}
