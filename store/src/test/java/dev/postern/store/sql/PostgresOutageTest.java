package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.StoreException;
import dev.postern.store.access.IssuedApiToken;
import dev.postern.store.access.NewApiToken;
import dev.postern.store.access.Role;
import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.SessionStart;
import dev.postern.store.session.Sessions;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a running node does while its database cannot be reached. */
class PostgresOutageTest {
  private static final String ALICE = "alice@example.com";
  private static final String BOB = "bob@example.com";
  private static final Duration GRACE = Duration.ofMinutes(15);

  private final TestClock clock = TestClock.standing();
  private final AtomicLong ticks = new AtomicLong();
  private final CuttableProxy proxy = new CuttableProxy(PostgresServer.shared().port());
  private final URI url = PostgresServer.shared().freshUrl("127.0.0.1", proxy.port());

  /** What administrators elsewhere do; reaches the database past the proxy. */
  private final Store elsewhere =
      Store.open(
          TestConfig.of(
              postgres(
                  URI.create(
                      url.toString()
                          .replace(
                              ":" + proxy.port() + "/",
                              ":" + PostgresServer.shared().port() + "/")))),
          Store.Schema.MIGRATE,
          clock);

  private final IssuedAppPassword alices = issue(ALICE);
  private final IssuedAppPassword bobs = issue(BOB);

  private final IssuedApiToken token =
      elsewhere
          .apiTokens()
          .create(
              new NewApiToken("shop", Role.OPERATOR, Set.of(), Optional.empty()), TestConfig.ACTOR);

  /** Opened last, so that its feed has nothing to catch up with. */
  private final SqlStore node =
      SqlStore.open(
          TestConfig.of(postgres(url), TestConfig.RULES, GRACE),
          false,
          clock,
          ticks::get,
          new SecureRandom());

  private static StoreConfig.Database postgres(URI url) {
    return new StoreConfig.Database.Postgres(url, Optional.empty());
  }

  private IssuedAppPassword issue(String user) {
    var _ = elsewhere.users().add(user, Optional.empty(), Optional.empty(), TestConfig.ACTOR);
    return elsewhere.appPasswords().create(user, TestConfig.spec("phone"), TestConfig.ACTOR);
  }

  private AuthOutcome verify(String name, Secret secret) {
    return ask(name, secret).join();
  }

  private CompletableFuture<AuthOutcome> ask(String name, Secret secret) {
    return node.verifier()
        .verify(
            new Attempt(
                name,
                AppPasswordShape.grouped(secret),
                Scope.IMAP,
                Protection.TLS_1_3,
                "plain",
                InetAddress.getLoopbackAddress(),
                "test"))
        .toCompletableFuture();
  }

  @BeforeEach
  void useAliceAndCut() {
    assertThat(verify(ALICE, alices.secret())).isInstanceOf(Accepted.class);
    proxy.cut();
  }

  @AfterEach
  void close() {
    node.close();
    elsewhere.close();
    proxy.close();
  }

  @Test
  void theTableOfSessionsIsWhatIsLiveWhenTheDatabaseIsBack() {
    proxy.mend();
    await().until(node::isDatabaseUp);
    node.joinAsNode("mx1/1");
    LiveSession old = begin("old");
    awaitSessions("old");

    proxy.cut();
    old.close();
    begin("brief").close();
    var _ = begin("fresh");
    await().until(() -> !node.isDatabaseUp());
    assertThat(sessions()).containsExactly("old");
    proxy.mend();

    awaitSessions("fresh");
  }

  private LiveSession begin(String id) {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    return node.sessionRegistry()
        .begin(
            new SessionStart(id, "u", "ap_1", Scope.IMAP, address, address, "", clock.instant()));
  }

  private List<String> sessions() {
    return elsewhere.sessions().list(SessionFilter.ALL, Optional.empty(), 10).stream()
        .map(Sessions.Entry::id)
        .toList();
  }

  private void awaitSessions(String id) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(sessions()).containsExactly(id));
  }

  @Test
  void goesOnForCachedUsersAndNeverRejectsWhatItDoesNotKnow() {
    assertThat(verify(ALICE, alices.secret())).isInstanceOf(Accepted.class);
    assertThat(verify(ALICE, bobs.secret())).isEqualTo(new Rejected(RejectReason.WRONG_SECRET));
    assertThat(verify(BOB, bobs.secret())).isEqualTo(new Unavailable(Trouble.DATABASE));
    assertThat(node.isDatabaseUp()).isFalse();
    assertThatThrownBy(() -> node.users().list("", 10))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("does not answer");
  }

  @Test
  void goesOnForTheGracePeriodAndNoLonger() {
    ticks.addAndGet(GRACE.toNanos());
    assertThat(verify(ALICE, alices.secret())).isInstanceOf(Accepted.class);
    assertThat(node.isCutOff()).isFalse();
    ticks.addAndGet(1);
    assertThat(node.isCutOff()).isTrue();
    assertThat(verify(ALICE, alices.secret())).isEqualTo(new Unavailable(Trouble.DATABASE));
  }

  @Test
  void apiTokensGoOnForTheGracePeriodAndNoLonger() {
    assertThat(node.apiTokens().check(token.secret())).isPresent();
    ticks.addAndGet(GRACE.toNanos());
    assertThat(node.apiTokens().check(token.secret())).isPresent();
    ticks.addAndGet(1);
    assertThat(node.apiTokens().check(token.secret())).isEmpty();
    proxy.mend();
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> node.apiTokens().check(token.secret()).isPresent());
  }

  /** Not only once the pool has lost its patience, nor one after the other. */
  @Test
  void asksStrangersSoonToComeAgain() {
    Instant asked = Instant.now();

    List<CompletableFuture<AuthOutcome>> answers =
        IntStream.range(0, 40).mapToObj(i -> ask("stranger" + i, bobs.secret())).toList();

    assertThat(answers)
        .allSatisfy(
            answer -> assertThat(answer.join()).isEqualTo(new Unavailable(Trouble.DATABASE)));
    assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofMillis(2_900));
  }

  @Test
  void letsAStrangerInAsSoonAsTheDatabaseIsBack() {
    Instant end = Instant.now().plusSeconds(5);
    int asked = 0;
    while (Instant.now().isBefore(end)) {
      assertThat(verify("stranger" + asked++, bobs.secret()))
          .isEqualTo(new Unavailable(Trouble.DATABASE));
    }
    proxy.mend();
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofMillis(1500))
        .until(() -> verify(BOB, bobs.secret()) instanceof Accepted);
  }

  @Test
  void catchesUpWhenTheDatabaseIsBack() {
    var _ = elsewhere.appPasswords().revoke(alices.appPassword().id(), "lost", TestConfig.ACTOR);
    assertThat(verify(ALICE, alices.secret())).isInstanceOf(Accepted.class);
    proxy.mend();
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() ->
            assertThat(verify(ALICE, alices.secret()))
                .isEqualTo(new Rejected(RejectReason.REVOKED)));
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(verify(BOB, bobs.secret())).isInstanceOf(Accepted.class));
    assertThat(node.isDatabaseUp()).isTrue();
  }
}
